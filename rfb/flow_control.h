// How much may be under way to a viewer: enough to keep its link busy, and no queue in front of it.
//
// Updates are followed by fences; an answer tells when the viewer has taken everything before it,
// decoding included. From that come the rate at which the viewer takes bytes and the shortest
// time an answer needs. The window is what the rate delivers in that time, and a little more, so
// that the next rate measured can be higher: the principle of BBR (draft-cardwell-iccrg-bbr), not
// of loss or of delay against a fixed limit. A viewer that decodes slowly is a narrow link. Both
// measures age, so that a route that changes is learnt anew. Values and a given time; no waiting.
#pragma once

#include "rfb/recent_best.h"

#include <cstddef>
#include <cstdint>
#include <deque>

namespace covnc {

class FlowControl
{
public:
    // Bytes that may be under way whatever the measures say.
    static constexpr std::uint64_t kLeastWindow = 8192;
    // Before anything is known.
    static constexpr std::uint64_t kFirstWindow = 65536;

    // Whether an empty fence in front of an update is worth its price: it shows the link's delay
    // without the update's own time.
    bool wants_round_trip(TimePoint now) const { return now >= round_trip_due_; }
    // Whether a fence behind an update of so many bytes is: small ones need not be told one by one
    // where the link takes many of them.
    bool wants_fence(std::uint64_t bytes, TimePoint now) const;
    // A message of so many bytes goes out now, and then the fence with the number that is returned;
    // one of no bytes is an empty fence.
    std::uint32_t sent(std::uint64_t bytes, TimePoint now);
    // One goes out without.
    void sent_without_fence(std::uint64_t bytes)
    {
        sent_bytes_ += bytes;
        untold_bytes_ += bytes;
    }
    // The viewer has answered that fence. Numbers that are not under way are ignored.
    void answered(std::uint32_t number, TimePoint now);

    // Whether more may be sent. A viewer that answers no fence, or no longer, is soon sent what it
    // asks for.
    bool may_send(TimePoint now) const;
    std::uint64_t in_flight() const { return sent_bytes_ - answered_bytes_; }
    std::uint64_t window() const;
    // Bytes a second that the viewer takes; nothing is known before the first answer.
    std::optional<double> rate() const { return rate_.value(); }
    // The shortest time from an update to its answer.
    std::optional<Duration> round_trip() const { return round_trip_.value(); }

private:
    struct Message
    {
        std::uint32_t number;
        TimePoint at;
        std::uint64_t bytes;
        std::uint64_t end;             // bytes sent up to here
        std::uint64_t answered_before; // bytes answered when it was sent
        TimePoint answered_before_at;  // and when that was
        bool was_idle;                 // no other fence was under way
    };

    void measure(const Message& message, TimePoint now);
    void measure_round_trip(Duration took, TimePoint now);
    void look_for_growth();
    void look_at_base(TimePoint now);

    std::deque<Message> under_way_;
    std::uint64_t untold_bytes_ = 0; // since the last fence
    TimePoint round_trip_due_{};     // for the next empty fence
    TimePoint fence_due_{};          // for the next one behind an update, however small
    std::uint32_t last_number_ = 0;
    std::uint64_t sent_bytes_ = 0;
    std::uint64_t answered_bytes_ = 0;
    TimePoint answered_at_{}; // or when a fence was sent with no other under way
    RecentBest<double> rate_{std::chrono::seconds(2), false};
    RecentBest<Duration> round_trip_{std::chrono::seconds(10), true};

    // The start: the window doubles for as long as the rate grows.
    bool is_starting_ = true;
    double full_rate_ = 0;
    int rounds_without_growth_ = 0;
    std::uint64_t round_end_ = 0; // bytes; answered, it ends the round

    // Now and then the window is small for a round trip, so that the base shows itself.
    TimePoint base_seen_{};
    bool is_draining_ = false;
    std::uint64_t drained_at_ = 0; // bytes; answered, it ends the draining
};

} // namespace covnc
