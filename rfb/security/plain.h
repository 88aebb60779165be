// Plain: user and password as they are (rfbproto.rst, "VeNCrypt", subtype Plain). To be carried by
// TLS.
#pragma once

#include "coroutine/worker_pool.h"
#include "rfb/access.h"
#include "rfb/channel.h"
#include "rfb/security/login.h"
#include "rfb/wire.h"

#include <cstddef>
#include <string_view>

namespace covnc {

inline constexpr std::size_t kMaxPlainText = 1024; // bytes, each of the two; TigerVNC's bound too

// The server's side; the result is sent by the caller. Suspends for the peer, within the policy's
// limits, and for a worker. Throws ProtocolError, TimedOut, Disconnected, Cancelled.
Task<Login> log_in_plain(Channel& channel, const AccessPolicy& policy, WorkerPool& pool);

// What a viewer sends.
void append_plain(Bytes& out, std::string_view user, std::string_view password);

} // namespace covnc
