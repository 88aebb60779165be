// A file descriptor registered with an event loop, once, edge-triggered.
//
// The way to use it: make it non-blocking, try the call first, and wait only after EAGAIN; then no
// edge can be missed. One waiter a direction. Loop thread only.
#pragma once

#include "coroutine/event_loop.h"

#include <cstdint>
#include <stdexcept>

namespace covnc {

class Descriptor
{
public:
    // Registers and, where owned, closes at the end. Throws std::system_error.
    Descriptor(EventLoop& loop, FileDescriptor fd);
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    int fd() const { return fd_.get(); }
    EventLoop& loop() const { return loop_; }

    class ReadyAwaiter final : public Waiter
    {
    public:
        explicit ReadyAwaiter(Waiter*& slot) : slot_(slot) {}
        ~ReadyAwaiter() override { withdraw(); }
        bool await_ready() const noexcept { return false; }
        template <typename Promise>
        bool await_suspend(std::coroutine_handle<Promise> handle)
        {
            if (slot_ != nullptr) {
                throw std::logic_error("two coroutines wait for one direction of a descriptor");
            }
            if (!start(handle, handle.promise().context())) {
                return false;
            }
            slot_ = this;
            return true;
        }
        void await_resume() const { finish(); }

    private:
        void withdraw() noexcept override
        {
            if (slot_ == this) {
                slot_ = nullptr;
            }
        }

        Waiter*& slot_;
    };

    // Suspends until the next edge: readable, writable, or an error or hang-up. Throws Cancelled,
    // and std::logic_error where somebody waits for that direction already.
    ReadyAwaiter readable() { return ReadyAwaiter(reader_); }
    ReadyAwaiter writable() { return ReadyAwaiter(writer_); }

    // False where a read would find nothing: set_drained() was called and no edge has come since.
    bool may_be_readable() const { return may_be_readable_; }
    // All that had arrived has been read: the call returned less than it could have, or EAGAIN.
    void set_drained() { may_be_readable_ = is_ending_; }

private:
    friend class EventLoop;

    void dispatch(std::uint32_t events) noexcept;

    EventLoop& loop_;
    FileDescriptor fd_;
    Waiter* reader_ = nullptr;
    Waiter* writer_ = nullptr;
    bool may_be_readable_ = true;
    bool is_ending_ =
        false; // hang-up or error: the end has no edge of its own behind the last data
};

} // namespace covnc
