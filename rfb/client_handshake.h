// The viewer's side of the handshake: from the first byte to ServerInit, top to bottom
// (rfbproto.rst, "Handshaking Phase"). For tests, benchmarks and the load tester.
#pragma once

#include "coroutine/event_loop.h"
#include "encodings/pixel_format.h"
#include "rfb/channel.h"
#include "rfb/constants.h"
#include "rfb/security/vencrypt.h"
#include "rfb/version.h"

#include <memory>
#include <string>
#include <vector>

namespace covnc {

class RsaKey;

// What a viewer brings along.
struct ClientIdentity
{
    ProtocolVersion version = ProtocolVersion::k3_8; // the highest that it speaks
    std::string user;                                // where the security type asks
    std::string password;                            // empty: only types without are for us
    // Acceptable, most wanted first; empty: None, else VncAuth, else an RSA-AES type, else TLS,
    // else SASL. Tight is an envelope around others in this list.
    std::vector<SecurityType> security;
    // For the RSA-AES types; null: they are not for us.
    std::shared_ptr<const RsaKey> rsa_key;
    ViewerTls tls;
    bool shared = true;
    Duration limit = std::chrono::seconds(30); // for the whole handshake
};

// What a viewer has learnt from a handshake.
struct ServerGreeting
{
    ServerGreeting() = default; // not an aggregate: see docs/coroutine-pitfalls.md

    ProtocolVersion version = ProtocolVersion::k3_8;
    SecurityType security = SecurityType::kInvalid;
    bool is_tight = false; // agreed on inside of Tight
    Size size;
    PixelFormat format; // valid; the server's own
    std::string name;   // the peer's text: at most kMaxPeerText bytes, any of them
};

// Logs in with the first of identity.security that the server offers. Suspends for the peer. Throws
// ProtocolError, AuthenticationError, ConnectionRefused where the server gives a reason, TimedOut,
// Disconnected, Cancelled.
Task<ServerGreeting> client_handshake(Channel& channel, const ClientIdentity& identity);

} // namespace covnc
