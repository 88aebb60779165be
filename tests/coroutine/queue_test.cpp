#include "coroutine/combinators.h"
#include "coroutine/queue.h"
#include "tests/support/coroutine_loop.h"
#include "tests/support/counted.h"

#include <catch2/catch.hpp>

#include <memory>
#include <vector>

using namespace covnc;
using namespace covnc::test;

namespace {

Task<> push_range(Queue<int>& queue, int first, int last)
{
    for (int i = first; i <= last; ++i) {
        const bool taken = co_await queue.push(i);
        CHECK(taken);
    }
}

Task<> pop_into(Queue<int>& queue, std::vector<int>& out, int count)
{
    for (int i = 0; i < count; ++i) {
        const std::optional<int> item = co_await queue.pop();
        out.push_back(item.value_or(-1));
    }
}

Task<> push_log(Queue<int>& queue, int item, std::vector<bool>& out)
{
    const bool taken = co_await queue.push(item);
    out.push_back(taken);
}

} // namespace

TEST_CASE("what goes in comes out in order, whoever has to wait", "[queue]")
{
    VirtualLoop at;
    const std::size_t capacity = GENERATE(1U, 2U, 7U, 1000U);
    Queue<int> queue(capacity);
    std::vector<int> out;
    SECTION("the producer first")
    {
        at.loop.run(when_all(push_range(queue, 1, 100), pop_into(queue, out, 100)));
    }
    SECTION("the consumer first")
    {
        at.loop.run(when_all(pop_into(queue, out, 100), push_range(queue, 1, 100)));
    }
    REQUIRE(out.size() == 100);
    for (int i = 0; i < 100; ++i) {
        CHECK(out[static_cast<std::size_t>(i)] == i + 1);
    }
    CHECK(queue.size() == 0);
}

TEST_CASE("a queue never holds more than its capacity", "[queue]")
{
    VirtualLoop at;
    Queue<int> queue(3);
    std::vector<int> out;
    const auto watch = [](Queue<int>& which, EventLoop& loop, std::vector<int>& popped) -> Task<> {
        while (popped.size() < 20) {
            CHECK(which.size() <= 3);
            co_await loop.yield();
            const std::optional<int> item = co_await which.pop();
            popped.push_back(*item);
        }
    };
    at.loop.run(when_all(push_range(queue, 1, 20), watch(queue, at.loop, out)));
    CHECK(out.size() == 20);
    CHECK(queue.try_push(1));
    CHECK(queue.try_push(2));
    CHECK(queue.try_push(3));
    CHECK_FALSE(queue.try_push(4));
}

TEST_CASE("poppers and pushers are served first come, first served", "[queue]")
{
    VirtualLoop at;
    Queue<int> queue(1);
    std::vector<int> first;
    std::vector<int> second;
    at.loop.run(
        when_all(pop_into(queue, first, 1), pop_into(queue, second, 1), push_range(queue, 1, 2)));
    CHECK(first == std::vector<int>{1});
    CHECK(second == std::vector<int>{2});
}

TEST_CASE("a closed queue takes nothing more and gives what it has", "[queue]")
{
    VirtualLoop at;
    Queue<int> queue(2);
    std::vector<bool> taken;
    std::vector<int> out;
    const auto close = [](EventLoop& loop, Queue<int>& which) -> Task<> {
        co_await loop.sleep_for(std::chrono::seconds(1));
        which.close();
    };
    SECTION("a waiting pusher hears of it")
    {
        at.loop.run(when_all(push_log(queue, 1, taken),
                             push_log(queue, 2, taken),
                             push_log(queue, 3, taken),
                             close(at.loop, queue)));
        CHECK(taken == std::vector<bool>{true, true, false});
        CHECK_FALSE(queue.try_push(4));
        at.loop.run(pop_into(queue, out, 3));
        CHECK(out == std::vector<int>{1, 2, -1});
    }
    SECTION("a waiting popper hears of it")
    {
        at.loop.run(when_all(pop_into(queue, out, 1), close(at.loop, queue)));
        CHECK(out == std::vector<int>{-1});
    }
}

TEST_CASE("a cancelled push leaves nothing, a cancelled pop takes nothing", "[queue]")
{
    VirtualLoop at;
    Queue<std::unique_ptr<Counted>> queue(1);
    const auto push = [](auto& which, int value) -> Task<> {
        co_await which.push(std::make_unique<Counted>(value));
    };
    const auto pop = [](auto& which) -> Task<> { co_await which.pop(); };
    CHECK_THROWS_AS(at.loop.run(with_timeout(std::chrono::seconds(1), pop(queue))), TimedOut);
    at.loop.run(push(queue, 1));
    CHECK_THROWS_AS(at.loop.run(with_timeout(std::chrono::seconds(1), push(queue, 2))), TimedOut);
    CHECK(Counted::alive() == 1);
    const auto take = [](auto& which) -> Task<int> {
        const auto item = co_await which.pop();
        co_return (*item)->value();
    };
    CHECK(at.loop.run(take(queue)) == 1);
    CHECK(queue.size() == 0);
    CHECK(queue.try_push(nullptr)); // the cancelled ones hold no lock
}
