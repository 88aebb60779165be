// Two sockets that are connected with each other. Value.
#pragma once

#include "coroutine/file_descriptor.h"

namespace covnc {

struct SocketPair
{
    FileDescriptor ours;
    FileDescriptor theirs;
};

// Unix stream sockets, non-blocking, closed on exec. Throws std::system_error.
SocketPair make_socket_pair();

} // namespace covnc
