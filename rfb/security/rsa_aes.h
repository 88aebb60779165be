// The RSA-AES security types, from the server's side (rfbproto.rst, "RSA-AES Security Type"): each
// end encrypts a random number with the other's RSA key, and both together make session keys.
#pragma once

#include "coroutine/worker_pool.h"
#include "rfb/access.h"
#include "rfb/channel.h"
#include "rfb/security/login.h"

namespace covnc {

// type: one of the four; the policy has an rsa_key. Asks for user and password where the policy has
// users, else for a password. Leaves its layer on the channel where the type encrypts the session;
// the result, which goes through it then, is sent by the caller. Suspends for the peer, within the
// policy's limits, and for workers. Throws ProtocolError, AuthenticationError, TimedOut,
// Disconnected, Cancelled.
Task<Login>
log_in_rsa_aes(Channel& channel, SecurityType type, const AccessPolicy& policy, WorkerPool& pool);

} // namespace covnc
