#include "coroutine/worker_pool.h"

#include <algorithm>
#include <csignal>
#include <sys/resource.h>
#include <unistd.h>

namespace covnc {

namespace {

// Threads inherit the mask of their creator: signals stay with the loop thread.
class SignalsBlocked
{
public:
    SignalsBlocked()
    {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
};

} // namespace

ThreadPool::ThreadPool(EventLoop& loop, std::size_t count, int niceness) : loop_(loop)
{
    const SignalsBlocked blocked;
    try {
        for (std::size_t i = 0; i < std::max<std::size_t>(count, 1); ++i) {
            threads_.emplace_back([this, niceness] { work(niceness); });
        }
    } catch (...) {
        stop();
        throw;
    }
}

ThreadPool::~ThreadPool()
{
    stop();
    for (const std::shared_ptr<Job>& dropped : jobs_) {
        loop_.post_arrived();
        dropped->complete();
    }
}

void ThreadPool::stop() noexcept
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    available_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void ThreadPool::submit(std::shared_ptr<Job> job)
{
    loop_.expect_post();
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    available_.notify_one();
}

void ThreadPool::work(int niceness)
{
    // Of this thread, on Linux. Should it fail, the work is done all the same.
    const auto here = static_cast<id_t>(gettid());
    if (niceness > 0 && getpriority(PRIO_PROCESS, here) < niceness) {
        setpriority(PRIO_PROCESS, here, niceness);
    }
    for (;;) {
        std::shared_ptr<Job> job;
        {
            std::unique_lock lock(mutex_);
            available_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
            if (stopping_) {
                return;
            }
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        if (!job->is_abandoned()) {
            job->execute();
        }
        loop_.post([&loop = loop_, finished = std::move(job)] {
            loop.post_arrived();
            finished->complete();
        });
    }
}

} // namespace covnc
