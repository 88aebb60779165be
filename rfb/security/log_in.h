// The exchange of each security type, from the server's side (rfbproto.rst, "Security Types").
#pragma once

#include "coroutine/worker_pool.h"
#include "rfb/access.h"
#include "rfb/channel.h"
#include "rfb/security/login.h"

namespace covnc {

// Performs the exchange of `type`, which the peer has chosen from what was offered (of one of
// VeNCrypt's the part inside of TLS); a type that encrypts leaves its layer on the channel, or in
// the login what is to begin behind the result. The result is sent by the caller: whoever is denied
// has not been told. Suspends for the peer, within
// the policy's limits, and for workers. Throws ProtocolError, TimedOut, Disconnected, Cancelled.
Task<Login>
log_in(Channel& channel, SecurityType type, const AccessPolicy& policy, WorkerPool& pool);

} // namespace covnc
