// What most coroutine tests need: a loop whose time jumps, and a switch that a test turns by hand.
#pragma once

#include "coroutine/event_loop.h"

#include <coroutine>
#include <utility>

namespace covnc::test {

struct VirtualLoop
{
    VirtualLoop() = default;

    VirtualClock clock;
    EventLoop loop{&clock};

    TaskContext context(CancelScope* scope = nullptr) { return {&loop, scope}; }
    Duration elapsed() const { return loop.now().time_since_epoch(); }
};

// QEMU's yield and enter: a coroutine suspends with co_await yield(), enter() runs it on.
class ManualSwitch
{
public:
    class Awaiter final
    {
    public:
        explicit Awaiter(ManualSwitch& owner) : owner_(owner) {}
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> handle) const noexcept
        {
            owner_.suspended_ = handle;
        }
        void await_resume() const noexcept {}

    private:
        ManualSwitch& owner_;
    };

    Awaiter yield() { return Awaiter(*this); }
    bool is_suspended() const { return static_cast<bool>(suspended_); }
    void enter() { std::exchange(suspended_, {}).resume(); }

private:
    std::coroutine_handle<> suspended_;
};

} // namespace covnc::test
