#include "coroutine/cancellation.h"
#include "coroutine/combinators.h"
#include "coroutine/event.h"
#include "tests/support/coroutine_loop.h"
#include "tests/support/counted.h"

#include <catch2/catch.hpp>

#include <string>

using namespace covnc;
using namespace covnc::test;

namespace {

// Says how its wait ended.
Task<> wait_and_say(Event& event, std::string& how)
{
    const Counted local(1);
    try {
        co_await event.wait();
        how = "woken";
    } catch (const Cancelled&) {
        how = "cancelled";
        throw;
    }
}

Task<> swallow_and_wait_again(Event& event, int& cancelled)
{
    for (int i = 0; i < 3; ++i) {
        try {
            co_await event.wait();
        } catch (const Cancelled&) {
            ++cancelled;
        }
    }
}

} // namespace

TEST_CASE("cancelling a scope wakes its waits with Cancelled", "[cancellation]")
{
    VirtualLoop at;
    Event never;
    CancelScope scope;
    std::string how;
    Task<> task = wait_and_say(never, how);
    task.start(at.context(&scope));
    scope.cancel();
    CHECK(how.empty()); // nobody runs inside cancel()
    at.loop.turn();
    CHECK(how == "cancelled");
    CHECK(task.is_done());
    CHECK_THROWS_AS(task.result(), Cancelled);
    CHECK(Counted::alive() == 0);
}

TEST_CASE("a cancelled scope stays so: every later wait throws at once", "[cancellation]")
{
    VirtualLoop at;
    Event never;
    CancelScope scope;
    int cancelled = 0;
    Task<> task = swallow_and_wait_again(never, cancelled);
    task.start(at.context(&scope));
    scope.cancel();
    at.loop.turn();
    CHECK(task.is_done());
    CHECK(cancelled == 3);
}

TEST_CASE("who waits for what has happened already is not cancelled by it", "[cancellation]")
{
    VirtualLoop at;
    Event event;
    CancelScope scope;
    std::string how;
    event.set();
    scope.cancel();
    at.loop.run(wait_and_say(event, how), &scope);
    CHECK(how == "woken");
}

TEST_CASE("a wait that was answered delivers its answer though cancelled in the same turn",
          "[cancellation]")
{
    VirtualLoop at;
    Event event;
    CancelScope scope;
    std::string how;
    Task<> task = wait_and_say(event, how);
    task.start(at.context(&scope));
    const bool wake_first = GENERATE(true, false);
    if (wake_first) {
        event.set();
        scope.cancel();
    } else {
        scope.cancel();
        event.set();
    }
    at.loop.turn();
    CHECK(how == (wake_first ? "woken" : "cancelled"));
    CHECK(task.is_done());
}

TEST_CASE("a scope reaches the scopes below it, and no other", "[cancellation]")
{
    VirtualLoop at;
    Event never;
    CancelScope top;
    CancelScope left(&top);
    CancelScope right(&top);
    CancelScope leaf(&left);
    std::string in_leaf;
    std::string in_right;
    Task<> first = wait_and_say(never, in_leaf);
    Task<> second = wait_and_say(never, in_right);
    first.start(at.context(&leaf));
    second.start(at.context(&right));
    left.cancel();
    at.loop.turn();
    CHECK(in_leaf == "cancelled");
    CHECK(in_right.empty());
    CHECK(leaf.is_cancelled());
    CHECK_FALSE(right.is_cancelled());
    CHECK_FALSE(top.is_cancelled());
    top.cancel();
    at.loop.turn();
    CHECK(in_right == "cancelled");
}

TEST_CASE("a scope made below a cancelled one is born cancelled", "[cancellation]")
{
    CancelScope top;
    top.cancel();
    const CancelScope below(&top);
    CHECK(below.is_cancelled());
}

TEST_CASE("a scope that goes first leaves its parent in order", "[cancellation]")
{
    CancelScope top;
    {
        const CancelScope below(&top);
    }
    top.cancel();
    top.cancel();
    CHECK(top.is_cancelled());
}

TEST_CASE("a timer and a wake-up in one turn end the wait once", "[cancellation]")
{
    VirtualLoop at;
    Event event;
    std::string how;
    // The deadline's timer and the setter's fire in the same turn, in both orders.
    const auto set_at = [](EventLoop& loop, Event& which, Duration when) -> Task<> {
        co_await loop.sleep_for(when);
        which.set();
    };
    const bool setter_first = GENERATE(true, false);
    const auto wait = [](Event& which, std::string& result) -> Task<> {
        try {
            co_await with_timeout(std::chrono::seconds(1), wait_and_say(which, result));
        } catch (const TimedOut&) {
            result += " and timed out";
        }
    };
    if (setter_first) {
        at.loop.run(when_all(set_at(at.loop, event, std::chrono::seconds(1)), wait(event, how)));
    } else {
        at.loop.run(when_all(wait(event, how), set_at(at.loop, event, std::chrono::seconds(1))));
    }
    // The deadline passes while timers fire; the setter only runs afterwards.
    CHECK(how == "cancelled and timed out");
    CHECK(Counted::alive() == 0);
}
