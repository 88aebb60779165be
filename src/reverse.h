// Viewers that listen, and are called by us: behind a firewall, or through a repeater where both
// sides call (mode II of UltraVNC's). Loop thread only.
#pragma once

#include "coroutine/socket.h"
#include "coroutine/worker_pool.h"

#include <string>
#include <string_view>

namespace covnc {

struct ReverseTarget
{
    Endpoint endpoint;
    std::string repeater_id; // empty: no repeater

    // "HOST:PORT", "unix:PATH" or either with ",id=TEXT". Throws EndpointError.
    static ReverseTarget parse(std::string_view text);
    std::string text() const;
};

// Connects, and tells a repeater whom to connect us with. Names are looked up on `workers`: a slow
// resolver keeps nobody else waiting. Suspends until then. Throws std::system_error, EndpointError,
// TimedOut, Disconnected, Cancelled.
Task<std::unique_ptr<Socket>>
call_viewer(EventLoop& loop, WorkerPool& workers, const ReverseTarget& target);

} // namespace covnc
