// Task: the cases of QEMU's test-coroutine.c that are about switching (their names in brackets),
// and what C++ adds: values, exceptions, destruction.
#include "coroutine/task.h"
#include "tests/support/coroutine_loop.h"
#include "tests/support/counted.h"

#include <catch2/catch.hpp>

#include <memory>
#include <stdexcept>
#include <vector>

using namespace covnc;
using namespace covnc::test;

namespace {

Task<> set_true(bool& done)
{
    done = true;
    co_return;
}

Task<int> constant(int value)
{
    co_return value;
}

Task<> yield_times(ManualSwitch& gate, int times)
{
    for (int i = 0; i < times; ++i) {
        co_await gate.yield();
    }
}

Task<> nest(int level, int deepest, int& entered, int& returned)
{
    ++entered;
    if (level < deepest) {
        co_await nest(level + 1, deepest, entered, returned);
    }
    ++returned;
}

Task<> nest_and_wait(int level, int deepest, ManualSwitch& gate, int& returned)
{
    const Counted local(level);
    if (level < deepest) {
        co_await nest_and_wait(level + 1, deepest, gate, returned);
    } else {
        co_await gate.yield();
    }
    ++returned;
}

Task<std::uint64_t> await_many(int times)
{
    std::uint64_t sum = 0;
    for (int i = 0; i < times; ++i) {
        const int value = co_await constant(1);
        sum += static_cast<std::uint64_t>(value);
    }
    co_return sum;
}

Task<int> fail(const char* text)
{
    throw std::runtime_error(text);
    co_return 0;
}

} // namespace

TEST_CASE("a task runs once it is started and not before [/basic/lifecycle]", "[task]")
{
    VirtualLoop at;
    for (int i = 0; i < 2; ++i) {
        bool done = false;
        Task<> task = set_true(done);
        CHECK_FALSE(done);
        CHECK_FALSE(task.is_done());
        task.start(at.context());
        CHECK(done);
        CHECK(task.is_done());
    }
}

TEST_CASE("a task that never runs frees its parameters when it goes", "[task]")
{
    const auto hold = [](Counted counted) -> Task<int> { co_return counted.value(); };
    {
        const Task<int> task = hold(Counted(7));
        CHECK(Counted::alive() == 1);
    }
    CHECK(Counted::alive() == 0);
}

TEST_CASE("a body that yields five times is entered six times [/basic/yield]", "[task]")
{
    VirtualLoop at;
    ManualSwitch gate;
    Task<> task = yield_times(gate, 5);
    task.start(at.context());
    int entered = 1;
    while (!task.is_done()) {
        gate.enter();
        ++entered;
    }
    CHECK(entered == 6);
}

TEST_CASE("128 levels are entered and left in turn [/basic/nesting]", "[task]")
{
    VirtualLoop at;
    int entered = 0;
    int returned = 0;
    at.loop.run(nest(1, 128, entered, returned));
    CHECK(entered == 128);
    CHECK(returned == 128);
}

TEST_CASE("5000 levels work, waiting at the bottom included", "[task]")
{
    VirtualLoop at;
    int entered = 0;
    int returned = 0;
    at.loop.run(nest(1, 5000, entered, returned));
    CHECK(entered == 5000);
    CHECK(returned == 5000);

    ManualSwitch gate;
    returned = 0;
    Task<> task = nest_and_wait(1, 5000, gate, returned);
    task.start(at.context());
    REQUIRE(Counted::alive() == 5000);
    SECTION("until it is woken")
    {
        gate.enter();
        CHECK(task.is_done());
        CHECK(returned == 5000);
    }
    SECTION("until the tree is destroyed")
    {
        task = Task<>();
        CHECK(returned == 0);
    }
    CHECK(Counted::alive() == 0);
}

TEST_CASE("a million synchronous awaits in a loop need no stack", "[task]")
{
    VirtualLoop at;
    CHECK(at.loop.run(await_many(1'000'000)) == 1'000'000);
}

TEST_CASE("a coroutine sees its own loop and scope [/basic/self]", "[task]")
{
    VirtualLoop at;
    CancelScope scope;
    const auto self = []() -> Task<TaskContext> {
        const TaskContext context = co_await current_context();
        co_return context;
    };
    const TaskContext own = at.loop.run(self(), &scope);
    CHECK(own.loop == &at.loop);
    CHECK(own.scope == &scope);
}

TEST_CASE("a child inherits the context of whoever awaits it", "[task]")
{
    VirtualLoop at;
    CancelScope scope;
    CancelScope other;
    const auto child = []() -> Task<CancelScope*> {
        const TaskContext context = co_await current_context();
        co_return context.scope;
    };
    const auto parent = [](auto make, CancelScope* in) -> Task<std::vector<CancelScope*>> {
        std::vector<CancelScope*> seen;
        seen.push_back(co_await make());
        seen.push_back(co_await make().in_scope(in));
        seen.push_back(co_await make().in_scope(nullptr));
        co_return seen;
    };
    CHECK(at.loop.run(parent(child, &other), &scope) ==
          std::vector<CancelScope*>{&scope, &other, nullptr});
}

TEST_CASE("running, suspended and done can be told apart [/basic/entered, /basic/in_coroutine]",
          "[task]")
{
    VirtualLoop at;
    ManualSwitch gate;
    std::vector<bool> suspended;
    const auto body = [](ManualSwitch& own, std::vector<bool>& log) -> Task<> {
        log.push_back(own.is_suspended());
        co_await own.yield();
        log.push_back(own.is_suspended());
    };
    Task<> task = body(gate, suspended);
    CHECK_FALSE(gate.is_suspended());
    task.start(at.context());
    CHECK(gate.is_suspended());
    CHECK_FALSE(task.is_done());
    gate.enter();
    CHECK_FALSE(gate.is_suspended());
    CHECK(task.is_done());
    CHECK(suspended == std::vector<bool>{false, false});
}

TEST_CASE("control goes to and fro in the order of enters and yields [/basic/order]", "[task]")
{
    VirtualLoop at;
    ManualSwitch gate;
    std::vector<std::pair<int, int>> log;
    const auto body = [](ManualSwitch& own, std::vector<std::pair<int, int>>& out) -> Task<> {
        out.emplace_back(2, 1);
        co_await own.yield();
        out.emplace_back(2, 2);
    };
    Task<> task = body(gate, log);
    log.emplace_back(1, 1);
    task.start(at.context());
    log.emplace_back(1, 2);
    gate.enter();
    log.emplace_back(1, 3);
    CHECK(log == std::vector<std::pair<int, int>>{{1, 1}, {2, 1}, {1, 2}, {2, 2}, {1, 3}});
}

TEST_CASE("a coroutine that yielded outlives the one that entered it [/basic/no-dangling-access]",
          "[task]")
{
    VirtualLoop at;
    ManualSwitch gate;
    Task<> inner = yield_times(gate, 1);
    const auto outer = [](Task<>& other, TaskContext context) -> Task<> {
        other.start(context);
        co_return;
    };
    {
        Task<> enterer = outer(inner, at.context());
        enterer.start(at.context());
        REQUIRE(enterer.is_done());
    } // its frame is freed here, and poisoned by AddressSanitizer
    gate.enter();
    CHECK(inner.is_done());
}

TEST_CASE("an exception passes through every await and unwinds each frame", "[task]")
{
    VirtualLoop at;
    const auto middle = [](auto make) -> Task<int> {
        const Counted local(1);
        const int value = co_await make("from below");
        co_return value;
    };
    CHECK_THROWS_WITH(at.loop.run(middle(fail)), "from below");
    CHECK(Counted::alive() == 0);
}

TEST_CASE("an exception after a wait arrives as well, and can be caught", "[task]")
{
    VirtualLoop at;
    const auto fail_later = [](EventLoop& loop) -> Task<int> {
        co_await loop.yield();
        throw std::logic_error("later");
    };
    const auto catcher = [](auto make, EventLoop& loop) -> Task<std::string> {
        std::string text = "nothing";
        try {
            co_await make(loop);
        } catch (const std::logic_error& error) {
            text = error.what();
        }
        co_await loop.yield();
        co_return text;
    };
    CHECK(at.loop.run(catcher(fail_later, at.loop)) == "later");
}

TEST_CASE("destroying a suspended task destroys its locals and withdraws its wait", "[task]")
{
    VirtualLoop at;
    const auto sleeper = [](EventLoop& loop) -> Task<> {
        const Counted local(1);
        co_await loop.sleep_for(std::chrono::seconds(1));
    };
    {
        Task<> task = sleeper(at.loop);
        task.start(at.context());
        CHECK(Counted::alive() == 1);
    }
    CHECK(Counted::alive() == 0);
    at.loop.run(sleeper(at.loop)); // the dead one's timer would come first
    CHECK(at.elapsed() == std::chrono::seconds(1));
}

TEST_CASE("a task destroyed between its wake-up and its turn is not resumed", "[task]")
{
    VirtualLoop at;
    bool resumed = false;
    const auto body = [](EventLoop& loop, bool& flag) -> Task<> {
        co_await loop.yield();
        flag = true;
    };
    {
        Task<> task = body(at.loop, resumed);
        task.start(at.context()); // in the ready queue now
    }
    at.loop.run(constant(1));
    const auto once = [](EventLoop& loop) -> Task<> { co_await loop.yield(); };
    at.loop.run(once(at.loop));
    CHECK_FALSE(resumed);
}

TEST_CASE("values that only move come out, and none is left behind", "[task]")
{
    VirtualLoop at;
    const auto make = [](int value) -> Task<std::unique_ptr<Counted>> {
        co_return std::make_unique<Counted>(value);
    };
    const auto pass = [](auto from) -> Task<std::unique_ptr<Counted>> {
        std::unique_ptr<Counted> got = co_await from(3);
        co_return got;
    };
    {
        const auto got = at.loop.run(pass(make));
        CHECK(got->value() == 3);
        CHECK(Counted::alive() == 1);
    }
    CHECK(Counted::alive() == 0);
}

TEST_CASE("moving a task moves its frame and frees the one it replaces", "[task]")
{
    const auto hold = [](Counted counted) -> Task<int> { co_return counted.value(); };
    VirtualLoop at;
    Task<int> first = hold(Counted(1));
    Task<int> second = hold(Counted(2));
    first = std::move(second);
    CHECK(Counted::alive() == 1);
    CHECK_FALSE(second); // NOLINT(bugprone-use-after-move): that it is empty is the point
    CHECK(at.loop.run(std::move(first)) == 2);
    CHECK(Counted::alive() == 0);
}
