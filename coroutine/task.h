// Task<T>: a coroutine that is awaited by exactly one other, lazily started, structured.
//
// - Nothing runs until the task is awaited (or handed to EventLoop::run or TaskScope::spawn).
// - It inherits event loop and cancellation scope from whoever awaits it.
// - await_suspend returns bool and runs the child inline: a child that never waits costs no stack,
//   however often it is awaited in a loop, with any compiler flag. Control returns by symmetric
//   transfer, so the stack is bounded by nesting.
// - The frame is destroyed with the Task object, normally when it is done. Destroying one that is
//   suspended is safe (its waiters withdraw) and runs the destructors of its locals.
// Loop thread only. docs/coroutine-pitfalls.md has the rules that keep g++ 12 right.
#pragma once

#include "coroutine/cancellation.h"
#include "coroutine/frame_pool.h"

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace covnc {

template <typename T = void>
class Task;

namespace detail {

class PromiseBase
{
public:
    static void* operator new(std::size_t size) { return FramePool::allocate(size); }
    static void operator delete(void* frame, std::size_t size) noexcept
    {
        FramePool::release(frame, size);
    }

    struct FinalAwaiter final
    {
        bool await_ready() const noexcept { return false; }
        template <typename Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) const noexcept
        {
            return handle.promise().finish();
        }
        void await_resume() const noexcept {}
    };

    std::suspend_always initial_suspend() const noexcept { return {}; }
    FinalAwaiter final_suspend() const noexcept { return {}; }
    void unhandled_exception() noexcept { exception_ = std::current_exception(); }

    const TaskContext& context() const { return context_; }

    // Runs `self` until it first suspends. True where it did, and will resume `continuation` when
    // it ends; false where it ended already.
    bool run(std::coroutine_handle<> self,
             std::coroutine_handle<> continuation,
             const TaskContext& context)
    {
        context_ = context;
        continuation_ = continuation;
        phase_ = Phase::kStarting;
        self.resume();
        if (phase_ == Phase::kDone) {
            return false;
        }
        phase_ = Phase::kSuspended;
        return true;
    }

protected:
    void rethrow() const
    {
        if (exception_) {
            std::rethrow_exception(exception_);
        }
    }

private:
    enum class Phase : unsigned char { kCreated, kStarting, kSuspended, kDone };

    std::coroutine_handle<> finish() noexcept
    {
        const bool awaiter_is_running = phase_ == Phase::kStarting;
        phase_ = Phase::kDone;
        return awaiter_is_running ? std::noop_coroutine() : continuation_;
    }

    TaskContext context_;
    std::coroutine_handle<> continuation_;
    std::exception_ptr exception_;
    Phase phase_ = Phase::kCreated;
};

template <typename T>
class Promise final : public PromiseBase
{
public:
    Task<T> get_return_object() noexcept;
    template <typename U>
        requires std::is_constructible_v<T, U&&>
    void return_value(U&& value)
    {
        value_.emplace(std::forward<U>(value));
    }
    T result()
    {
        rethrow();
        return std::move(*value_);
    }

private:
    std::optional<T> value_;
};

template <>
class Promise<void> final : public PromiseBase
{
public:
    Task<void> get_return_object() noexcept;
    void return_void() const noexcept {}
    void result() const { rethrow(); }
};

} // namespace detail

template <typename T>
class [[nodiscard]] Task
{
public:
    using promise_type = detail::Promise<T>;
    using Handle = std::coroutine_handle<promise_type>;

    Task() noexcept = default;
    explicit Task(Handle handle) noexcept : handle_(handle) {}
    Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    Task& operator=(Task&& other) noexcept
    {
        Task old(std::move(*this));
        handle_ = std::exchange(other.handle_, {});
        return *this;
    }
    Task(const Task&) = delete;
    Task& operator=(const Task&) = delete;
    ~Task()
    {
        if (handle_) {
            handle_.destroy();
        }
    }

    explicit operator bool() const { return static_cast<bool>(handle_); }
    bool is_done() const { return handle_ && handle_.done(); }

    // For the owners of root tasks (EventLoop, TaskScope): runs until the first suspension, on
    // `context`, and resumes nobody at the end.
    void start(const TaskContext& context)
    {
        handle_.promise().run(handle_, std::noop_coroutine(), context);
    }
    // The value, or the exception, of a task that is done.
    T result() { return handle_.promise().result(); }

    class Awaiter final
    {
    public:
        // override_scope: true to run the task below `scope` instead of its awaiter's.
        Awaiter(Handle handle, bool override_scope, CancelScope* scope) noexcept
            : handle_(handle),
              scope_(scope),
              override_scope_(override_scope)
        {}
        bool await_ready() const noexcept { return false; }
        template <typename Promise>
        bool await_suspend(std::coroutine_handle<Promise> awaiting) const
        {
            TaskContext context = awaiting.promise().context();
            if (override_scope_) {
                context.scope = scope_;
            }
            return handle_.promise().run(handle_, awaiting, context);
        }
        T await_resume() const { return handle_.promise().result(); }

    private:
        Handle handle_;
        CancelScope* scope_;
        bool override_scope_;
    };

    // A task is awaited once, as an rvalue. Throws what the task threw.
    Awaiter operator co_await() && noexcept { return Awaiter(handle_, false, nullptr); }
    // The same below another scope; null: not cancellable.
    Awaiter in_scope(CancelScope* scope) && noexcept { return Awaiter(handle_, true, scope); }

private:
    Handle handle_;
};

namespace detail {

template <typename T>
Task<T> Promise<T>::get_return_object() noexcept
{
    return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}

inline Task<void> Promise<void>::get_return_object() noexcept
{
    return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

} // namespace detail

// co_await current_context(): the loop and the scope this coroutine runs in. Never suspends.
class CurrentContext final
{
public:
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) noexcept
    {
        context_ = handle.promise().context();
        return false;
    }
    TaskContext await_resume() const noexcept { return context_; }

private:
    TaskContext context_;
};

inline CurrentContext current_context()
{
    return {};
}

} // namespace covnc
