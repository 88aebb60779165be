// Simple viewers for benchmarks: they follow updates without decoding pixels.
#pragma once

#include "coroutine/endpoint.h"
#include "coroutine/event_loop.h"

#include <cstdint>

namespace covnc::bench {

struct LoadResult
{
    std::uint64_t updates = 0;
    std::uint64_t bytes = 0;
};

// `viewers` connect to `server`, ask for ZRLE and then for update after update, each answering
// after a delay of its own between zero and `longest_delay`. Ends after `time`; what is counted
// starts after `warm_up`. Runs a loop of its own.
LoadResult watch(const Endpoint& server,
                 std::size_t viewers,
                 Duration longest_delay,
                 Duration warm_up,
                 Duration time);

} // namespace covnc::bench
