#include "coroutine/cancellation.h"

#include "coroutine/event_loop.h"

namespace covnc {

bool Waiter::start(std::coroutine_handle<> handle, const TaskContext& context) noexcept
{
    if (context.scope != nullptr && context.scope->is_cancelled()) {
        cancelled_ = true;
        return false;
    }
    handle_ = handle;
    loop_ = context.loop;
    if (context.scope != nullptr) {
        context.scope->waiters_.push_back(*this);
    }
    return true;
}

void Waiter::wake() noexcept
{
    ListLink<ScopeTag>::unlink();
    make_ready();
}

void Waiter::cancel() noexcept
{
    cancelled_ = true;
    withdraw();
    make_ready();
}

void Waiter::make_ready() noexcept
{
    ListLink<WaitTag>::unlink();
    loop_->ready_.push_back(*this);
}

CancelScope::CancelScope(CancelScope* parent) noexcept
{
    if (parent != nullptr) {
        parent->children_.push_back(*this);
        cancelled_ = parent->cancelled_;
    }
}

void CancelScope::cancel() noexcept
{
    cancelled_ = true;
    while (!waiters_.is_empty()) {
        waiters_.pop_front().cancel();
    }
    // A child stays in our list no longer than it lives, and once cancelled has nothing to hear
    // from us any more.
    while (!children_.is_empty()) {
        children_.pop_front().cancel();
    }
}

} // namespace covnc
