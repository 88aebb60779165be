// What its requests tell of the link of a viewer without fences, so that no update takes it long.
//
// Such a viewer asks, gets one update, and asks again; the time from the update to the request is
// the link's delay and the update's own time. What a large one takes longer than the fastest small
// one tells the rate. Some viewers ask as soon as an update begins: then the kernel's count of what
// has not reached the peer is the witness, and what it falls by from request to request is the
// rate. Values and a given time; no waiting.
#pragma once

#include "rfb/recent_best.h"

#include <cstdint>
#include <optional>

namespace covnc {

class RequestPace
{
public:
    // An update of so many bytes goes out now.
    void sent(std::uint64_t bytes, TimePoint now);
    // The one that went out last goes on with so many bytes.
    void sent_more(std::uint64_t bytes);
    // The viewer asks for the next one; of what was sent, `undelivered` bytes have not reached its
    // system yet (Stream::undelivered()).
    void requested(std::uint64_t undelivered, TimePoint now);

    // Bytes that an update may have to take the link about `time` besides the time for which it is
    // idle anyway. Nothing: no update is known to take long.
    std::optional<std::uint64_t> budget(Duration time) const;

private:
    // How fast an update was answered; the fastest is the least.
    struct Answer
    {
        Duration took;
        std::uint64_t bytes;

        friend bool operator<(const Answer& a, const Answer& b) { return a.took < b.took; }
        friend bool operator>(const Answer& a, const Answer& b) { return b < a; }
    };

    void answered(const Answer& small, TimePoint now);
    void asked_early(TimePoint now);

    std::uint64_t sent_bytes_ = 0;
    std::uint64_t update_bytes_ = 0; // of the one under way; 0: none
    TimePoint sent_at_{};
    std::uint64_t undelivered_ = 0; // at the last request
    Duration took_{};               // from the last update to its request
    // The link has been busy since then, when so many of all bytes had been delivered.
    TimePoint busy_since_{};
    std::uint64_t delivered_then_ = 0;
    RecentBest<double> rate_{std::chrono::seconds(2), false};
    RecentBest<Answer> small_{std::chrono::seconds(5), true}; // to an update of few bytes
    TimePoint small_seen_{};
    bool wants_small_ = false; // to learn the delay again
};

} // namespace covnc
