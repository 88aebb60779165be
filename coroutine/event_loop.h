// The event loop: one thread, one epoll, everything on it a coroutine.
//
// A turn collects descriptor events, expired timers and posts from other threads into the ready
// queue, then resumes what is ready; nothing is resumed while collecting. Descriptors are
// registered once, edge-triggered. Loop thread only, but for post().
#pragma once

#include "coroutine/cancellation.h"
#include "coroutine/clock.h"
#include "coroutine/file_descriptor.h"
#include "coroutine/task.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace covnc {

class Descriptor;
class EventLoop;

// Something that happens at a point in time. Base of the sleep awaiter and of deadlines; disarms
// itself when it goes.
class Timer
{
public:
    explicit Timer(EventLoop& loop) : loop_(loop) {}
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    // TimePoint::max() never comes.
    void arm(TimePoint when);
    void disarm() noexcept;

protected:
    virtual ~Timer() { disarm(); }
    // Called by the loop while collecting events: may wake waiters and cancel scopes, no more.
    virtual void fire() noexcept = 0;

private:
    friend class EventLoop;

    EventLoop& loop_;
    std::optional<std::multimap<TimePoint, Timer*>::iterator> entry_;
};

class EventLoop
{
public:
    // clock: null for the real one; else must live longer than the loop. Throws std::system_error.
    explicit EventLoop(Clock* clock = nullptr);
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    // Runs `root`, and everything else on this loop, until root has ended; returns its value or
    // throws what it threw. Not re-entrant.
    template <typename T>
    T run(Task<T> root, CancelScope* scope = nullptr)
    {
        root.start(TaskContext{this, scope});
        while (!root.is_done()) {
            turn();
        }
        return root.result();
    }

    TimePoint now() const { return clock_->now(); }

    class YieldAwaiter;
    class SleepAwaiter;
    // Lets everybody else who is ready go first.
    YieldAwaiter yield();
    SleepAwaiter sleep_until(TimePoint when);
    SleepAwaiter sleep_for(Duration duration);

    // Runs `function` on the loop thread, soon; it must not throw. The one member that any thread
    // may call.
    void post(std::function<void()> function);

    // Between these, the loop waits for a post instead of letting a virtual clock jump. Counted.
    void expect_post() { ++expected_posts_; }
    void post_arrived() { --expected_posts_; }

    // One turn; blocks until something happens where nothing is ready. For run() and tests.
    void turn();

    // How often the loop has slept in the kernel and woken: the measure of an idle server.
    std::uint64_t wakeups() const { return wakeups_; }

private:
    friend class Descriptor;
    friend class Timer;
    friend class Waiter;

    void resume_ready();
    void collect_events();
    void collect_descriptors(Duration timeout);
    void fire_timers();
    void run_posts();
    Duration time_to_next_event() const;

    Clock real_clock_;
    Clock* clock_;
    FileDescriptor epoll_;
    FileDescriptor wakeup_;
    WaiterList ready_;
    std::multimap<TimePoint, Timer*> timers_;
    std::mutex posts_mutex_;
    std::vector<std::function<void()>> posts_;
    int expected_posts_ = 0;
    std::uint64_t wakeups_ = 0;
};

class EventLoop::YieldAwaiter final : public Waiter
{
public:
    explicit YieldAwaiter() = default;
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle)
    {
        if (!start(handle, handle.promise().context())) {
            return false;
        }
        wake();
        return true;
    }
    void await_resume() const { finish(); }
};

// Throws Cancelled. A time in the past still yields once.
class EventLoop::SleepAwaiter final : public Waiter, private Timer
{
public:
    SleepAwaiter(EventLoop& loop, TimePoint when) : Timer(loop), when_(when) {}
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle)
    {
        if (!start(handle, handle.promise().context())) {
            return false;
        }
        arm(when_);
        return true;
    }
    void await_resume() const { finish(); }

private:
    void fire() noexcept override { wake(); }
    void withdraw() noexcept override { disarm(); }

    TimePoint when_;
};

inline EventLoop::YieldAwaiter EventLoop::yield()
{
    return YieldAwaiter();
}

inline EventLoop::SleepAwaiter EventLoop::sleep_until(TimePoint when)
{
    return {*this, when};
}

inline EventLoop::SleepAwaiter EventLoop::sleep_for(Duration duration)
{
    return {*this, after(now(), duration)};
}

} // namespace covnc
