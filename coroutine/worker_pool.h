// Worker threads for heavy computing: co_await pool.run(job) hops there and back.
//
// A job owns everything it touches: a coroutine that is cancelled leaves it behind. Where it has
// begun it runs to its end with nobody listening, else it never runs. What jobs capture is created
// and destroyed on the loop thread.
#pragma once

#include "coroutine/event_loop.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <variant>
#include <vector>

namespace covnc {

// Where jobs go. ThreadPool below is the real one; tests have their own, which decide when a job
// ends. Loop thread only.
class WorkerPool
{
public:
    virtual ~WorkerPool() = default;

    // Runs job() on a worker; returns its value or throws its exception. Throws Cancelled at once
    // when cancelled, and std::runtime_error where the pool went before the job ran. Name a
    // capturing lambda first and move it in (docs/coroutine-pitfalls.md).
    template <typename Function>
    Task<std::invoke_result_t<Function&>> run(Function function);

    // How many jobs can run at once.
    virtual std::size_t workers() const = 0;

protected:
    class Job
    {
    public:
        virtual ~Job() = default;
        // On any thread.
        virtual void execute() noexcept = 0;
        // On the loop thread, after execute(), or without it where the job is dropped.
        void complete() noexcept
        {
            if (waiter_ != nullptr) {
                std::exchange(waiter_, nullptr)->wake();
            }
        }

        // Nobody waits for it any more. On any thread.
        bool is_abandoned() const noexcept { return is_abandoned_; }

    private:
        friend class WorkerPool;
        Waiter* waiter_ = nullptr;
        std::atomic<bool> is_abandoned_ = false;
    };

    // Takes the job; later calls execute() on some thread, then complete() on the loop thread, and
    // lets go of it there.
    virtual void submit(std::shared_ptr<Job> job) = 0;

private:
    template <typename Function>
    class FunctionJob;

    class JobAwaiter final : public Waiter
    {
    public:
        JobAwaiter(WorkerPool& pool, std::shared_ptr<Job> job) : pool_(pool), job_(std::move(job))
        {}
        ~JobAwaiter() override { withdraw(); }
        bool await_ready() const noexcept { return false; }
        template <typename Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle)
        {
            if (!start(handle, handle.promise().context())) {
                return false;
            }
            job_->waiter_ = this;
            pool_.submit(job_);
            return true;
        }
        void await_resume() const { finish(); }

    private:
        void withdraw() noexcept override
        {
            if (job_->waiter_ == this) {
                job_->waiter_ = nullptr;
                job_->is_abandoned_ = true;
            }
        }

        WorkerPool& pool_;
        std::shared_ptr<Job> job_;
    };
};

template <typename Function>
class WorkerPool::FunctionJob final : public Job
{
    using Value = std::invoke_result_t<Function&>;
    using Stored = std::conditional_t<std::is_void_v<Value>, std::monostate, Value>;

public:
    explicit FunctionJob(Function function) : function_(std::move(function)) {}
    void execute() noexcept override
    {
        try {
            if constexpr (std::is_void_v<Value>) {
                function_();
                result_.template emplace<1>();
            } else {
                result_.template emplace<1>(function_());
            }
        } catch (...) {
            result_.template emplace<2>(std::current_exception());
        }
    }
    Value take()
    {
        if (result_.index() == 0) {
            throw std::runtime_error("the worker pool stopped before the job ran");
        }
        if (result_.index() == 2) {
            std::rethrow_exception(std::get<2>(result_));
        }
        if constexpr (!std::is_void_v<Value>) {
            return std::move(std::get<1>(result_));
        }
    }

private:
    Function function_;
    std::variant<std::monostate, Stored, std::exception_ptr> result_;
};

template <typename Function>
Task<std::invoke_result_t<Function&>> WorkerPool::run(Function function)
{
    const auto job = std::make_shared<FunctionJob<Function>>(std::move(function));
    co_await JobAwaiter(*this, job);
    co_return job->take();
}

class ThreadPool final : public WorkerPool
{
public:
    // count: threads, at least 1. They block all signals. niceness: above 0 they give way to other
    // threads, see nice(2). The loop must live longer than the pool. Throws std::system_error.
    ThreadPool(EventLoop& loop, std::size_t count, int niceness = 0);
    // Waits for running jobs, drops those that have not started and wakes who waits for them.
    ~ThreadPool() override;
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    std::size_t workers() const override { return threads_.size(); }

private:
    void submit(std::shared_ptr<Job> job) override;
    void work(int niceness);
    void stop() noexcept;

    EventLoop& loop_;
    std::mutex mutex_;
    std::condition_variable available_;
    std::deque<std::shared_ptr<Job>> jobs_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace covnc
