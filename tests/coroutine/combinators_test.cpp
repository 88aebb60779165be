#include "coroutine/combinators.h"
#include "coroutine/event.h"
#include "tests/support/coroutine_loop.h"
#include "tests/support/counted.h"

#include <catch2/catch.hpp>

#include <memory>
#include <string>

using namespace covnc;
using namespace covnc::test;
using std::chrono::seconds;

namespace {

Task<int> value_after(EventLoop& loop, Duration delay, int value)
{
    co_await loop.sleep_for(delay);
    co_return value;
}

Task<> fail_after(EventLoop& loop, Duration delay, const char* text)
{
    co_await loop.sleep_for(delay);
    throw std::runtime_error(text);
}

// Counts itself while it waits; cleans up slowly when it is cancelled, out of reach of that.
Task<> wait_for_ever(EventLoop& loop, Duration clean_up, bool& cleaned)
{
    const Counted local(1);
    Event never;
    bool cancelled = false;
    try {
        co_await never.wait();
    } catch (const Cancelled&) {
        cancelled = true;
    }
    if (cancelled) {
        const auto clean = [](EventLoop& in, Duration how_long, bool& done) -> Task<> {
            co_await in.sleep_for(how_long);
            done = true;
        };
        co_await shielded(clean(loop, clean_up, cleaned));
        throw Cancelled{};
    }
}

Task<> nothing()
{
    co_return;
}

} // namespace

TEST_CASE("when_all gives every value when the last is there", "[combinators]")
{
    VirtualLoop at;
    const auto both = [](EventLoop& loop) -> Task<int> {
        auto values = co_await when_all(
            value_after(loop, seconds(2), 20), nothing(), value_after(loop, seconds(1), 1));
        co_return std::get<0>(values) + std::get<2>(values);
    };
    CHECK(at.loop.run(both(at.loop)) == 21);
    CHECK(at.elapsed() == seconds(2));
}

TEST_CASE("when_all of values that only move", "[combinators]")
{
    VirtualLoop at;
    const auto make = [](int value) -> Task<std::unique_ptr<Counted>> {
        co_return std::make_unique<Counted>(value);
    };
    {
        auto [one, two] = at.loop.run(when_all(make(1), make(2)));
        CHECK(one->value() == 1);
        CHECK(two->value() == 2);
    }
    CHECK(Counted::alive() == 0);
}

TEST_CASE("the first failure cancels the others, and is thrown when they have ended",
          "[combinators]")
{
    VirtualLoop at;
    bool cleaned = false;
    CHECK_THROWS_WITH(at.loop.run(when_all(wait_for_ever(at.loop, seconds(5), cleaned),
                                           fail_after(at.loop, seconds(1), "first"),
                                           fail_after(at.loop, seconds(2), "second"))),
                      "first");
    CHECK(cleaned);
    CHECK(at.elapsed() == seconds(6));
    CHECK(Counted::alive() == 0);
}

TEST_CASE("a failure before the first wait cancels those that come after it", "[combinators]")
{
    VirtualLoop at;
    bool cleaned = false;
    const auto fail = []() -> Task<> {
        throw std::runtime_error("at once");
        co_return;
    };
    CHECK_THROWS_WITH(at.loop.run(when_all(fail(), wait_for_ever(at.loop, seconds(0), cleaned))),
                      "at once");
    CHECK(Counted::alive() == 0);
}

TEST_CASE("when_all of one that gave up by itself throws Cancelled", "[combinators]")
{
    VirtualLoop at;
    const auto give_up = []() -> Task<int> {
        throw Cancelled{};
        co_return 1;
    };
    CHECK_THROWS_AS(at.loop.run(when_all(give_up(), nothing())), Cancelled);
}

TEST_CASE("run_until_first_ends joins the others", "[combinators]")
{
    VirtualLoop at;
    bool cleaned = false;
    const auto sleep = [](EventLoop& loop) -> Task<> { co_await loop.sleep_for(seconds(1)); };
    at.loop.run(run_until_first_ends(wait_for_ever(at.loop, seconds(3), cleaned), sleep(at.loop)));
    CHECK(cleaned);
    CHECK(at.elapsed() == seconds(4));
    CHECK(Counted::alive() == 0);
    CHECK_THROWS_WITH(at.loop.run(run_until_first_ends(wait_for_ever(at.loop, seconds(0), cleaned),
                                                       fail_after(at.loop, seconds(1), "bad"))),
                      "bad");
}

TEST_CASE("cancelling who waits for several cancels them all", "[combinators]")
{
    VirtualLoop at;
    CancelScope scope;
    bool first = false;
    bool second = false;
    Task<> task = run_until_first_ends(wait_for_ever(at.loop, seconds(1), first),
                                       wait_for_ever(at.loop, seconds(2), second));
    task.start(at.context(&scope));
    scope.cancel();
    while (!task.is_done()) {
        at.loop.turn();
    }
    CHECK_THROWS_AS(task.result(), Cancelled);
    CHECK(first);
    CHECK(second);
    CHECK(at.elapsed() == seconds(2));
}

TEST_CASE("with_timeout delivers what comes in time", "[with_timeout]")
{
    VirtualLoop at;
    CHECK(at.loop.run(with_timeout(seconds(2), value_after(at.loop, seconds(1), 7))) == 7);
    CHECK(at.elapsed() == seconds(1));
    CHECK(at.loop.run(with_timeout(Duration::max(), value_after(at.loop, seconds(1), 8))) == 8);
    CHECK_THROWS_WITH(at.loop.run(with_timeout(seconds(2), fail_after(at.loop, seconds(1), "own"))),
                      "own");
}

TEST_CASE("with_timeout ends what is late, and joins it", "[with_timeout]")
{
    VirtualLoop at;
    bool cleaned = false;
    CHECK_THROWS_AS(
        at.loop.run(with_timeout(seconds(1), wait_for_ever(at.loop, seconds(4), cleaned))),
        TimedOut);
    CHECK(cleaned);
    CHECK(at.elapsed() == seconds(5));
}

TEST_CASE("the inner of two deadlines ends the inner task only", "[with_timeout]")
{
    VirtualLoop at;
    const auto inner = [](EventLoop& loop) -> Task<std::string> {
        std::string how = "in time";
        try {
            co_await with_timeout(seconds(1), value_after(loop, seconds(60), 1));
        } catch (const TimedOut&) {
            how = "inner";
        }
        co_await loop.sleep_for(seconds(1));
        co_return how;
    };
    CHECK(at.loop.run(with_timeout(seconds(10), inner(at.loop))) == "inner");
    CHECK(at.elapsed() == seconds(2));
    CHECK_THROWS_AS(at.loop.run(with_timeout(Duration(1), inner(at.loop))), TimedOut);
}

TEST_CASE("a cancelled deadline is a cancellation, no time-out", "[with_timeout]")
{
    VirtualLoop at;
    CancelScope scope;
    scope.cancel();
    CHECK_THROWS_AS(
        at.loop.run(with_timeout(seconds(1), value_after(at.loop, seconds(2), 1)), &scope),
        Cancelled);
}

TEST_CASE("a result at the last moment counts, though the deadline has passed", "[with_timeout]")
{
    VirtualLoop at;
    const auto stubborn = [](EventLoop& loop) -> Task<int> {
        co_return co_await shielded(value_after(loop, seconds(3), 9));
    };
    CHECK(at.loop.run(with_timeout(seconds(1), stubborn(at.loop))) == 9);
    CHECK(at.elapsed() == seconds(3));
}

TEST_CASE("a shielded step is finished, and the next wait is cancelled", "[shielded]")
{
    VirtualLoop at;
    CancelScope scope;
    int steps = 0;
    const auto body = [](EventLoop& loop, int& done) -> Task<> {
        const int value = co_await shielded(value_after(loop, seconds(1), 1));
        done += value;
        co_await loop.sleep_for(seconds(1));
        ++done;
    };
    Task<> task = body(at.loop, steps);
    task.start(at.context(&scope));
    scope.cancel();
    while (!task.is_done()) {
        at.loop.turn();
    }
    CHECK(steps == 1);
    CHECK(at.elapsed() == seconds(1));
    CHECK_THROWS_AS(task.result(), Cancelled);
}
