#include "tools/bench/player.h"

#include <ctime>

namespace covnc::bench {

namespace {

std::int64_t cpu_nanoseconds()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

} // namespace

Region Player::draw(WritablePixelView back, std::vector<CopyRect>& moves)
{
    const std::int64_t before = cpu_nanoseconds();
    Region damage = sequence_->draw(back, moves);
    board_.show(sequence_->fingerprint_of(back), std::chrono::steady_clock::now());
    ++board_.frames;
    board_.source_nanoseconds += static_cast<std::uint64_t>(cpu_nanoseconds() - before);
    return damage;
}

} // namespace covnc::bench
