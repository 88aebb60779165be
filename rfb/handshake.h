// From the first byte to ServerInit, top to bottom (rfbproto.rst, "Handshaking Phase").
#pragma once

#include "coroutine/worker_pool.h"
#include "rfb/access.h"
#include "rfb/channel.h"
#include "rfb/version.h"

namespace covnc {

class LoginGuard;

// What came of a handshake.
struct Greeting
{
    PeerVersion version;
    SecurityType security = SecurityType::kInvalid;
    bool is_tight = false; // agreed on inside of Tight
    std::string user;      // who logged in, where the security type knows
    bool view_only = false;
    bool shared = false; // the viewer can live with others
};

// Agrees on version and security, logs the viewer in and reads ClientInit; ServerInit is the
// caller's. A security type may have put a layer onto the channel. A peer that is refused is told
// why, as far as its version can, before this throws. guard: of the listener; null: failed logins
// are not counted. Suspends for the peer, within the policy's limits, and for workers. Throws
// ProtocolError, AuthenticationError, LoginsBlocked, TimedOut, Disconnected, Cancelled.
Task<Greeting> handshake(Channel& channel,
                         const AccessPolicy& policy,
                         WorkerPool& pool,
                         LoginGuard* guard = nullptr);

} // namespace covnc
