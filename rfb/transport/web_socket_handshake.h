// How a connection of HTTP becomes a WebSocket (RFC 6455, section 4), from both ends.
#pragma once

#include "coroutine/event_loop.h"
#include "rfb/channel.h"
#include "rfb/transport/http_request.h"
#include "rfb/transport/web_socket_stream.h"

#include <string>
#include <string_view>

namespace covnc {

// The answer to a client's Sec-WebSocket-Key.
std::string web_socket_accept(std::string_view key);

// Does the request want a WebSocket?
bool wants_web_socket(const HttpRequest& request);

// What such a request is answered; the connection then is a WebSocket. Throws HttpError where it is
// not as it must be (400), or of another version than 13 (426).
Bytes web_socket_answer(const HttpRequest& request);

// Where a client wants to go: "ws://HOST:PORT/PATH".
struct WebSocketTarget
{
    WebSocketTarget() = default; // not an aggregate: see docs/coroutine-pitfalls.md
    WebSocketTarget(std::string to_host, std::string to_path)
        : host(std::move(to_host)),
          path(std::move(to_path))
    {}

    std::string host; // and port, as in a Host header
    std::string path; // begins with '/'
};

// The client's side: asks for a WebSocket and puts it on the channel. Suspends for the peer; give
// it a deadline. Throws ProtocolError, ConnectionRefused with the server's status, Disconnected,
// Cancelled.
Task<> open_web_socket(Channel& channel, WebSocketTarget target);

} // namespace covnc
