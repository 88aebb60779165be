#include "coroutine/listener.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>

namespace covnc {

namespace {

constexpr int kBacklog = 1024;
constexpr Duration kPauseWithoutDescriptors = std::chrono::milliseconds(50);

[[noreturn]] void throw_errno(const std::string& what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

// Throws std::system_error for a descriptor that nobody listens on.
FileDescriptor require_listening(FileDescriptor fd)
{
    int listening = 0;
    socklen_t length = sizeof listening;
    if (fcntl(fd.get(), F_SETFD, FD_CLOEXEC) != 0 ||
        getsockopt(fd.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0) {
        throw_errno("cannot listen on descriptor " + std::to_string(fd.get()));
    }
    if (listening == 0) {
        errno = EINVAL;
        throw_errno("descriptor " + std::to_string(fd.get()) + " is no listening socket");
    }
    return fd;
}

// A socket file that nobody listens on is left over from a crash.
void remove_stale(const SocketAddress& address, const std::string& path, int type)
{
    struct stat status{};
    if (lstat(path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) {
        return; // bind() says what is wrong
    }
    const FileDescriptor probe(::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (probe && ::connect(probe.get(), address.get(), address.length()) != 0 &&
        errno == ECONNREFUSED) {
        ::unlink(path.c_str());
    }
}

FileDescriptor bind_and_listen(const SocketAddress& address, const Endpoint& endpoint, int type)
{
    const std::string text = "cannot listen on " + endpoint.text();
    FileDescriptor fd(::socket(address.family(), type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) {
        throw_errno(text);
    }
    const int on = 1;
    const bool is_unix = address.family() == AF_UNIX;
    if (is_unix) {
        remove_stale(address, endpoint.path(), type);
        fchmod(fd.get(), 0600); // before bind: the file never exists with other rights
    } else {
        setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    if (address.family() == AF_INET6) {
        setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    if (::bind(fd.get(), address.get(), address.length()) != 0 ||
        (is_unix && ::chmod(endpoint.path().c_str(), 0600) != 0) ||
        ::listen(fd.get(), kBacklog) != 0) {
        throw_errno(text);
    }
    return fd;
}

SocketAddress local_address(int fd)
{
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) {
        throw_errno("getsockname");
    }
    return {reinterpret_cast<const sockaddr*>(&storage), length};
}

std::string peer_text(int fd, const SocketAddress& address)
{
    if (address.family() != AF_UNIX) {
        return address.text();
    }
    ucred credentials{};
    socklen_t length = sizeof credentials;
    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length);
    return "unix:uid " + std::to_string(credentials.uid);
}

FileDescriptor open_reserve()
{
    return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

bool is_out_of_descriptors(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

// Errors that one connection brought with it (accept(2)): it is gone, look for the next.
bool is_newcomers_own(int error)
{
    constexpr std::array kErrors = {ECONNABORTED,
                                    EINTR,
                                    EPROTO,
                                    ENOPROTOOPT,
                                    ENETDOWN,
                                    EHOSTDOWN,
                                    ENONET,
                                    EPERM,
                                    EHOSTUNREACH,
                                    ENETUNREACH};
    return std::find(kErrors.begin(), kErrors.end(), error) != kErrors.end();
}

} // namespace

Listener::Listener(EventLoop& loop, FileDescriptor fd, std::string unlink_path)
    : descriptor_(loop, make_non_blocking(require_listening(std::move(fd)))),
      address_(local_address(descriptor_.fd())),
      unlink_path_(std::move(unlink_path)),
      reserve_(open_reserve())
{}

Listener::~Listener()
{
    if (!unlink_path_.empty()) {
        ::unlink(unlink_path_.c_str());
    }
}

std::vector<std::unique_ptr<Listener>>
Listener::open(EventLoop& loop, const Endpoint& endpoint, int type)
{
    std::vector<std::unique_ptr<Listener>> listeners;
    if (endpoint.kind() == Endpoint::Kind::kInherited) {
        listeners.push_back(
            std::make_unique<Listener>(loop, FileDescriptor(endpoint.inherited_fd())));
        return listeners;
    }
    const bool is_unix = endpoint.kind() == Endpoint::Kind::kUnix;
    for (const SocketAddress& address : endpoint.resolve()) {
        listeners.push_back(std::make_unique<Listener>(loop,
                                                       bind_and_listen(address, endpoint, type),
                                                       is_unix ? endpoint.path() : std::string()));
    }
    return listeners;
}

Task<> Listener::take_turns()
{
    if (++burst_ >= kBurst) {
        burst_ = 0;
        co_await descriptor_.loop().yield();
    }
}

Task<std::unique_ptr<Socket>> Listener::accept()
{
    Newcomer newcomer = co_await accept_descriptor();
    co_return std::make_unique<Socket>(
        descriptor_.loop(), std::move(newcomer.fd), std::move(newcomer.peer));
}

Task<Newcomer> Listener::accept_descriptor()
{
    co_await take_turns();
    for (;;) {
        sockaddr_storage storage{};
        socklen_t length = sizeof storage;
        auto* const address = reinterpret_cast<sockaddr*>(&storage);
        Newcomer newcomer;
        newcomer.fd = FileDescriptor(
            ::accept4(descriptor_.fd(), address, &length, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (newcomer.fd) {
            newcomer.peer = peer_text(newcomer.fd.get(), SocketAddress(address, length));
            co_return newcomer;
        }
        const int error = errno;
        if (is_out_of_descriptors(error)) {
            refuse_one();
            co_await descriptor_.loop().sleep_for(kPauseWithoutDescriptors);
        } else if (error == EAGAIN) {
            burst_ = 0;
            co_await descriptor_.readable();
        } else if (!is_newcomers_own(error)) {
            errno = error;
            throw_errno("accept on " + address_.text());
        }
    }
}

void Listener::refuse_one() noexcept
{
    if (reserve_) {
        reserve_.reset();
        const FileDescriptor newcomer(::accept4(descriptor_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
        refused_ += newcomer ? 1U : 0U;
    }
    reserve_ = open_reserve();
}

} // namespace covnc
