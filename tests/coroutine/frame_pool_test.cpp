#include "coroutine/frame_pool.h"
#include "tests/support/coroutine_loop.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <thread>
#include <vector>

using namespace covnc;
using namespace covnc::test;

namespace {

// Each test has a thread, and so free lists, of its own.
template <typename Function>
void on_fresh_thread(Function function)
{
    std::thread(function).join();
}

Task<int> small(int value)
{
    co_return value;
}

Task<int> sum_of(int count)
{
    int sum = 0;
    for (int i = 0; i < count; ++i) {
        sum += co_await small(1);
    }
    co_return sum;
}

} // namespace

TEST_CASE("a frame is reused for the next one of its size class", "[frame_pool]")
{
    if (!FramePool::is_enabled()) {
        return;
    }
    void* first = nullptr;
    void* second = nullptr;
    FramePool::Statistics after;
    on_fresh_thread([&] {
        first = FramePool::allocate(100);
        FramePool::release(first, 100);
        second = FramePool::allocate(128);
        after = FramePool::statistics();
        FramePool::release(second, 128);
    });
    CHECK(first == second);
    CHECK(after.allocated == 2);
    CHECK(after.reused == 1);
    CHECK(after.kept_bytes == 0);
}

TEST_CASE("the free lists never keep more than the cap", "[frame_pool]")
{
    if (!FramePool::is_enabled()) {
        return;
    }
    std::size_t most = 0;
    std::size_t after_lowering = 1;
    on_fresh_thread([&] {
        FramePool::set_cap(10 * 256);
        std::vector<void*> frames(50);
        for (void*& frame : frames) {
            frame = FramePool::allocate(256);
        }
        for (void* const frame : frames) {
            FramePool::release(frame, 256);
            most = std::max(most, FramePool::statistics().kept_bytes);
        }
        FramePool::set_cap(0);
        after_lowering = FramePool::statistics().kept_bytes;
    });
    CHECK(most == 10 * 256);
    CHECK(after_lowering == 0);
}

TEST_CASE("frames of every size can be used to the last byte", "[frame_pool]")
{
    for (std::size_t size = 1; size <= FramePool::kLargest + 65; size += 7) {
        void* const frame = FramePool::allocate(size);
        std::memset(frame, 0xff, size);
        FramePool::release(frame, size);
    }
    for (const std::size_t size :
         {FramePool::kLargest - 1, FramePool::kLargest, FramePool::kLargest + 1}) {
        void* const frame = FramePool::allocate(size);
        std::memset(frame, 0, size);
        FramePool::release(frame, size);
    }
}

TEST_CASE("a frame may be released on another thread, or by a thread that is going", "[frame_pool]")
{
    void* frame = nullptr;
    on_fresh_thread([&] { frame = FramePool::allocate(200); });
    FramePool::release(frame, 200);

    struct AtExit
    {
        AtExit() = default;
        AtExit(const AtExit&) = delete;
        AtExit& operator=(const AtExit&) = delete;
        ~AtExit() { FramePool::release(FramePool::allocate(64), 64); }
    };
    on_fresh_thread([] {
        static thread_local AtExit last; // made first, so destroyed after the pool
        [[maybe_unused]] const AtExit* const touch = &last;
        FramePool::release(FramePool::allocate(64), 64);
    });
}

TEST_CASE("a million cycles keep no frame", "[frame_pool]")
{
    VirtualLoop at;
    at.loop.run(sum_of(10));
    const FramePool::Statistics before = FramePool::statistics();
    CHECK(at.loop.run(sum_of(1'000'000)) == 1'000'000);
    const FramePool::Statistics after = FramePool::statistics();
    if (FramePool::is_enabled()) {
        CHECK(after.kept_bytes == before.kept_bytes);
        CHECK(after.reused - before.reused == after.allocated - before.allocated);
    }
}
