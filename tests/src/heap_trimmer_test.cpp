#include "coroutine/combinators.h"
#include "coroutine/event_loop.h"
#include "src/heap_trimmer.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <vector>

using namespace covnc;

namespace {

constexpr Duration kAlmostQuiet = HeapTrimmer::kQuiet - std::chrono::milliseconds(1);

struct Departure
{
    Duration after;
    std::size_t viewers;
};
using Departures = std::vector<Departure>;

Task<> leave(HeapTrimmer& trimmer, const Departures& departures)
{
    const TaskContext context = co_await current_context();
    for (const Departure& departure : departures) {
        co_await context.loop->sleep_for(departure.after);
        for (std::size_t i = 0; i < departure.viewers; ++i) {
            trimmer.one_has_gone();
        }
    }
    co_await context.loop->sleep_for(std::chrono::hours(1));
}

// How often the heap was trimmed.
int trims(const Departures& departures)
{
    std::atomic<int> count = 0;
    VirtualClock clock;
    EventLoop loop(&clock);
    {
        ThreadPool pool(loop, 1);
        HeapTrimmer trimmer(pool, [&] { ++count; });
        loop.run(run_until_first_ends(leave(trimmer, departures), trimmer.run()));
    }
    return count;
}

} // namespace

TEST_CASE("the heap is trimmed when a crowd has gone, not after each viewer", "[heap]")
{
    CHECK(trims({}) == 0);
    CHECK(trims({{Duration(), HeapTrimmer::kCrowd - 1}}) == 0);
    CHECK(trims({{Duration(), HeapTrimmer::kCrowd}}) == 1);
    CHECK(trims({{Duration(), 99}, {std::chrono::hours(1), 1}}) == 1);
}

TEST_CASE("as long as viewers go, the heap waits; each crowd is one", "[heap]")
{
    CHECK(trims({{Duration(), 1000}, {kAlmostQuiet, 1}, {kAlmostQuiet, 1000}}) == 1);
    CHECK(trims({{Duration(), 100}, {2 * HeapTrimmer::kQuiet, 99}}) == 1);
    CHECK(trims({{Duration(), 100}, {2 * HeapTrimmer::kQuiet, 100}}) == 2);
}

TEST_CASE("the heap of this library can be trimmed", "[heap]")
{
    CHECK_NOTHROW(trim_heap());
}
