// A server with a certificate, and our viewer's side for it.
#pragma once

#include "rfb/client_handshake.h"
#include "rfb/transport/tls_credentials.h"
#include "tests/rfb/security/login_support.h"
#include "tests/support/certificates.h"

#include <memory>
#include <string>
#include <vector>

namespace covnc::test {

inline Certificates& certificates()
{
    static Certificates made;
    return made;
}

inline std::shared_ptr<const TlsCredentials> server_credentials()
{
    static const auto made = [] {
        const Certificates::Files own = certificates().issue("server");
        TlsServerFiles files;
        files.certificate = own.certificate;
        files.key = own.key;
        return TlsCredentials::for_server(files);
    }();
    return made;
}

inline void offer(World& world, std::vector<SecurityType> types)
{
    world.policy.types = std::move(types);
    world.policy.passwords = {"secret", "look"};
    world.policy.users = std::make_shared<TwoUsers>();
    world.policy.tls = server_credentials();
}

inline ClientIdentity identity_for(World& world, SecurityType type)
{
    static const auto careless = TlsCredentials::for_client({});
    ClientIdentity identity;
    identity.security = {type};
    identity.user = "ann";
    identity.password = "secret";
    identity.tls.credentials = careless;
    identity.tls.pool = &world.pool;
    return identity;
}

struct Outcome
{
    Outcome() = default;
    ServerGreeting greeting;
    std::string error;
};

// Logs in, and leaves.
inline Task<Outcome> come(Peer& peer, const ClientIdentity& identity)
{
    Outcome outcome;
    Channel channel(peer.stream());
    try {
        outcome.greeting = co_await client_handshake(channel, identity);
    } catch (const AuthenticationError& error) {
        outcome.error = std::string("AuthenticationError: ") + error.what();
    } catch (const ProtocolError& error) {
        outcome.error = std::string("ProtocolError: ") + error.what();
    } catch (const TimedOut&) {
        outcome.error = "TimedOut";
    } catch (const Disconnected&) {
        outcome.error = "Disconnected";
    }
    co_return outcome;
}

} // namespace covnc::test
