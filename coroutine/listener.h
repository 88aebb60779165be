// A listening socket. Loop thread only.
#pragma once

#include "coroutine/socket.h"

#include <memory>
#include <vector>

namespace covnc {

// A connection that was accepted.
struct Newcomer
{
    Newcomer() = default; // not an aggregate: see docs/coroutine-pitfalls.md

    FileDescriptor fd; // non-blocking
    std::string peer;  // as Stream::peer()
};

class Listener
{
public:
    // Takes a socket that listens already (inherited, or from open()). Throws std::system_error.
    Listener(EventLoop& loop, FileDescriptor fd, std::string unlink_path = {});
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // Opens every address of `endpoint`. A unix socket gets mode 0600; one that nobody listens on
    // any more is replaced, and it is removed when the listener goes. Throws std::system_error or
    // EndpointError, whose text names the endpoint.
    //   type: SOCK_STREAM, or SOCK_SEQPACKET for a unix socket that carries messages.
    static std::vector<std::unique_ptr<Listener>>
    open(EventLoop& loop, const Endpoint& endpoint, int type = SOCK_STREAM);

    // Suspends until somebody connects, and now and then to let others run. When descriptors run
    // out, the newcomer is turned away and accept() pauses for a moment. Throws Cancelled,
    // std::system_error.
    Task<std::unique_ptr<Socket>> accept();
    // The same, for those who make something else of the connection.
    Task<Newcomer> accept_descriptor();

    const SocketAddress& address() const { return address_; }
    // Newcomers turned away for want of descriptors.
    std::uint64_t refused() const { return refused_; }

private:
    // Newcomers in a row before others may run: a flood of connections must not stop the loop.
    static constexpr int kBurst = 16;

    Task<> take_turns();
    void refuse_one() noexcept;

    Descriptor descriptor_;
    SocketAddress address_;
    std::string unlink_path_;
    FileDescriptor reserve_; // given up for a moment to accept and close when none is left
    std::uint64_t refused_ = 0;
    int burst_ = 0;
};

} // namespace covnc
