#include "tools/bench/viewer_end.h"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace covnc::bench {

ViewerEnd::ViewerEnd(FileDescriptor socket)
    : socket_(std::move(socket)),
      buffer_(std::size_t{1} << 18U),
      thread_([this] { empty_socket(); })
{}

ViewerEnd::~ViewerEnd()
{
    ::shutdown(socket_.get(), SHUT_RDWR);
    thread_.join();
}

void ViewerEnd::send(ByteView bytes) const
{
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0) {
            throw std::system_error(errno, std::generic_category(), "send");
        }
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
}

Bytes ViewerEnd::take()
{
    const std::lock_guard lock(mutex_);
    read_all();
    return std::exchange(received_, {});
}

void ViewerEnd::empty_socket()
{
    for (bool goes_on = true; goes_on;) {
        pollfd event{socket_.get(), POLLIN, 0};
        ::poll(&event, 1, -1);
        const std::lock_guard lock(mutex_);
        goes_on = read_all();
    }
}

bool ViewerEnd::read_all()
{
    for (;;) {
        const ssize_t count = ::recv(socket_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
        if (count <= 0) {
            return count < 0 && (errno == EAGAIN || errno == EINTR);
        }
        received_.insert(received_.end(), buffer_.begin(), buffer_.begin() + count);
    }
}

} // namespace covnc::bench
