#include "coroutine/combinators.h"
#include "coroutine/semaphore.h"
#include "tests/support/coroutine_loop.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

struct Usage
{
    Usage() = default;

    int now = 0;
    int most = 0;
    std::vector<int> order;
};

Task<> use(Semaphore& semaphore, EventLoop& loop, int number, Usage& usage)
{
    const Semaphore::Slot slot = co_await semaphore.acquire();
    usage.order.push_back(number);
    usage.most = std::max(usage.most, ++usage.now);
    co_await loop.yield();
    --usage.now;
}

Task<> use_by_many(Semaphore& semaphore, EventLoop& loop, int count, Usage& usage)
{
    TaskScope scope(co_await current_context());
    for (int i = 0; i < count; ++i) {
        scope.spawn(use(semaphore, loop, i, usage));
    }
    co_await scope.join();
}

} // namespace

TEST_CASE("no more than the slots are in use, in the order of asking", "[semaphore]")
{
    VirtualLoop at;
    Semaphore semaphore(3);
    Usage usage;
    at.loop.run(use_by_many(semaphore, at.loop, 10, usage));
    CHECK(usage.most == 3);
    CHECK(usage.order == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    CHECK(semaphore.free() == 3);
}

TEST_CASE("slots of waiters that are cancelled or destroyed come back", "[semaphore]")
{
    VirtualLoop at;
    Semaphore semaphore(1);
    Usage usage;
    CancelScope scope;
    Task<> first = use(semaphore, at.loop, 1, usage);
    Task<> second = use(semaphore, at.loop, 2, usage);
    Task<> third = use(semaphore, at.loop, 3, usage);
    first.start(at.context());
    second.start(at.context(&scope));
    third.start(at.context());
    SECTION("cancelled while waiting")
    {
        scope.cancel();
    }
    SECTION("cancelled once it was handed the slot")
    {
        at.loop.turn();
        scope.cancel();
    }
    SECTION("destroyed while waiting")
    {
        second = Task<>();
    }
    SECTION("destroyed once it was handed the slot")
    {
        at.loop.turn();
        second = Task<>();
    }
    while (!third.is_done()) {
        at.loop.turn();
    }
    CHECK(semaphore.free() == 1);
    CHECK(usage.order.back() == 3);
}
