// A number of slots, handed out first come, first served. Loop thread only.
#pragma once

#include "coroutine/cancellation.h"

#include <cstddef>
#include <utility>

namespace covnc {

class Semaphore
{
public:
    explicit Semaphore(std::size_t slots) : free_(slots) {}

    // One slot; given back when it goes. May be held across co_await.
    class [[nodiscard]] Slot
    {
    public:
        explicit Slot(Semaphore& semaphore) noexcept : semaphore_(&semaphore) {}
        Slot(Slot&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
        Slot(const Slot&) = delete;
        Slot& operator=(const Slot&) = delete;
        Slot& operator=(Slot&&) = delete;
        ~Slot()
        {
            if (semaphore_ != nullptr) {
                semaphore_->give_back();
            }
        }

    private:
        Semaphore* semaphore_;
    };

    class Awaiter final : public Waiter
    {
    public:
        explicit Awaiter(Semaphore& semaphore) : semaphore_(semaphore) {}
        // A frame that is destroyed after a slot was handed to it passes it on.
        ~Awaiter() override
        {
            if (owns_) {
                semaphore_.give_back();
            }
        }
        bool await_ready() noexcept
        {
            owns_ = semaphore_.free_ > 0;
            semaphore_.free_ -= owns_ ? 1 : 0;
            return owns_;
        }
        template <typename Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle)
        {
            if (!start(handle, handle.promise().context())) {
                return false;
            }
            semaphore_.waiters_.push_back(*this);
            return true;
        }
        Slot await_resume()
        {
            finish();
            owns_ = false;
            return Slot(semaphore_);
        }

    private:
        friend class Semaphore;

        Semaphore& semaphore_;
        bool owns_ = false;
    };

    // Suspends while none is free. Throws Cancelled.
    Awaiter acquire() { return Awaiter(*this); }
    std::size_t free() const { return free_; }
    bool is_waited_for() const { return !waiters_.is_empty(); }

private:
    void give_back() noexcept
    {
        if (waiters_.is_empty()) {
            ++free_;
            return;
        }
        auto& next = static_cast<Awaiter&>(waiters_.pop_front());
        next.owns_ = true;
        next.wake();
    }

    WaiterList waiters_;
    std::size_t free_;
};

} // namespace covnc
