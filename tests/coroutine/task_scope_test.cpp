#include "coroutine/combinators.h"
#include "coroutine/event.h"
#include "coroutine/task_scope.h"
#include "tests/support/coroutine_loop.h"
#include "tests/support/counted.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace covnc;
using namespace covnc::test;
using std::chrono::seconds;

namespace {

Task<> sleep_holding(EventLoop& loop, Duration delay, Counted held)
{
    co_await loop.sleep_for(delay);
    CHECK(held.is_intact());
}

Task<> fail_after(EventLoop& loop, Duration delay, const char* text)
{
    co_await loop.sleep_for(delay);
    throw std::runtime_error(text);
}

} // namespace

TEST_CASE("join waits for every child, whenever it was spawned", "[task_scope]")
{
    VirtualLoop at;
    const auto parent = [](EventLoop& loop) -> Task<> {
        TaskScope scope(co_await current_context());
        for (int i = 1; i <= 10; ++i) {
            scope.spawn(sleep_holding(loop, seconds(i), Counted(i)));
        }
        CHECK(scope.running() == 10);
        co_await loop.sleep_for(seconds(5));
        scope.spawn(sleep_holding(loop, seconds(7), Counted(11)));
        co_await scope.join();
        CHECK(scope.running() == 0);
    };
    at.loop.run(parent(at.loop));
    CHECK(at.elapsed() == seconds(12));
    CHECK(Counted::alive() == 0);
}

TEST_CASE("what a child holds goes when it ends, not when it is joined", "[task_scope]")
{
    VirtualLoop at;
    const auto child = [](EventLoop& loop) -> Task<> {
        const Counted local(1);
        co_await loop.sleep_for(seconds(1));
    };
    const auto parent = [](EventLoop& loop, auto make) -> Task<> {
        TaskScope scope(co_await current_context());
        scope.spawn(make(loop));
        co_await loop.sleep_for(seconds(2));
        CHECK(Counted::alive() == 0);
        co_await scope.join();
    };
    at.loop.run(parent(at.loop, child));
}

TEST_CASE("the first child to fail cancels the others; the scope can be used again", "[task_scope]")
{
    VirtualLoop at;
    const auto parent = [](EventLoop& loop) -> Task<> {
        TaskScope scope(co_await current_context());
        scope.spawn(sleep_holding(loop, seconds(100), Counted(1)));
        scope.spawn(fail_after(loop, seconds(1), "first"));
        scope.spawn(fail_after(loop, seconds(1), "second"));
        std::string said;
        try {
            co_await scope.join();
        } catch (const std::runtime_error& error) {
            said = error.what();
        }
        CHECK(said == "first");
        CHECK(scope.is_cancelled());
        CHECK(Counted::alive() == 0);
        co_await scope.join(); // told once
    };
    at.loop.run(parent(at.loop));
    CHECK(at.elapsed() == seconds(1));
}

TEST_CASE("cancel_and_join drops what the children threw", "[task_scope]")
{
    VirtualLoop at;
    const auto parent = [](EventLoop& loop) -> Task<> {
        TaskScope scope(co_await current_context());
        scope.spawn(fail_after(loop, seconds(0), "never heard"));
        scope.spawn(sleep_holding(loop, seconds(100), Counted(1)));
        co_await loop.sleep_for(seconds(1));
        co_await scope.cancel_and_join();
        CHECK(scope.running() == 0);
        CHECK(Counted::alive() == 0);
    };
    at.loop.run(parent(at.loop));
    CHECK(at.elapsed() == seconds(1));
}

TEST_CASE("children of a cancelled coroutine are cancelled, and joined before it goes on",
          "[task_scope]")
{
    VirtualLoop at;
    CancelScope outside;
    const auto parent = [](EventLoop& loop) -> Task<> {
        TaskScope scope(co_await current_context());
        scope.spawn(sleep_holding(loop, seconds(100), Counted(1)));
        scope.spawn(sleep_holding(loop, seconds(200), Counted(2)));
        co_await scope.join();
    };
    Task<> task = parent(at.loop);
    task.start(at.context(&outside));
    CHECK(Counted::alive() > 0);
    outside.cancel();
    while (!task.is_done()) {
        at.loop.turn();
    }
    CHECK_THROWS_AS(task.result(), Cancelled);
    CHECK(Counted::alive() == 0);
    CHECK(at.elapsed() == Duration::zero());
}

TEST_CASE("a child may spawn siblings", "[task_scope]")
{
    VirtualLoop at;
    struct Spawner
    {
        static Task<> run(TaskScope& scope, EventLoop& loop, int depth, int& count)
        {
            ++count;
            co_await loop.yield();
            for (int i = 0; depth > 0 && i < 2; ++i) {
                scope.spawn(run(scope, loop, depth - 1, count));
            }
        }
    };
    int count = 0;
    const auto parent = [](EventLoop& loop, int& total) -> Task<> {
        TaskScope scope(co_await current_context());
        scope.spawn(Spawner::run(scope, loop, 9, total));
        co_await scope.join();
    };
    at.loop.run(parent(at.loop, count));
    CHECK(count == 1023);
}

TEST_CASE("thousands of children that have ended keep no memory", "[task_scope]")
{
    VirtualLoop at;
    const auto parent = [](EventLoop& loop) -> Task<> {
        TaskScope scope(co_await current_context());
        for (int i = 0; i < 10000; ++i) {
            scope.spawn(sleep_holding(loop, Duration(1), Counted(i)));
            co_await loop.sleep_for(Duration(2));
            // The last one's frame may wait for the next spawn, no more than that.
            CHECK(Counted::alive() <= 1);
        }
        co_await scope.join();
        CHECK(Counted::alive() == 0);
    };
    at.loop.run(parent(at.loop));
}

TEST_CASE("destroying a suspended tree destroys the children with it", "[task_scope]")
{
    VirtualLoop at;
    const auto parent = [](EventLoop& loop) -> Task<> {
        TaskScope scope(co_await current_context());
        scope.spawn(sleep_holding(loop, seconds(1), Counted(1)));
        scope.spawn(sleep_holding(loop, seconds(2), Counted(2)));
        co_await scope.join();
    };
    {
        Task<> task = parent(at.loop);
        task.start(at.context());
        CHECK(Counted::alive() > 0);
    }
    CHECK(Counted::alive() == 0);
}
