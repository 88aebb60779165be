// TaskScope: tasks that run beside each other and are always joined.
//
//     TaskScope scope(co_await current_context());
//     scope.spawn(serve(client));
//     co_await scope.join();
//
// The first child that throws cancels the others; join() then throws its exception. Cancelling the
// coroutine that made the scope cancels the children. A scope is joined before it goes: only the
// destruction of a suspended coroutine tree may skip that, and destroys the children with it.
#pragma once

#include "coroutine/event_loop.h"

#include <exception>
#include <list>

namespace covnc {

class TaskScope
{
public:
    explicit TaskScope(const TaskContext& parent) : context_(parent), scope_(parent.scope) {}
    TaskScope(const TaskScope&) = delete;
    TaskScope& operator=(const TaskScope&) = delete;

    // Starts `task` now; it runs until it first waits. Throws only std::bad_alloc, and then the
    // task has not started.
    void spawn(Task<> task);
    // Cancels all children; they still have to be joined.
    void cancel() noexcept { scope_.cancel(); }
    bool is_cancelled() const { return scope_.is_cancelled(); }
    std::size_t running() const { return running_; }

    // Suspends until every child has ended, cancellation or not. Throws the first exception of a
    // child, else Cancelled if the awaiting coroutine was cancelled. The scope may be used again.
    Task<> join();
    // Cancels and joins, and drops what the children threw.
    Task<> cancel_and_join();

private:
    class JoinAwaiter;

    // g++ 12: parameters by value, no capturing lambda (docs/coroutine-pitfalls.md).
    Task<> supervise(Task<> task, std::list<Task<>>::iterator self);
    Task<> wait_for_children();
    void child_failed(std::exception_ptr error) noexcept;

    TaskContext context_;
    CancelScope scope_;
    std::list<Task<>> children_;
    std::list<Task<>> ended_; // a child cannot destroy its own frame: it parks it here
    std::size_t running_ = 0;
    std::exception_ptr first_error_;
    WaiterList joiners_;
};

} // namespace covnc
