// Cancellation as a tree of scopes, and the waiter that every suspension ends in.
//
// A scope that is cancelled stays so (level-triggered): whoever waits inside it, or inside a scope
// below it, is woken with Cancelled, and so is everybody who tries to wait there later. Scopes
// reach coroutines through their promises; nobody passes a token about. Loop thread only.
#pragma once

#include "coroutine/intrusive_list.h"

#include <coroutine>

namespace covnc {

class CancelScope;
class EventLoop;

// Thrown out of an await whose scope was cancelled. Deliberately no std::exception: a catch for
// errors must not swallow it. Let it pass; clean up by destructors.
class Cancelled
{};

// What a coroutine inherits from whoever awaits it.
struct TaskContext
{
    EventLoop* loop = nullptr;
    CancelScope* scope = nullptr; // null: cannot be cancelled
};

struct ScopeTag;
struct WaitTag;

// The base of everything that a coroutine can suspend on. Lives in the coroutine's frame for the
// time of one await. Exactly one of these ends it: wake(), cancellation of its scope, or the
// destruction of the frame.
class Waiter : public ListLink<ScopeTag>, public ListLink<WaitTag>
{
public:
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    // Ends the wait: the coroutine resumes from the loop's ready queue, not from here.
    void wake() noexcept;

protected:
    Waiter() = default;
    virtual ~Waiter() = default;

    // False where the scope is cancelled already: do not suspend then, finish() will throw.
    bool start(std::coroutine_handle<> handle, const TaskContext& context) noexcept;
    // Call in await_resume. Throws Cancelled.
    void finish() const
    {
        if (cancelled_) {
            throw Cancelled{};
        }
    }
    // Leaves whatever would have called wake(). Being in a list of waiters is undone without it.
    virtual void withdraw() noexcept {}

private:
    friend class CancelScope;
    friend class EventLoop;

    void cancel() noexcept;
    void make_ready() noexcept;

    std::coroutine_handle<> handle_;
    EventLoop* loop_ = nullptr;
    bool cancelled_ = false;
};

using WaiterList = IntrusiveList<Waiter, WaitTag>;

class CancelScope : public ListLink<ScopeTag>
{
public:
    // A scope below `parent`, cancelled with it; a null parent makes a root. The parent must live
    // longer than this.
    explicit CancelScope(CancelScope* parent = nullptr) noexcept;
    ~CancelScope() = default;

    // Wakes every waiter in this scope and below with Cancelled. Resumes nobody by itself.
    void cancel() noexcept;
    bool is_cancelled() const { return cancelled_; }

private:
    friend class Waiter;

    IntrusiveList<CancelScope, ScopeTag> children_;
    IntrusiveList<Waiter, ScopeTag> waiters_;
    bool cancelled_ = false;
};

} // namespace covnc
