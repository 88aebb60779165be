// Tight, security type 16 (rfbproto.rst, "Tight Security Type"): an envelope around other types,
// with lists of what the server can do besides. Nothing is encrypted by it. Both sides.
#pragma once

#include "rfb/channel.h"
#include "rfb/constants.h"
#include "rfb/wire.h"

#include <span>
#include <vector>

namespace covnc {

inline constexpr std::size_t kCapabilitySize = 16;   // S32 code, vendor, signature
inline constexpr std::size_t kMaxCapabilities = 256; // that our viewer's side takes in one list

// Of these, in their order, what can be agreed on inside of Tight, VeNCrypt for all that it has.
std::vector<SecurityType> types_inside_tight(std::span<const SecurityType> types);

// The server's side: no tunnels, then one of `offered`, which are types_inside_tight(). Where it is
// None alone there is nothing to choose: ssvnc takes None in no other way. Suspends for the peer,
// `limit` at most. Throws ProtocolError, TimedOut, Disconnected, Cancelled.
Task<SecurityType> offer_tight(Channel& channel, std::vector<SecurityType> offered, Duration limit);

// What follows ServerInit where Tight was agreed on ("ServerInit", "Tight"): the messages and
// encodings beyond RFB's own that we have.
void append_tight_capabilities(Bytes& out);

// The viewer's side: no tunnel, and the first of `wanted` that is offered; None where the server
// lists nothing. Suspends for the peer. Throws ProtocolError, AuthenticationError where no type is
// for us, Disconnected, Cancelled.
Task<SecurityType> accept_tight(Channel& channel, std::vector<SecurityType> wanted);
// Reads what follows ServerInit. Throws ProtocolError, Disconnected, Cancelled.
Task<> skip_tight_capabilities(Channel& channel);

} // namespace covnc
