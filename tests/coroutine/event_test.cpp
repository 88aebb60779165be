#include "coroutine/combinators.h"
#include "coroutine/event.h"
#include "tests/support/coroutine_loop.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace covnc;
using namespace covnc::test;

namespace {

Task<> log_when_set(Event& event, std::vector<int>& log, int id)
{
    co_await event.wait();
    log.push_back(id);
}

Task<> set_later(EventLoop& loop, Event& event)
{
    co_await loop.sleep_for(std::chrono::seconds(1));
    event.set();
}

} // namespace

TEST_CASE("an event wakes all who wait, in the order of waiting", "[event]")
{
    VirtualLoop at;
    Event event;
    std::vector<int> log;
    at.loop.run(when_all(log_when_set(event, log, 1),
                         log_when_set(event, log, 2),
                         set_later(at.loop, event),
                         log_when_set(event, log, 3)));
    CHECK(log == std::vector<int>{1, 2, 3});
    CHECK(at.elapsed() == std::chrono::seconds(1));
}

TEST_CASE("an event stays set until it is reset", "[event]")
{
    VirtualLoop at;
    Event event;
    std::vector<int> log;
    event.set();
    at.loop.run(log_when_set(event, log, 1));
    at.loop.run(log_when_set(event, log, 2));
    CHECK(at.elapsed() == Duration::zero());
    event.reset();
    CHECK_FALSE(event.is_set());
    at.loop.run(when_all(log_when_set(event, log, 3), set_later(at.loop, event)));
    CHECK(at.elapsed() == std::chrono::seconds(1));
    CHECK(log == std::vector<int>{1, 2, 3});
}

TEST_CASE("setting and resetting at once still wakes who waited", "[event]")
{
    VirtualLoop at;
    Event event;
    std::vector<int> log;
    const auto pulse = [](EventLoop& loop, Event& which) -> Task<> {
        co_await loop.yield();
        which.set();
        which.reset();
    };
    at.loop.run(when_all(log_when_set(event, log, 1), pulse(at.loop, event)));
    CHECK(log == std::vector<int>{1});
}

TEST_CASE("who waits for an event may outlive it", "[event]")
{
    VirtualLoop at;
    std::vector<int> log;
    auto event = std::make_unique<Event>();
    Task<> task = log_when_set(*event, log, 1);
    task.start(at.context());
    event.reset(); // its list lets go of the waiter
    task = Task<>();
    CHECK(log.empty());
}
