#include "coroutine/combinators.h"
#include "coroutine/worker_pool.h"
#include "tests/support/coroutine_loop.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <future>
#include <memory>
#include <stdexcept>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace covnc;
using namespace covnc::test;

namespace {

Task<int> square(WorkerPool& pool, int value)
{
    auto job = [value] { return value * value; };
    co_return co_await pool.run(job);
}

Task<> run_blocked(WorkerPool& pool, std::shared_future<void> gate, std::atomic<int>& finished)
{
    auto job = [gate, &finished] {
        gate.wait();
        ++finished;
    };
    co_await pool.run(std::move(job));
}

} // namespace

TEST_CASE("a job runs elsewhere and its value comes back to the loop thread", "[worker_pool]")
{
    VirtualLoop at;
    ThreadPool pool(at.loop, 2);
    CHECK(pool.workers() == 2);
    const auto body = [](WorkerPool& workers) -> Task<bool> {
        const std::thread::id here = std::this_thread::get_id();
        auto job = [] { return std::this_thread::get_id(); };
        const std::thread::id there = co_await workers.run(job);
        co_return there != here&& std::this_thread::get_id() == here;
    };
    CHECK(at.loop.run(body(pool)));
}

TEST_CASE("a thousand jobs give a thousand values, each its own", "[worker_pool]")
{
    VirtualLoop at;
    ThreadPool pool(at.loop, 4);
    const auto one = [](WorkerPool& workers, int value, std::vector<int>& out) -> Task<> {
        const int result = co_await square(workers, value);
        out[static_cast<std::size_t>(value)] = result;
    };
    std::vector<int> results(1000);
    const auto all = [](WorkerPool& workers, std::vector<int>& out, auto each) -> Task<> {
        TaskScope scope(co_await current_context());
        for (int i = 0; i < 1000; ++i) {
            scope.spawn(each(workers, i, out));
        }
        co_await scope.join();
    };
    at.loop.run(all(pool, results, one));
    for (int i = 0; i < 1000; ++i) {
        CHECK(results[static_cast<std::size_t>(i)] == i * i);
    }
}

TEST_CASE("a job's exception comes back", "[worker_pool]")
{
    VirtualLoop at;
    ThreadPool pool(at.loop, 1);
    const auto body = [](WorkerPool& workers) -> Task<> {
        auto job = []() -> int { throw std::domain_error("over there"); };
        co_await workers.run(job);
    };
    CHECK_THROWS_AS(at.loop.run(body(pool)), std::domain_error);
}

TEST_CASE("results that only move", "[worker_pool]")
{
    VirtualLoop at;
    ThreadPool pool(at.loop, 1);
    const auto body = [](WorkerPool& workers) -> Task<int> {
        auto job = [] { return std::make_unique<int>(5); };
        const std::unique_ptr<int> result = co_await workers.run(job);
        co_return *result;
    };
    CHECK(at.loop.run(body(pool)) == 5);
}

TEST_CASE("who is cancelled leaves at once, and the job runs to its end", "[worker_pool]")
{
    VirtualLoop at;
    std::promise<void> started;
    std::promise<void> gate;
    std::atomic<int> finished = 0;
    const auto run = [](WorkerPool& pool,
                        std::promise<void>& begun,
                        std::promise<void>& opened,
                        std::atomic<int>& count) -> Task<> {
        auto job = [&begun, &opened, &count] {
            begun.set_value();
            opened.get_future().wait();
            ++count;
        };
        co_await pool.run(job);
    };
    {
        ThreadPool pool(at.loop, 1);
        CancelScope scope;
        Task<> task = run(pool, started, gate, finished);
        task.start(at.context(&scope));
        started.get_future().wait(); // one that has not begun would be dropped
        scope.cancel();
        at.loop.turn();
        CHECK(task.is_done());
        CHECK_THROWS_AS(task.result(), Cancelled);
        CHECK(finished == 0);
        gate.set_value();
    } // waits for what runs
    CHECK(finished == 1);
    const auto drain = [](EventLoop& loop) -> Task<> { co_await loop.yield(); };
    at.loop.run(drain(at.loop)); // the late result finds nobody, and harms nobody
}

TEST_CASE("whoever waits for a job that a pool drops is told", "[worker_pool]")
{
    VirtualLoop at;
    std::promise<void> gate;
    std::atomic<int> finished = 0;
    auto pool = std::make_unique<ThreadPool>(at.loop, 1);
    const std::shared_future<void> opened = gate.get_future().share();
    Task<> running = run_blocked(*pool, opened, finished);
    Task<> waiting = run_blocked(*pool, opened, finished);
    running.start(at.context());
    waiting.start(at.context());
    gate.set_value();
    pool.reset();
    while (!running.is_done() || !waiting.is_done()) {
        at.loop.turn();
    }
    // How many had run when the pool stopped is the threads' business; the rest must have failed.
    int failed = 0;
    for (Task<>* const task : {&running, &waiting}) {
        try {
            task->result();
        } catch (const std::runtime_error&) {
            ++failed;
        }
    }
    CHECK(failed + finished == 2);
}

TEST_CASE("workers leave signals to the loop thread", "[worker_pool]")
{
    VirtualLoop at;
    ThreadPool pool(at.loop, 1);
    const auto body = [](WorkerPool& workers) -> Task<bool> {
        auto job = [] {
            sigset_t mask;
            pthread_sigmask(SIG_SETMASK, nullptr, &mask);
            return sigismember(&mask, SIGTERM) == 1 && sigismember(&mask, SIGINT) == 1;
        };
        co_return co_await workers.run(job);
    };
    CHECK(at.loop.run(body(pool)));
}

TEST_CASE("virtual time does not pass while jobs run", "[worker_pool]")
{
    VirtualLoop at;
    ThreadPool pool(at.loop, 2);
    const auto body = [](WorkerPool& workers, EventLoop& loop) -> Task<int> {
        int sum = 0;
        for (int i = 0; i < 200; ++i) {
            sum += co_await with_timeout(std::chrono::nanoseconds(1), square(workers, 1));
        }
        CHECK(loop.now() == TimePoint());
        co_return sum;
    };
    CHECK(at.loop.run(body(pool, at.loop)) == 200);
}

TEST_CASE("a job that nobody waits for any more never begins", "[worker_pool]")
{
    VirtualLoop at;
    std::promise<void> gate;
    const std::shared_future<void> opened = gate.get_future().share();
    std::atomic<int> finished = 0;
    ThreadPool pool(at.loop, 1);
    const auto body = [](WorkerPool& workers,
                         std::shared_future<void> wait_for,
                         std::promise<void>& open,
                         std::atomic<int>& count) -> Task<> {
        TaskScope first(co_await current_context());
        TaskScope second(co_await current_context());
        first.spawn(run_blocked(workers, wait_for, count));  // occupies the worker
        second.spawn(run_blocked(workers, wait_for, count)); // waits behind it
        co_await second.cancel_and_join();
        open.set_value();
        co_await first.join();
        // One more, so that the worker has passed the abandoned one.
        co_await run_blocked(workers, wait_for, count);
    };
    at.loop.run(body(pool, opened, gate, finished));
    CHECK(finished == 2);
}

TEST_CASE("workers that shall give way have a lower priority, the loop has not", "[worker_pool]")
{
    const int own = getpriority(PRIO_PROCESS, 0);
    // The niceness of a worker that shall have 7, and of the loop's thread, which begins with this.
    const auto of_worker_and_loop = [](int before) {
        std::pair<int, int> found;
        // In a thread of its own: who is not root does not get back.
        std::thread([&] {
            setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), before);
            VirtualLoop at;
            ThreadPool pool(at.loop, 1, 7);
            const auto body = [](WorkerPool& workers) -> Task<int> {
                auto job = [] { return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())); };
                co_return co_await workers.run(job);
            };
            found.first = at.loop.run(body(pool));
            found.second = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
        }).join();
        return found;
    };
    CHECK(of_worker_and_loop(own) == std::pair(std::max(own, 7), own));
    const int low = std::max(own, 15);
    CHECK(of_worker_and_loop(low) == std::pair(low, low)); // who is lower already stays there
}
