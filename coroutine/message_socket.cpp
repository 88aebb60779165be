#include "coroutine/message_socket.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace covnc {

namespace {

FileDescriptor take_descriptor(msghdr& header)
{
    const cmsghdr* control = CMSG_FIRSTHDR(&header);
    if (control == nullptr || control->cmsg_level != SOL_SOCKET ||
        control->cmsg_type != SCM_RIGHTS || control->cmsg_len != CMSG_LEN(sizeof(int))) {
        return {};
    }
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(control), sizeof fd);
    return FileDescriptor(fd);
}

// Room for one descriptor. CMSG_SPACE rounds up, and a second one would fit in; so the receiver
// says that it has CMSG_LEN bytes only, and the kernel closes what is beyond.
struct ControlBuffer
{
    alignas(cmsghdr) std::uint8_t bytes[CMSG_SPACE(sizeof(int))] = {};
};

} // namespace

MessageSocket::MessageSocket(EventLoop& loop, FileDescriptor fd)
    : descriptor_(loop, make_non_blocking(std::move(fd)))
{}

Task<MessageSocket::Message> MessageSocket::receive(std::span<std::uint8_t> buffer)
{
    if (++burst_ >= kBurst) {
        burst_ = 0;
        co_await descriptor_.loop().yield();
    }
    Message message;
    while (!try_receive(buffer, message)) {
        burst_ = 0;
        co_await descriptor_.readable();
    }
    co_return message;
}

bool MessageSocket::try_receive(std::span<std::uint8_t> buffer, Message& message)
{
    iovec vector{buffer.data(), buffer.size()};
    ControlBuffer control;
    msghdr header{};
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes;
    header.msg_controllen = CMSG_LEN(sizeof(int));
    const ssize_t count = ::recvmsg(descriptor_.fd(), &header, MSG_CMSG_CLOEXEC);
    if (count < 0) {
        if (errno == EAGAIN) {
            return false;
        }
        throw Disconnected(std::string("cannot receive: ") + std::strerror(errno));
    }
    message.fd = take_descriptor(header);
    message.length = static_cast<std::size_t>(count);
    if (count == 0) {
        throw Disconnected("the peer closed the connection");
    }
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        throw BadMessage("a message is too long, or has too many descriptors");
    }
    return true;
}

bool MessageSocket::try_send(ByteView bytes, int fd)
{
    iovec vector{const_cast<std::uint8_t*>(bytes.data()), bytes.size()}; // only read
    ControlBuffer control;
    msghdr header{};
    header.msg_iov = &vector;
    header.msg_iovlen = 1;
    if (fd >= 0) {
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof control.bytes;
        cmsghdr* const head = CMSG_FIRSTHDR(&header);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof fd);
        std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
    }
    if (::sendmsg(descriptor_.fd(), &header, MSG_NOSIGNAL) >= 0) {
        return true;
    }
    if (errno == EAGAIN) {
        return false;
    }
    throw Disconnected(std::string("cannot send: ") + std::strerror(errno));
}

Task<> MessageSocket::wait_writable()
{
    co_await descriptor_.writable();
}

} // namespace covnc
