#include "coroutine/simulated_link.h"

#include "coroutine/combinators.h"

#include <algorithm>

namespace covnc {

SimulatedLink::SimulatedLink(EventLoop& loop,
                             std::unique_ptr<Stream> stream,
                             const LinkProfile& profile,
                             std::uint32_t seed)
    : loop_(loop),
      stream_(std::move(stream)),
      profile_(profile),
      random_(seed)
{}

Task<> SimulatedLink::run()
{
    co_await when_all(carry_down(), carry_up());
}

TimePoint SimulatedLink::arrival_of(TimePoint sent, TimePoint last)
{
    Duration jitter{};
    if (profile_.jitter > Duration::zero()) {
        std::uniform_int_distribution<std::int64_t> pick(0, profile_.jitter.count());
        jitter = Duration(pick(random_));
    }
    return std::max(last, sent + profile_.delay + jitter);
}

// How long the link stands still now. Judged packet by packet: a packet's share of stalls is that
// of the time it needs.
Duration SimulatedLink::stall_now()
{
    if (profile_.stall_share <= 0) {
        return {};
    }
    constexpr double kPacketsASecond = 100;
    const double often =
        profile_.stall_share / std::chrono::duration<double>(profile_.stall).count();
    std::bernoulli_distribution stalls(std::min(1.0, often / kPacketsASecond));
    return stalls(random_) ? profile_.stall : Duration{};
}

Task<> SimulatedLink::wait_for_room()
{
    if (profile_.bandwidth == 0) {
        co_return;
    }
    const double queue = static_cast<double>(profile_.queue);
    const auto full = std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(queue / static_cast<double>(profile_.bandwidth)));
    const TimePoint has_room = narrow_place_free_ - full;
    if (has_room > loop_.now()) {
        co_await loop_.sleep_until(has_room);
    }
}

Task<> SimulatedLink::carry_down()
{
    // About ten milliseconds of the link, so that stalls and bandwidth are smooth.
    const std::uint64_t smooth = profile_.bandwidth == 0 ? 16384 : profile_.bandwidth / 100;
    const auto packet_size =
        static_cast<std::size_t>(std::clamp<std::uint64_t>(smooth, 256, profile_.queue));
    try {
        for (;;) {
            co_await wait_for_room();
            std::vector<std::uint8_t> bytes(packet_size);
            const std::size_t count = co_await stream_->read_some(bytes);
            bytes.resize(count);
            TimePoint sent = std::max(loop_.now(), narrow_place_free_) + stall_now();
            if (profile_.bandwidth != 0) {
                sent += Duration(count * 1'000'000'000ULL / profile_.bandwidth);
                narrow_place_free_ = sent;
            }
            last_down_ = arrival_of(sent, last_down_);
            down_.push_back({last_down_, std::move(bytes)});
            down_arrives_.set();
            if (count == 0) {
                co_return;
            }
        }
    } catch (const Disconnected&) {
        down_error_ = std::current_exception();
    }
    down_arrives_.set();
}

Task<std::size_t> SimulatedLink::read_some(std::span<std::uint8_t> buffer)
{
    while (down_.empty()) {
        if (down_error_) {
            std::rethrow_exception(down_error_);
        }
        down_arrives_.reset();
        co_await down_arrives_.wait();
    }
    if (down_.front().arrival > loop_.now()) {
        co_await loop_.sleep_until(down_.front().arrival);
    }
    const std::vector<std::uint8_t>& bytes = down_.front().bytes;
    const std::size_t count = std::min(buffer.size(), bytes.size() - down_taken_);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(down_taken_), count, buffer.begin());
    down_taken_ += count;
    if (count != 0 && down_taken_ == bytes.size()) { // the end stays
        down_.pop_front();
        down_taken_ = 0;
    }
    co_return count;
}

Task<> SimulatedLink::write_all(std::span<const ByteView> pieces)
{
    std::vector<std::uint8_t> bytes;
    for (const ByteView& piece : pieces) {
        bytes.insert(bytes.end(), piece.begin(), piece.end());
    }
    count_written(bytes.size());
    last_up_ = arrival_of(loop_.now(), last_up_);
    up_.push_back({last_up_, std::move(bytes)});
    up_arrives_.set();
    co_return;
}

Task<> SimulatedLink::carry_up()
{
    for (;;) {
        while (up_.empty()) {
            up_arrives_.reset();
            co_await up_arrives_.wait();
        }
        if (up_.front().arrival > loop_.now()) {
            co_await loop_.sleep_until(up_.front().arrival);
        }
        const Packet packet = std::move(up_.front());
        up_.pop_front();
        co_await stream_->write_all(ByteView(packet.bytes));
    }
}

} // namespace covnc
