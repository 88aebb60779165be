// From the first byte to ServerInit, top to bottom (rfbproto.rst, "Handshaking Phase").
#pragma once

#include "coroutine/worker_pool.h"
#include "rfb/access.h"
#include "rfb/channel.h"
#include "rfb/version.h"

namespace covnc {

// What came of a handshake.
struct Greeting
{
    PeerVersion version;
    SecurityType security = SecurityType::kInvalid;
    std::string user; // who logged in, where the security type knows
    bool view_only = false;
    bool shared = false; // the viewer can live with others
};

// Agrees on version and security, logs the viewer in and reads ClientInit; ServerInit is the
// caller's. A security type may have put a layer onto the channel. A peer that is refused is told
// why, as far as its version can, before this throws. Suspends for the peer, within the policy's
// limits. Throws ProtocolError, AuthenticationError, TimedOut, Disconnected, Cancelled.
Task<Greeting> handshake(Channel& channel, const AccessPolicy& policy, WorkerPool& pool);

} // namespace covnc
