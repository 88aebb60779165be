// The viewer's end of a connection to a server in this thread: another thread empties it, so that
// the server never waits and what reading costs is not the server's.
#pragma once

#include "coroutine/file_descriptor.h"
#include "rfb/wire.h"

#include <mutex>
#include <thread>

namespace covnc::bench {

class ViewerEnd
{
public:
    // Throws std::system_error.
    explicit ViewerEnd(FileDescriptor socket);
    ~ViewerEnd();
    ViewerEnd(const ViewerEnd&) = delete;
    ViewerEnd& operator=(const ViewerEnd&) = delete;

    // Throws std::system_error.
    void send(ByteView bytes) const;
    // All that has been sent to it and was not taken yet.
    Bytes take();

private:
    void empty_socket();
    // Reads what is there. False at the end of the connection. mutex_ must be held.
    bool read_all();

    FileDescriptor socket_;
    std::mutex mutex_;
    Bytes received_;
    Bytes buffer_;
    std::thread thread_;
};

} // namespace covnc::bench
