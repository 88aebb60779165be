#include "coroutine/combinators.h"
#include "coroutine/mutex.h"
#include "tests/support/coroutine_loop.h"

#include <catch2/catch.hpp>

#include <string>

using namespace covnc;
using namespace covnc::test;

namespace {

Task<> hold_for(Mutex& mutex, EventLoop& loop, int turns, char name, std::string& log)
{
    const Mutex::Guard guard = co_await mutex.lock();
    log += name;
    for (int i = 0; i < turns; ++i) {
        co_await loop.yield();
    }
    log += static_cast<char>(name - 'A' + 'a');
}

Task<> hold_all_in_turn(Mutex& mutex, EventLoop& loop, std::string& log)
{
    co_await when_all(hold_for(mutex, loop, 3, 'A', log),
                      hold_for(mutex, loop, 0, 'B', log),
                      hold_for(mutex, loop, 1, 'C', log));
}

} // namespace

TEST_CASE("the second waits until the first has unlocked [/locking/co-mutex]", "[mutex]")
{
    VirtualLoop at;
    Mutex mutex;
    std::string log;
    Task<> first = hold_for(mutex, at.loop, 1, 'A', log);
    Task<> second = hold_for(mutex, at.loop, 1, 'B', log);
    first.start(at.context());
    second.start(at.context());
    CHECK(log == "A");
    CHECK(mutex.is_locked());
    at.loop.turn();
    CHECK(log == "Aa"); // handed over, resumed in the next turn
    CHECK(mutex.is_locked());
    at.loop.turn();
    CHECK(log == "AaB");
    at.loop.turn();
    CHECK(log == "AaBb");
    CHECK_FALSE(mutex.is_locked());
}

TEST_CASE("a guard unlocks once, also early and after a move [/locking/co-mutex/lockable]",
          "[mutex]")
{
    VirtualLoop at;
    Mutex mutex;
    const auto body = [](Mutex& lock) -> Task<> {
        Mutex::Guard guard = co_await lock.lock();
        CHECK(lock.is_locked());
        Mutex::Guard moved(std::move(guard));
        CHECK(lock.is_locked());
        moved.unlock();
        CHECK_FALSE(lock.is_locked());
        moved.unlock();
        const Mutex::Guard again = co_await lock.lock();
        CHECK(lock.is_locked());
    };
    at.loop.run(body(mutex));
    CHECK_FALSE(mutex.is_locked());
}

TEST_CASE("a mutex is handed on first come, first served", "[mutex]")
{
    VirtualLoop at;
    Mutex mutex;
    std::string log;
    at.loop.run(hold_all_in_turn(mutex, at.loop, log));
    CHECK(log == "AaBbCc");
}

TEST_CASE("nobody jumps the queue between unlock and the next one's turn", "[mutex]")
{
    VirtualLoop at;
    Mutex mutex;
    std::string log;
    Task<> first = hold_for(mutex, at.loop, 1, 'A', log);
    Task<> second = hold_for(mutex, at.loop, 0, 'B', log);
    Task<> third = hold_for(mutex, at.loop, 0, 'C', log);
    first.start(at.context());
    second.start(at.context());
    at.loop.turn();
    REQUIRE(log == "Aa");
    third.start(at.context()); // B has been handed the mutex but has not run
    CHECK(log == "Aa");
    at.loop.turn();
    at.loop.turn();
    CHECK(log == "AaBbCc");
}

TEST_CASE("a waiter that is cancelled leaves the queue to the others", "[mutex]")
{
    VirtualLoop at;
    Mutex mutex;
    std::string log;
    CancelScope scope;
    Task<> first = hold_for(mutex, at.loop, 2, 'A', log);
    Task<> second = hold_for(mutex, at.loop, 0, 'B', log);
    Task<> third = hold_for(mutex, at.loop, 0, 'C', log);
    first.start(at.context());
    second.start(at.context(&scope));
    third.start(at.context());
    scope.cancel();
    while (!third.is_done()) {
        at.loop.turn();
    }
    CHECK(log == "AaCc");
    REQUIRE(second.is_done());
    CHECK_THROWS_AS(second.result(), Cancelled);
    CHECK_FALSE(mutex.is_locked());
}

TEST_CASE("cancelling after the hand-over delivers the mutex", "[mutex]")
{
    VirtualLoop at;
    Mutex mutex;
    std::string log;
    CancelScope scope;
    Task<> first = hold_for(mutex, at.loop, 1, 'A', log);
    Task<> second = hold_for(mutex, at.loop, 1, 'B', log);
    first.start(at.context());
    second.start(at.context(&scope));
    at.loop.turn();
    REQUIRE(log == "Aa");
    scope.cancel();
    at.loop.turn();
    CHECK(log == "AaB"); // it holds the mutex; its next wait throws
    CHECK(second.is_done());
    CHECK_THROWS_AS(second.result(), Cancelled);
    CHECK_FALSE(mutex.is_locked());
}

TEST_CASE("a waiter that is destroyed in any state passes the mutex on", "[mutex]")
{
    VirtualLoop at;
    Mutex mutex;
    std::string log;
    Task<> first = hold_for(mutex, at.loop, 1, 'A', log);
    Task<> second = hold_for(mutex, at.loop, 1, 'B', log);
    Task<> third = hold_for(mutex, at.loop, 0, 'C', log);
    first.start(at.context());
    second.start(at.context());
    third.start(at.context());
    SECTION("while it waits") {}
    SECTION("after the mutex was handed to it")
    {
        at.loop.turn();
    }
    SECTION("while it holds it")
    {
        at.loop.turn();
        at.loop.turn();
    }
    second = Task<>();
    while (!third.is_done()) {
        at.loop.turn();
    }
    CHECK_FALSE(mutex.is_locked());
    CHECK(log.ends_with("Cc"));
}
