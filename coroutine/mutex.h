// Mutex for coroutines of one loop: first come, first served. Loop thread only.
#pragma once

#include "coroutine/cancellation.h"

#include <utility>

namespace covnc {

class Mutex
{
public:
    // Unlocks when it goes. May be held across co_await.
    class [[nodiscard]] Guard
    {
    public:
        explicit Guard(Mutex& mutex) noexcept : mutex_(&mutex) {}
        Guard(Guard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;
        Guard& operator=(Guard&&) = delete;
        ~Guard() { unlock(); }
        void unlock() noexcept
        {
            if (mutex_ != nullptr) {
                std::exchange(mutex_, nullptr)->unlock();
            }
        }

    private:
        Mutex* mutex_;
    };

    class Awaiter final : public Waiter
    {
    public:
        explicit Awaiter(Mutex& mutex) : mutex_(mutex) {}
        // A frame that is destroyed after the mutex was handed to it passes it on.
        ~Awaiter() override
        {
            if (owns_) {
                mutex_.unlock();
            }
        }
        bool await_ready() noexcept
        {
            owns_ = !std::exchange(mutex_.locked_, true);
            return owns_;
        }
        template <typename Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle)
        {
            if (!start(handle, handle.promise().context())) {
                return false;
            }
            mutex_.waiters_.push_back(*this);
            return true;
        }
        Guard await_resume()
        {
            finish();
            owns_ = false;
            return Guard(mutex_);
        }

    private:
        friend class Mutex;

        Mutex& mutex_;
        bool owns_ = false;
    };

    // Suspends while somebody else holds it. Throws Cancelled.
    Awaiter lock() { return Awaiter(*this); }
    bool is_locked() const { return locked_; }

private:
    // Hands the mutex to the next in line before that one runs, so that nobody can jump the queue.
    void unlock() noexcept
    {
        if (waiters_.is_empty()) {
            locked_ = false;
            return;
        }
        auto& next = static_cast<Awaiter&>(waiters_.pop_front());
        next.owns_ = true;
        next.wake();
    }

    WaiterList waiters_;
    bool locked_ = false;
};

} // namespace covnc
