// What a process uses, read from /proc. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace covnc::load {

struct ProcessUse
{
    double cpu_seconds = 0;         // user and system, all threads
    std::uint64_t memory_bytes = 0; // resident
};

// Nothing where there is no such process (any more).
std::optional<ProcessUse> read_process(int pid);
// 0 where they may not be seen.
std::size_t count_descriptors(int pid);

} // namespace covnc::load
