#include "coroutine/file_descriptor.h"

#include <cerrno>
#include <fcntl.h>
#include <string>
#include <system_error>

namespace covnc {

FileDescriptor make_non_blocking(FileDescriptor fd)
{
    const int flags = fcntl(fd.get(), F_GETFL);
    if (flags < 0 || fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) != 0) {
        throw std::system_error(errno,
                                std::generic_category(),
                                "cannot make descriptor " + std::to_string(fd.get()) +
                                    " non-blocking");
    }
    return fd;
}

} // namespace covnc
