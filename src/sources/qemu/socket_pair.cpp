#include "src/sources/qemu/socket_pair.h"

#include <cerrno>
#include <sys/socket.h>
#include <system_error>

namespace covnc {

SocketPair make_socket_pair()
{
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        throw std::system_error(errno, std::generic_category(), "socketpair");
    }
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

} // namespace covnc
