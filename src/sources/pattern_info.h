// What the pattern display tells about itself. Plain values; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace covnc {

struct PatternInfo
{
    std::chrono::nanoseconds time{}; // since the start
    std::uint64_t frame = 0;
    double frames_per_second = 0;
    std::size_t viewers = 0;
};

} // namespace covnc
