// A connected unix socket that carries messages (SOCK_SEQPACKET), each with up to one file
// descriptor. Loop thread only.
#pragma once

#include "coroutine/descriptor.h"
#include "coroutine/stream.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

namespace covnc {

// What the peer sent is no message: too long, or with more than one descriptor.
class BadMessage : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

class MessageSocket
{
public:
    // What was received: the message's length, and the descriptor that came with it, if any.
    struct Message
    {
        Message() = default; // not an aggregate: see docs/coroutine-pitfalls.md

        std::size_t length = 0;
        FileDescriptor fd;
    };

    // fd: connected. Makes it non-blocking. Throws std::system_error.
    MessageSocket(EventLoop& loop, FileDescriptor fd);

    // Suspends until there is a message, and now and then to let others run. Throws Disconnected
    // when the peer is gone (an empty message looks the same), BadMessage where one is longer than
    // `buffer` or has more than one descriptor, Cancelled.
    Task<Message> receive(std::span<std::uint8_t> buffer);
    // False where the peer does not read. Throws Disconnected.
    bool try_send(ByteView message, int fd = -1);
    // Suspends until try_send() is worth another try. Throws Cancelled.
    Task<> wait_writable();

    int fd() const { return descriptor_.fd(); }

private:
    // Messages in a row before others may run.
    static constexpr int kBurst = 32;

    bool try_receive(std::span<std::uint8_t> buffer, Message& message);

    Descriptor descriptor_;
    int burst_ = 0;
};

} // namespace covnc
