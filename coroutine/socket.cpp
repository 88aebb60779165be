#include "coroutine/socket.h"

#include "coroutine/combinators.h"
#include "coroutine/gather.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>

namespace covnc {

namespace {

[[noreturn]] void throw_disconnected(const char* doing)
{
    throw Disconnected(std::string(doing) + ": " + std::strerror(errno));
}

} // namespace

Socket::Socket(EventLoop& loop, FileDescriptor fd, std::string peer)
    : descriptor_(loop, make_non_blocking(std::move(fd))),
      peer_(std::move(peer))
{
    // Fails on unix sockets, which have nothing to delay.
    const int on = 1;
    is_tcp_ = setsockopt(descriptor_.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
}

Task<std::unique_ptr<Socket>> Socket::connect(EventLoop& loop, Endpoint endpoint)
{
    const std::vector<SocketAddress> addresses = endpoint.resolve();
    std::exception_ptr failure;
    for (const SocketAddress& address : addresses) {
        try {
            co_return co_await connect_to(loop, address, endpoint.text());
        } catch (const std::system_error&) {
            failure = std::current_exception();
        }
    }
    std::rethrow_exception(failure);
}

Task<std::unique_ptr<Socket>>
Socket::connect_to(EventLoop& loop, SocketAddress address, std::string text)
{
    FileDescriptor fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) {
        throw std::system_error(errno, std::generic_category(), "socket");
    }
    const int result = ::connect(fd.get(), address.get(), address.length());
    if (result != 0 && errno != EINPROGRESS) {
        throw std::system_error(errno, std::generic_category(), text);
    }
    auto socket = std::make_unique<Socket>(loop, std::move(fd), text);
    if (result != 0) {
        co_await socket->descriptor_.writable();
    }
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(socket->fd(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) {
        throw std::system_error(error, std::generic_category(), text);
    }
    co_return socket;
}

std::size_t Socket::try_read(std::span<std::uint8_t> buffer, bool& would_block, int flags)
{
    const ssize_t count = ::recv(descriptor_.fd(), buffer.data(), buffer.size(), flags);
    would_block = count < 0 && errno == EAGAIN;
    if (would_block || (count > 0 && static_cast<std::size_t>(count) < buffer.size())) {
        descriptor_.set_drained(); // saves asking once more, only to hear EAGAIN
    }
    if (count < 0 && !would_block) {
        throw_disconnected("cannot read");
    }
    return count < 0 ? 0 : static_cast<std::size_t>(count);
}

Task<std::size_t> Socket::read_some(std::span<std::uint8_t> buffer)
{
    co_await take_turns();
    for (;;) {
        bool would_block = !descriptor_.may_be_readable();
        const std::size_t count = would_block ? 0 : try_read(buffer, would_block);
        if (!would_block) {
            co_return count;
        }
        burst_ = 0;
        co_await descriptor_.readable();
    }
}

Task<std::optional<std::uint8_t>> Socket::peek()
{
    std::array<std::uint8_t, 1> byte{};
    for (;;) {
        bool would_block = !descriptor_.may_be_readable();
        const std::size_t count = would_block ? 0 : try_read(byte, would_block, MSG_PEEK);
        if (!would_block) {
            co_return count > 0 ? std::optional(byte[0]) : std::nullopt;
        }
        co_await descriptor_.readable();
    }
}

bool Socket::try_write(GatherCursor& cursor)
{
    constexpr std::size_t kMaxPieces = 64;
    std::array<iovec, kMaxPieces> vectors{};
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = cursor.fill(vectors);
    const ssize_t count = ::sendmsg(descriptor_.fd(), &message, MSG_NOSIGNAL);
    if (count < 0) {
        if (errno == EAGAIN) {
            return false;
        }
        throw_disconnected("cannot write");
    }
    cursor.advance(static_cast<std::size_t>(count));
    count_written(static_cast<std::size_t>(count));
    return true;
}

Task<> Socket::write_all(std::span<const ByteView> pieces)
{
    GatherCursor cursor(pieces);
    while (!cursor.is_done()) {
        co_await take_turns();
        const bool written = try_write(cursor);
        if (!written) {
            burst_ = 0;
            co_await with_timeout(write_stall(), wait_writable());
        }
    }
}

Task<> Socket::wait_writable()
{
    co_await descriptor_.writable();
}

Task<> Socket::take_turns()
{
    if (++burst_ >= kBurst) {
        burst_ = 0;
        co_await descriptor_.loop().yield();
    }
}

void Socket::shutdown_write() noexcept
{
    ::shutdown(descriptor_.fd(), SHUT_WR);
}

std::uint64_t Socket::undelivered() const
{
    int bytes = 0;
    const bool is_known = is_tcp_ && ioctl(descriptor_.fd(), SIOCOUTQ, &bytes) == 0 && bytes > 0;
    return is_known ? static_cast<std::uint64_t>(bytes) : 0;
}

void Socket::limit_unsent(int bytes) noexcept
{
    setsockopt(descriptor_.fd(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

} // namespace covnc
