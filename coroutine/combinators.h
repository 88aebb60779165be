// Ways of running tasks beside each other, or under a deadline, that always join what they start.
#pragma once

#include "coroutine/event.h"
#include "coroutine/task_scope.h"

#include <array>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace covnc {

// A deadline passed.
class TimedOut : public std::runtime_error
{
public:
    TimedOut() : std::runtime_error("timed out") {}
    using std::runtime_error::runtime_error;
};

namespace detail {

template <typename T>
using Result = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <typename T>
Task<> store(Task<T> task, std::optional<Result<T>>& result)
{
    if constexpr (std::is_void_v<T>) {
        co_await std::move(task);
        result.emplace();
    } else {
        result.emplace(co_await std::move(task));
    }
}

inline Task<> end_others(Task<> task, TaskScope& scope)
{
    try {
        co_await std::move(task);
    } catch (...) {
        scope.cancel();
        throw;
    }
    scope.cancel();
}

// A scope that is cancelled at a point in time.
class DeadlineScope final : private Timer
{
public:
    DeadlineScope(const TaskContext& context, Duration timeout)
        : Timer(*context.loop),
          scope_(context.scope)
    {
        arm(after(context.loop->now(), timeout));
    }
    CancelScope& scope() { return scope_; }
    bool has_expired() const { return expired_; }

private:
    void fire() noexcept override
    {
        expired_ = true;
        scope_.cancel();
    }

    CancelScope scope_;
    bool expired_ = false;
};

inline bool is_cancelled(const TaskContext& context)
{
    return context.scope != nullptr && context.scope->is_cancelled();
}

} // namespace detail

// Runs all beside each other and returns their values (std::monostate for void). The first to
// throw cancels the others; its exception is thrown when all have ended. Throws Cancelled where one
// of them ended by that.
template <typename... T>
Task<std::tuple<detail::Result<T>...>> when_all(Task<T>... tasks)
{
    TaskScope scope(co_await current_context());
    std::tuple<std::optional<detail::Result<T>>...> results;
    std::exception_ptr failed_to_start;
    try {
        std::apply(
            [&](auto&... result) { (scope.spawn(detail::store(std::move(tasks), result)), ...); },
            results);
    } catch (...) {
        failed_to_start = std::current_exception();
        scope.cancel();
    }
    co_await scope.join();
    if (failed_to_start) {
        std::rethrow_exception(failed_to_start);
    }
    // A task that gave up by itself (Cancelled by a scope of its own) has left no value.
    const bool complete =
        std::apply([](auto&... result) { return (result.has_value() && ...); }, results);
    if (!complete) {
        throw Cancelled{};
    }
    co_return std::apply(
        [](auto&... result) { return std::tuple<detail::Result<T>...>(std::move(*result)...); },
        results);
}

// Runs all beside each other; when one ends, by return or by exception, the others are cancelled
// and joined. Throws the first exception.
template <typename... T>
    requires(std::is_void_v<T> && ...)
Task<> run_until_first_ends(Task<T>... tasks)
{
    TaskScope scope(co_await current_context());
    std::exception_ptr failed_to_start;
    try {
        (scope.spawn(detail::end_others(std::move(tasks), scope)), ...);
    } catch (...) {
        failed_to_start = std::current_exception();
        scope.cancel();
    }
    co_await scope.join();
    if (failed_to_start) {
        std::rethrow_exception(failed_to_start);
    }
}

// Runs `task`; after `timeout` (Duration::max(): never) it is cancelled, joined, and TimedOut is
// thrown. A task that ends with a value all the same delivers it.
template <typename T>
Task<T> with_timeout(Duration timeout, Task<T> task)
{
    const TaskContext context = co_await current_context();
    detail::DeadlineScope deadline(context, timeout);
    try {
        co_return co_await std::move(task).in_scope(&deadline.scope());
    } catch (const Cancelled&) {
        if (!deadline.has_expired() || detail::is_cancelled(context)) {
            throw;
        }
    }
    throw TimedOut();
}

// The wait for an event as a task, to be combined with others or given a deadline.
inline Task<> wait_for(Event& event)
{
    co_await event.wait();
}

// Runs `task` out of reach of cancellation: for the few steps that must not be left half done.
// Give it a deadline of its own.
template <typename T>
Task<T> shielded(Task<T> task)
{
    co_return co_await std::move(task).in_scope(nullptr);
}

} // namespace covnc
