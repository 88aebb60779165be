#include "tools/bench/player.h"

#include "tools/bench/cpu_time.h"

namespace covnc::bench {

Region Player::draw(WritablePixelView back, std::vector<CopyRect>& moves)
{
    const std::int64_t before = thread_cpu_nanoseconds();
    Region damage = sequence_->draw(back, moves);
    board_.show(sequence_->fingerprint_of(back), std::chrono::steady_clock::now());
    ++board_.frames;
    board_.source_nanoseconds += static_cast<std::uint64_t>(thread_cpu_nanoseconds() - before);
    return damage;
}

} // namespace covnc::bench
