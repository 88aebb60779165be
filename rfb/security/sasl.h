// SASL, security type 20 (rfbproto.rst, "SASL"), from both sides: a list of mechanisms, then steps
// until both have had enough. What a mechanism encrypts begins behind the result.
#pragma once

#include "coroutine/worker_pool.h"
#include "rfb/access.h"
#include "rfb/channel.h"
#include "rfb/security/login.h"

#include <cstddef>
#include <string>

namespace covnc {

// A peer's. Kerberos has the longest data, with the groups of a user in it; QEMU takes 1 MiB.
inline constexpr std::size_t kMaxSaslData = 65536; // bytes of one step, with its NUL
inline constexpr std::size_t kMaxSaslName = 20;    // of a mechanism (RFC 4422, section 3.1)
inline constexpr std::size_t kMaxSaslSteps = 20;   // mechanisms take 1 to 4
inline constexpr std::size_t kMaxSaslList = 1024;  // bytes of a server's list

// The server's side; the policy has `sasl`. The result is sent by the caller, who puts the login's
// layer, if there is one, onto the channel behind it. Suspends for the peer, for as long as the
// policy gives to a login in all, and for workers. Throws ProtocolError, TimedOut, Disconnected,
// Cancelled.
Task<Login> log_in_sasl(Channel& channel, const AccessPolicy& policy, WorkerPool& pool);

// The viewer's side, for tests and the load tester: computes on the loop thread. Returns the layer
// that begins behind the result, which is the caller's to read; null where there is none. Suspends
// for the peer. Throws ProtocolError, AuthenticationError where no mechanism is for us or the
// server does not prove what it has to, Disconnected, Cancelled.
Task<std::shared_ptr<SaslSession>>
prove_sasl(Channel& channel, std::string user, std::string password);

} // namespace covnc
