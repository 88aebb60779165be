// From the first byte to ServerInit, top to bottom (rfbproto.rst, "Handshaking Phase").
#pragma once

#include "coroutine/buffered_reader.h"
#include "coroutine/event_loop.h"
#include "rfb/access.h"
#include "rfb/version.h"

namespace covnc {

// What came of a handshake.
struct Greeting
{
    PeerVersion version;
    SecurityType security = SecurityType::kInvalid;
    bool view_only = false;
    bool shared = false; // the viewer can live with others
};

// Agrees on version and security, logs the viewer in and reads ClientInit; ServerInit is the
// caller's. A peer that is refused is told why, as far as its version can, before this throws.
// Suspends for the peer, within the policy's limits. Throws ProtocolError, AuthenticationError,
// TimedOut, Disconnected, Cancelled.
Task<Greeting> handshake(Stream& stream, BufferedReader& reader, const AccessPolicy& policy);

} // namespace covnc
