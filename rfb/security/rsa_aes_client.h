// The RSA-AES security types, from the viewer's side. For tests and the load tester: it takes
// whatever key the server has, and computes on the loop thread.
#pragma once

#include "rfb/channel.h"
#include "rfb/constants.h"
#include "rfb/security/rsa_key.h"

#include <string>

namespace covnc {

// type: one of the four, which was agreed on. Leaves its layer on the channel where the type
// encrypts the session; the server's result is the caller's to read. Suspends for the peer. Throws
// ProtocolError, AuthenticationError where the server did not use our key, Disconnected, Cancelled.
Task<> prove_rsa_aes(Channel& channel,
                     SecurityType type,
                     const RsaKey& key,
                     const std::string& user,
                     const std::string& password);

} // namespace covnc
