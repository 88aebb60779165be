// CPU time of the calling thread.
#pragma once

#include <cstdint>
#include <ctime>

namespace covnc::bench {

inline std::int64_t thread_cpu_nanoseconds()
{
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
}

} // namespace covnc::bench
