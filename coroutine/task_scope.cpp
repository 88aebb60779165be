#include "coroutine/task_scope.h"

namespace covnc {

class TaskScope::JoinAwaiter final : public Waiter
{
public:
    explicit JoinAwaiter(TaskScope& scope) : scope_(scope) {}
    bool await_ready() const noexcept { return scope_.running_ == 0; }
    template <typename Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle)
    {
        // No cancel scope: joining goes on whatever happens, the children are told instead.
        start(handle, TaskContext{handle.promise().context().loop, nullptr});
        scope_.joiners_.push_back(*this);
        return true;
    }
    void await_resume() const noexcept {}

private:
    TaskScope& scope_;
};

void TaskScope::spawn(Task<> task)
{
    ended_.clear();
    children_.emplace_back();
    const auto self = std::prev(children_.end());
    try {
        *self = supervise(std::move(task), self);
    } catch (...) {
        children_.erase(self);
        throw;
    }
    ++running_;
    self->start(TaskContext{context_.loop, &scope_});
}

Task<> TaskScope::supervise(Task<> task, std::list<Task<>>::iterator self)
{
    try {
        // A local: what the child held goes when it ends, not when its frame is reaped.
        Task<> child(std::move(task));
        co_await std::move(child);
    } catch (const Cancelled&) { // NOLINT(bugprone-empty-catch): its end is what was asked for
    } catch (...) {
        child_failed(std::current_exception());
    }
    ended_.splice(ended_.end(), children_, self);
    --running_;
    while (running_ == 0 && !joiners_.is_empty()) {
        joiners_.pop_front().wake();
    }
}

void TaskScope::child_failed(std::exception_ptr error) noexcept
{
    if (!first_error_) {
        first_error_ = std::move(error);
    }
    scope_.cancel();
}

Task<> TaskScope::wait_for_children()
{
    while (running_ != 0) {
        co_await JoinAwaiter(*this);
    }
    ended_.clear();
}

Task<> TaskScope::join()
{
    co_await wait_for_children();
    if (first_error_) {
        std::rethrow_exception(std::exchange(first_error_, nullptr));
    }
    const TaskContext awaiting = co_await current_context();
    if (awaiting.scope != nullptr && awaiting.scope->is_cancelled()) {
        throw Cancelled{};
    }
}

Task<> TaskScope::cancel_and_join()
{
    scope_.cancel();
    co_await wait_for_children();
    first_error_ = nullptr;
}

} // namespace covnc
