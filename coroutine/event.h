// Event: a flag to wait for. Stays set until reset() (manual reset). Loop thread only.
#pragma once

#include "coroutine/cancellation.h"

namespace covnc {

class Event
{
public:
    bool is_set() const { return set_; }
    // Wakes everybody who waits.
    void set() noexcept
    {
        set_ = true;
        while (!waiters_.is_empty()) {
            waiters_.pop_front().wake();
        }
    }
    void reset() { set_ = false; }

    class Awaiter final : public Waiter
    {
    public:
        explicit Awaiter(Event& event) : event_(event) {}
        bool await_ready() const noexcept { return event_.set_; }
        template <typename Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle)
        {
            if (!start(handle, handle.promise().context())) {
                return false;
            }
            event_.waiters_.push_back(*this);
            return true;
        }
        void await_resume() const { finish(); }

    private:
        Event& event_;
    };

    // Suspends until set; not at all where it is. Throws Cancelled.
    Awaiter wait() { return Awaiter(*this); }

private:
    WaiterList waiters_;
    bool set_ = false;
};

} // namespace covnc
