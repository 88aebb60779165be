// A link with delay, bandwidth, jitter and stalls in front of a stream: what a viewer far away
// sees. For load tests and for tests in virtual time. Loop thread only.
#pragma once

#include "coroutine/event.h"
#include "coroutine/event_loop.h"
#include "coroutine/stream.h"

#include <deque>
#include <memory>
#include <random>
#include <vector>

namespace covnc {

// Each direction by itself; zero means that there is none of it.
struct LinkProfile
{
    Duration delay{};            // one way
    std::uint64_t bandwidth = 0; // bytes a second towards us; the way back has no limit
    Duration jitter{};           // added to the delay, from 0 to this; order is kept
    double stall_share = 0;      // of the time, nothing moves
    Duration stall = std::chrono::milliseconds(300);
    std::size_t queue = 65536; // bytes that wait in front of the narrow place

    bool is_perfect() const
    {
        return delay == Duration::zero() && bandwidth == 0 && jitter == Duration::zero() &&
               stall_share == 0;
    }
};

class SimulatedLink final : public Stream
{
public:
    using Stream::write_all;

    // seed: of jitter and stalls.
    SimulatedLink(EventLoop& loop,
                  std::unique_ptr<Stream> stream,
                  const LinkProfile& profile,
                  std::uint32_t seed);

    // Moves the bytes; must run beside whoever uses the stream. Ends by cancellation, or with
    // Disconnected when both directions have ended.
    Task<> run();

    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override;
    // Ends when the link has taken the bytes, not when they have arrived.
    Task<> write_all(std::span<const ByteView> pieces) override;
    void shutdown_write() noexcept override { stream_->shutdown_write(); }
    std::string peer() const override { return stream_->peer(); }

private:
    // Bytes under way; an empty one is the end.
    struct Packet
    {
        TimePoint arrival;
        std::vector<std::uint8_t> bytes;
    };

    Task<> carry_down();
    Task<> carry_up();
    Task<> wait_for_room();
    TimePoint arrival_of(TimePoint sent, TimePoint last);
    Duration stall_now();

    EventLoop& loop_;
    std::unique_ptr<Stream> stream_;
    LinkProfile profile_;
    std::mt19937 random_;
    TimePoint narrow_place_free_{}; // when all that was read has passed it
    std::deque<Packet> down_;
    std::size_t down_taken_ = 0; // bytes of the first packet that were read
    TimePoint last_down_{};
    Event down_arrives_;
    std::exception_ptr down_error_;
    std::deque<Packet> up_;
    TimePoint last_up_{};
    Event up_arrives_;
};

} // namespace covnc
