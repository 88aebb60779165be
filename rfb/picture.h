// A picture that viewers follow: its framebuffer, the updates of it that they share, and which of
// its pixels are quiet. A display has one, or two where some viewers need the pointer drawn in.
// Loop thread only.
#pragma once

#include "coroutine/event_loop.h"
#include "rfb/framebuffer.h"
#include "rfb/update_cache.h"

#include <cstdint>
#include <deque>
#include <span>

namespace covnc {

class Picture
{
public:
    // All must live longer. jobs: the scope that encoding jobs run in.
    Picture(Size size,
            EventLoop& loop,
            WorkerPool& pool,
            TaskScope& jobs,
            const CacheSettings& settings)
        : loop_(loop),
          framebuffer_(size),
          cache_(framebuffer_, pool, jobs, settings)
    {}

    const Framebuffer& framebuffer() const { return framebuffer_; }
    UpdateCache& cache() { return cache_; }
    WritablePixelView back() { return framebuffer_.back(); }

    // As Framebuffer's; true where something changed, so that viewers should look.
    bool commit(const Region& damage, std::span<const CopyRect> moves, MoveSearch search);
    void resize(Size size);

    // What changed a moment ago. The rest is quiet: worth sending again, exactly, to those who have
    // it as JPEG.
    Region restless_pixels() const;

private:
    void note_version();

    EventLoop& loop_;
    Framebuffer framebuffer_;
    UpdateCache cache_;
    // When the versions of the last moments came, the oldest first.
    struct CommitTime
    {
        TimePoint time;
        std::uint64_t version;
    };
    std::deque<CommitTime> commits_;
    std::uint64_t quiet_since_ = 0; // the version that was there before them
};

} // namespace covnc
