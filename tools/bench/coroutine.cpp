// covnc-bench coroutine: the cases of QEMU's tests/unit/test-coroutine.c -m perf, on our runtime.
#include "coroutine/event_loop.h"
#include "coroutine/task.h"
#include "tools/bench/commands.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <coroutine>
#include <cstdio>
#include <ctime>
#include <utility>
#include <vector>

namespace covnc::bench {

namespace {

constexpr int kNestingDepth = 1000;

// QEMU's yield: leaves the coroutine suspended for enter() to run it on.
class Gate
{
public:
    class Awaiter final
    {
    public:
        explicit Awaiter(Gate& gate) : gate_(gate) {}
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> handle) const noexcept
        {
            gate_.suspended_ = handle;
        }
        void await_resume() const noexcept {}

    private:
        Gate& gate_;
    };

    Awaiter yield() { return Awaiter(*this); }
    void enter() { std::exchange(suspended_, {}).resume(); }

private:
    std::coroutine_handle<> suspended_;
};

// Not inlined, so that the frame is not optimised away: a session's coroutines are not either.
[[gnu::noinline]] Task<> empty()
{
    co_return;
}

[[gnu::noinline]] Task<> yield_for_ever(Gate& gate)
{
    for (;;) {
        co_await gate.yield();
    }
}

[[gnu::noinline]] Task<> yield_once(Gate& gate)
{
    co_await gate.yield();
}

[[gnu::noinline]] Task<> nest(int levels)
{
    if (levels > 1) {
        co_await nest(levels - 1);
    }
}

[[gnu::noinline]] void call(int& counter)
{
    ++counter;
    asm volatile("" ::: "memory");
}

void lifecycles(const TaskContext& context, int times)
{
    for (int i = 0; i < times; ++i) {
        Task<> task = empty();
        task.start(context);
    }
}

void lifecycles_without_pool(const TaskContext& context, int times)
{
    FramePool::set_cap(0);
    lifecycles(context, times);
    FramePool::set_cap(FramePool::kDefaultCap);
}

void nestings(const TaskContext& context, int times)
{
    for (int i = 0; i < times; i += kNestingDepth) {
        Task<> task = nest(kNestingDepth);
        task.start(context);
    }
}

void yields(const TaskContext& context, int times)
{
    Gate gate;
    Task<> task = yield_for_ever(gate);
    task.start(context);
    for (int i = 0; i < times; ++i) {
        gate.enter();
    }
}

void whole_lives(const TaskContext& context, int times)
{
    Gate gate;
    for (int i = 0; i < times; ++i) {
        Task<> task = yield_once(gate);
        task.start(context);
        gate.enter();
    }
}

void calls(const TaskContext& /*context*/, int times)
{
    int counter = 0;
    for (int i = 0; i < times; ++i) {
        call(counter);
    }
}

struct Case
{
    const char* name;
    const char* operation;
    void (*run)(const TaskContext&, int times);
    int times;
    const char* qemu; // CPU nanoseconds an operation; how they were measured: docs/performance.md
};

constexpr Case kCases[] = {
    {"lifecycle, pool", "create, run, destroy", lifecycles, 5'000'000, "70"},
    {"lifecycle, no pool", "create, run, destroy", lifecycles_without_pool, 2'000'000, "9880"},
    {"nesting", "one of 1000 levels", nestings, 2'000'000, "13830"},
    {"yield", "enter and yield", yields, 20'000'000, "65.4"},
    {"cost", "create, enter, yield, enter, end", whole_lives, 5'000'000, "133"},
    {"function call", "a call that is not inlined", calls, 50'000'000, "1.2"},
};

double cpu_nanoseconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

void measure(const Case& what, const TaskContext& context, int rounds)
{
    std::vector<double> each;
    for (int i = 0; i < rounds; ++i) {
        const double before = cpu_nanoseconds();
        what.run(context, what.times);
        each.push_back((cpu_nanoseconds() - before) / what.times);
    }
    std::sort(each.begin(), each.end());
    std::printf("%-19s %-33s %8.2f  (%.2f - %.2f) %10s\n",
                what.name,
                what.operation,
                each[each.size() / 2],
                each.front(),
                each.back(),
                what.qemu);
}

} // namespace

int run_coroutine(int argc, char** argv)
{
    CLI::App app("QEMU's coroutine benchmarks on our runtime", "covnc-bench coroutine");
    int rounds = 9;
    app.add_option("--rounds", rounds, "how often each case is measured")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    EventLoop loop;
    const TaskContext context{&loop, nullptr};
    std::printf("CPU nanoseconds an operation; median (least - most) of %d rounds\n\n", rounds);
    std::printf("%-19s %-33s %8s %27s\n", "case", "operation", "covnc", "QEMU 7.2");
    for (const Case& what : kCases) {
        measure(what, context, rounds);
    }
    return 0;
}

} // namespace covnc::bench
