// Pins the forms that docs/coroutine-pitfalls.md allows: should a compiler break one of them, this
// fails before anything else does. The forms that g++ 12 does break are not here; the checker of
// the rules keeps them out of the project.
#include "coroutine/combinators.h"
#include "tests/support/coroutine_loop.h"
#include "tests/support/counted.h"

#include <catch2/catch.hpp>

#include <string>

using namespace covnc;
using namespace covnc::test;

namespace {

// With constructors: no aggregate.
struct Parameters
{
    Parameters(Counted first, std::string second)
        : counted(std::move(first)),
          text(std::move(second))
    {}
    Counted counted;
    std::string text;
};

Task<bool> is_ready(EventLoop& loop)
{
    co_await loop.yield();
    co_return true;
}

Task<int> take(EventLoop& loop, Parameters parameters)
{
    co_await loop.yield();
    CHECK(parameters.counted.is_intact());
    co_return parameters.counted.value();
}

Task<int> read_reference(EventLoop& loop, const Parameters& parameters)
{
    co_await loop.yield();
    CHECK(parameters.counted.is_intact());
    co_return parameters.counted.value();
}

Task<Counted> make(EventLoop& loop, int value)
{
    co_await loop.yield();
    co_return Counted(value);
}

// R1: no local but the answer, no statement but the test.
Task<> answer_first(EventLoop& loop, bool& done)
{
    const bool ready = co_await is_ready(loop);
    if (ready) {
        done = true;
    }
}

Task<int> catch_then_wait(EventLoop& loop)
{
    bool failed = false;
    try {
        co_await loop.yield();
        throw std::runtime_error("expected");
    } catch (const std::runtime_error&) {
        failed = true;
    }
    const Counted local(1);
    co_await loop.yield();
    co_return failed&& local.is_intact() ? 1 : 0;
}

Task<int> all_forms(EventLoop& loop)
{
    int sum = 0;
    // R2: temporaries of classes with constructors, by value and by reference.
    sum += co_await take(loop, Parameters(Counted(1), "a text too long for the small buffer"));
    sum += co_await read_reference(loop, Parameters(Counted(2), "another text for the heap"));
    // R2: what captures has a name.
    Parameters named(Counted(3), "named and moved in");
    sum += co_await take(loop, std::move(named));
    // R3: an await as a whole initialiser, of a value with a destructor.
    const Counted made = co_await make(loop, 4);
    sum += made.value();
    // R4: a lambda without captures.
    sum += co_await [](EventLoop& own, Counted counted) -> Task<int> {
        co_await own.yield();
        co_return counted.value();
    }(loop, Counted(5));
    for (int i = 0; i < 3; ++i) {
        const Counted each = co_await make(loop, 1);
        sum += each.value();
    }
    co_return sum;
}

} // namespace

TEST_CASE("an answer that is named before it is tested", "[canary]")
{
    VirtualLoop at;
    bool done = false;
    at.loop.run(answer_first(at.loop, done));
    CHECK(done);
}

TEST_CASE("every form that the rules allow destroys each value once", "[canary]")
{
    VirtualLoop at;
    CHECK(at.loop.run(all_forms(at.loop)) == 18);
    CHECK(at.loop.run(catch_then_wait(at.loop)) == 1);
    CHECK(Counted::alive() == 0);
}

TEST_CASE("a tree that is destroyed at any suspension destroys each value once", "[canary]")
{
    VirtualLoop at;
    for (int turns = 0; turns < 12; ++turns) {
        {
            Task<int> task = all_forms(at.loop);
            task.start(at.context());
            for (int i = 0; i < turns && !task.is_done(); ++i) {
                at.loop.turn();
            }
        }
        CHECK(Counted::alive() == 0);
    }
}
