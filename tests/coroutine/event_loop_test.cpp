#include "coroutine/combinators.h"
#include "coroutine/event.h"
#include "coroutine/event_loop.h"
#include "tests/support/coroutine_loop.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace covnc;
using namespace covnc::test;
using std::chrono::seconds;

namespace {

Task<> sleep_and_log(EventLoop& loop, Duration delay, std::vector<int>& log, int id)
{
    co_await loop.sleep_for(delay);
    log.push_back(id);
}

Task<> yield_and_log(EventLoop& loop, int times, std::vector<int>& log, int id)
{
    for (int i = 0; i < times; ++i) {
        log.push_back(id);
        co_await loop.yield();
    }
}

} // namespace

TEST_CASE("sleepers wake in the order of their times, equal ones in the order of sleeping",
          "[event_loop]")
{
    VirtualLoop at;
    std::vector<int> log;
    at.loop.run(when_all(sleep_and_log(at.loop, seconds(3), log, 3),
                         sleep_and_log(at.loop, seconds(1), log, 1),
                         sleep_and_log(at.loop, seconds(2), log, 21),
                         sleep_and_log(at.loop, seconds(2), log, 22)));
    CHECK(log == std::vector<int>{1, 21, 22, 3});
    CHECK(at.elapsed() == seconds(3));
}

TEST_CASE("yield lets all others who are ready go first", "[event_loop]")
{
    VirtualLoop at;
    std::vector<int> log;
    at.loop.run(when_all(yield_and_log(at.loop, 3, log, 1), yield_and_log(at.loop, 3, log, 2)));
    CHECK(log == std::vector<int>{1, 2, 1, 2, 1, 2});
    CHECK(at.elapsed() == Duration::zero());
}

TEST_CASE("a time in the past yields once", "[event_loop]")
{
    VirtualLoop at;
    std::vector<int> log;
    at.loop.run(sleep_and_log(at.loop, seconds(1), log, 1));
    const auto late = [](EventLoop& loop, std::vector<int>& out) -> Task<> {
        co_await loop.sleep_until(TimePoint());
        out.push_back(2);
    };
    at.loop.run(when_all(late(at.loop, log), yield_and_log(at.loop, 1, log, 1)));
    CHECK(log == std::vector<int>{1, 1, 2});
    CHECK(at.elapsed() == seconds(1));
}

TEST_CASE("coroutines that only wake each other do not starve a timer", "[event_loop]")
{
    EventLoop loop; // real time: it passes while they spin
    const auto spin = [](EventLoop& own) -> Task<> {
        for (;;) {
            co_await own.yield();
        }
    };
    const auto stop = [](EventLoop& own) -> Task<> {
        co_await own.sleep_for(std::chrono::milliseconds(5));
    };
    loop.run(run_until_first_ends(spin(loop), spin(loop), stop(loop)));
    SUCCEED();
}

TEST_CASE("a duration too long to add never comes", "[event_loop]")
{
    VirtualLoop at;
    CHECK(after(TimePoint(seconds(1)), Duration::max()) == TimePoint::max());
    std::vector<int> log;
    CHECK_THROWS_AS(
        at.loop.run(with_timeout(seconds(9), sleep_and_log(at.loop, Duration::max(), log, 1))),
        TimedOut);
    CHECK(at.elapsed() == seconds(9));
    CHECK(log.empty());
}

TEST_CASE("a post from another thread wakes a loop that sleeps", "[event_loop]")
{
    EventLoop loop;
    Event event;
    std::thread other;
    const auto wait = [](EventLoop& own, Event& posted, std::thread& thread) -> Task<> {
        thread = std::thread([&own, &posted] { own.post([&posted] { posted.set(); }); });
        co_await posted.wait();
    };
    loop.run(wait(loop, event, other));
    other.join();
    CHECK(event.is_set());
}

TEST_CASE("posts from many threads all arrive, each thread's in its order", "[event_loop]")
{
    constexpr int kThreads = 4;
    constexpr int kPosts = 5000;
    EventLoop loop;
    Event done;
    std::vector<int> next(kThreads);
    int arrived = 0;
    bool in_order = true;
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (std::size_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < kPosts; ++i) {
                loop.post([&, t, i] {
                    in_order = in_order && next[t] == i;
                    ++next[t];
                    if (++arrived == kThreads * kPosts) {
                        done.set();
                    }
                });
            }
        });
    }
    const auto wait = [](Event& event) -> Task<> { co_await event.wait(); };
    loop.run(wait(done));
    for (std::thread& thread : threads) {
        thread.join();
    }
    CHECK(arrived == kThreads * kPosts);
    CHECK(in_order);
}

TEST_CASE("a virtual clock waits for a post that is expected", "[event_loop]")
{
    VirtualLoop at;
    Event event;
    at.loop.expect_post();
    std::thread other([&] {
        at.loop.post([&] {
            at.loop.post_arrived();
            event.set();
        });
    });
    const auto wait = [](Event& posted) -> Task<> { co_await posted.wait(); };
    at.loop.run(with_timeout(seconds(1), wait(event)));
    other.join();
    CHECK(at.elapsed() == Duration::zero());
}

TEST_CASE("an idle loop sleeps, and wakes once for what happens", "[event_loop]")
{
    EventLoop loop;
    const auto sleep = [](EventLoop& own) -> Task<> {
        co_await own.sleep_for(std::chrono::milliseconds(20));
    };
    loop.run(sleep(loop));
    CHECK(loop.wakeups() >= 1);
    CHECK(loop.wakeups() <= 3); // a timer of the kernel may be early by its granularity
}

TEST_CASE("the value and the exception of the root come out of run", "[event_loop]")
{
    VirtualLoop at;
    const auto value = [](EventLoop& loop) -> Task<std::string> {
        co_await loop.yield();
        co_return "done";
    };
    const auto fail = [](EventLoop& loop) -> Task<std::string> {
        co_await loop.yield();
        throw std::out_of_range("no");
    };
    CHECK(at.loop.run(value(at.loop)) == "done");
    CHECK_THROWS_AS(at.loop.run(fail(at.loop)), std::out_of_range);
}

TEST_CASE("a hundred thousand timers armed and disarmed leave nothing behind", "[event_loop]")
{
    VirtualLoop at;
    const auto body = [](EventLoop& loop) -> Task<> {
        const auto quick = [](EventLoop& in) -> Task<> { co_await in.yield(); };
        for (int i = 0; i < 100'000; ++i) {
            co_await with_timeout(seconds(30), quick(loop));
        }
    };
    at.loop.run(body(at.loop));
    CHECK(at.elapsed() == Duration::zero()); // no forgotten timer to jump to
}
