// Queue<T>: bounded, first in first out, between coroutines of one loop. Whoever has waited longest
// is served first, at both ends. Loop thread only.
#pragma once

#include "coroutine/event.h"
#include "coroutine/mutex.h"
#include "coroutine/task.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace covnc {

template <typename T>
class Queue
{
public:
    // capacity: elements, at least 1.
    explicit Queue(std::size_t capacity) : capacity_(capacity) { room_.set(); }

    std::size_t size() const { return items_.size(); }
    bool is_closed() const { return closed_; }

    // False where the queue is full or closed, or others wait to push.
    bool try_push(T item)
    {
        if (closed_ || items_.size() >= capacity_ || pushers_.is_locked()) {
            return false;
        }
        items_.push_back(std::move(item));
        update();
        return true;
    }

    // Suspends while the queue is full. False where it is closed. Throws Cancelled, and then the
    // item was not taken.
    Task<bool> push(T item)
    {
        const Mutex::Guard turn = co_await pushers_.lock();
        while (!closed_ && items_.size() >= capacity_) {
            co_await room_.wait();
        }
        if (!closed_) {
            items_.push_back(std::move(item));
            update();
        }
        co_return !closed_;
    }

    // Suspends while the queue is empty. Nothing where it is closed and empty. Throws Cancelled.
    Task<std::optional<T>> pop()
    {
        const Mutex::Guard turn = co_await poppers_.lock();
        while (items_.empty() && !closed_) {
            co_await available_.wait();
        }
        std::optional<T> item;
        if (!items_.empty()) {
            item.emplace(std::move(items_.front()));
            items_.pop_front();
            update();
        }
        co_return item;
    }

    // No more pushes; what is queued can still be popped.
    void close()
    {
        closed_ = true;
        update();
    }

private:
    static void assign(Event& event, bool value)
    {
        if (value) {
            event.set();
        } else {
            event.reset();
        }
    }
    void update()
    {
        assign(room_, closed_ || items_.size() < capacity_);
        assign(available_, closed_ || !items_.empty());
    }

    std::size_t capacity_;
    std::deque<T> items_;
    Event room_;
    Event available_;
    Mutex pushers_; // held while waiting for room: makes a queue of those who push
    Mutex poppers_; // the same at the other end
    bool closed_ = false;
};

} // namespace covnc
