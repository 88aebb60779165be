#include "src/heap_trimmer.h"

#include "coroutine/event_loop.h"

#include <malloc.h>

namespace covnc {

void trim_heap()
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void HeapTrimmer::one_has_gone()
{
    if (++gone_ >= kCrowd) {
        crowd_has_gone_.set();
    }
}

Task<> HeapTrimmer::run()
{
    const TaskContext context = co_await current_context();
    for (;;) {
        co_await crowd_has_gone_.wait();
        std::size_t before = 0;
        while (before != gone_) {
            before = gone_;
            co_await context.loop->sleep_for(kQuiet);
        }
        gone_ = 0;
        crowd_has_gone_.reset();
        std::function<void()> job = trim_;
        co_await pool_.run(std::move(job));
    }
}

} // namespace covnc
