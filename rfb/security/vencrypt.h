// VeNCrypt, security type 19, version 0.2 (rfbproto.rst, "VeNCrypt"): TLS around another login.
// Both sides.
#pragma once

#include "coroutine/worker_pool.h"
#include "rfb/access.h"
#include "rfb/channel.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace covnc {

// What was agreed on.
struct VencryptChoice
{
    VencryptChoice() = default; // not an aggregate: see docs/coroutine-pitfalls.md

    SecurityType type = SecurityType::kInvalid; // one of VeNCrypt's subtypes
    std::string peer_name; // of the certificate that the peer has shown: its text; else empty
};

// Those of the policy's types that can be offered over this stream: TLS needs credentials, a
// password in clear needs a stream that nobody else reads, SASL a mechanism that fits, and Tight
// something inside of it.
std::vector<SecurityType> possible_types(const AccessPolicy& policy, const Stream& stream);

// The server's side, as far as the login inside: agrees on one of `offered` that VeNCrypt has; its
// TLS is on the channel then. Suspends for the peer, within the policy's limits, and for workers.
// Throws ProtocolError, AuthenticationError (the peer's certificate), TimedOut, Disconnected,
// Cancelled.
Task<VencryptChoice> offer_vencrypt(Channel& channel,
                                    std::vector<SecurityType> offered,
                                    const AccessPolicy& policy,
                                    WorkerPool& pool);

// What a viewer needs for TLS.
struct ViewerTls
{
    std::shared_ptr<const TlsCredentials> credentials; // null: no TLS
    WorkerPool* pool = nullptr;                        // must live longer
    std::string server_name; // where certificates are checked: whom we want to talk to
};

// The viewer's side: the first of `wanted` that is offered. As above; AuthenticationError also
// where none is.
Task<SecurityType>
accept_vencrypt(Channel& channel, std::vector<SecurityType> wanted, const ViewerTls& tls);

} // namespace covnc
