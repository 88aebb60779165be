// Gives memory back to the system once a crowd of viewers has gone: malloc keeps what was freed
// between blocks that still live, for as long as the process runs. Loop thread only.
#pragma once

#include "coroutine/event.h"
#include "coroutine/worker_pool.h"

#include <cstddef>
#include <functional>

namespace covnc {

// glibc's malloc_trim(); nothing with another library. On any thread; 4 ms for 72 MiB.
void trim_heap();

class HeapTrimmer
{
public:
    // That many make a crowd.
    static constexpr std::size_t kCrowd = 100;
    // It has gone when nobody else has for so long.
    static constexpr Duration kQuiet = std::chrono::seconds(2);

    // pool: where trim is called; must live longer.
    explicit HeapTrimmer(WorkerPool& pool, std::function<void()> trim = &trim_heap)
        : pool_(pool),
          trim_(std::move(trim))
    {}

    // A viewer has gone, or whoever else had memory.
    void one_has_gone();
    // Until cancelled. Suspends without a timer while there was no crowd.
    Task<> run();

private:
    WorkerPool& pool_;
    std::function<void()> trim_;
    std::size_t gone_ = 0; // since it was trimmed
    Event crowd_has_gone_;
};

} // namespace covnc
