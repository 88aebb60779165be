// Viewers that show who they are by certificates of their own.
#include "rfb/handshake.h"
#include "rfb/security/login_guard.h"
#include "tests/rfb/security/vencrypt_support.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

// Certificates of our authority are asked for, and hers is the one that is let in.
void offer_to_alice(World& world)
{
    offer(world, {SecurityType::kX509None});
    const Certificates::Files own = certificates().issue("server");
    TlsServerFiles files;
    files.certificate = own.certificate;
    files.key = own.key;
    files.client_ca = certificates().ca();
    files.client_names = certificates().write("allowed", "alice\n");
    world.policy.tls = TlsCredentials::for_server(files);
}

// One try with this certificate, or none, from an address; up to the end of TLS.
Task<std::string> show(World& world, LoginGuard& guard, const TlsClientFiles& certificate)
{
    auto ends = make_memory_streams();
    ends.second->set_peer_address("192.0.2.1");
    ClientIdentity identity = identity_for(world, SecurityType::kX509None);
    identity.tls.credentials = TlsCredentials::for_client(certificate);
    const auto serve = [](Stream& stream, World& the_world, LoginGuard& the_guard) -> Task<> {
        Channel channel(stream);
        co_await handshake(channel, the_world.policy, the_world.pool, &the_guard);
    };
    const auto visit = [](Stream& stream, const ClientIdentity& who) -> Task<> {
        Channel channel(stream);
        try {
            co_await client_handshake(channel, who);
        } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): the server says why
        }
        stream.shutdown_write();
    };
    std::string error;
    try {
        co_await when_all(serve(*ends.second, world, guard), visit(*ends.first, identity));
    } catch (const std::exception& failure) {
        error = failure.what();
    }
    co_return error;
}

} // namespace

TEST_CASE("a client certificate opens the display for its owner, and for nobody else",
          "[client_certificates]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer_to_alice(world);
        for (const char* const name : {"alice", "mallory", ""}) {
            TlsClientFiles client;
            if (name[0] != '\0') {
                const Certificates::Files mine = certificates().issue(name);
                client.certificate = mine.certificate;
                client.key = mine.key;
            }
            ClientIdentity identity = identity_for(world, SecurityType::kX509None);
            identity.tls.credentials = TlsCredentials::for_client(client);
            Peer& peer = world.connect();
            const Outcome outcome = co_await come(peer, identity);
            if (std::string(name) == "alice") {
                CHECK(outcome.error.empty());
                CHECK(peer.session().greeting().user == "alice");
                continue;
            }
            CHECK_THAT(outcome.error, Catch::StartsWith("ProtocolError: TLS: the peer gives up"));
            co_await peer.end().wait();
            CHECK_THAT(peer.ended(), Catch::StartsWith("AuthenticationError: TLS: the peer"));
        }
    });
}

TEST_CASE("certificates that are refused count as failed logins, missing ones do not",
          "[client_certificates][login-guard]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer_to_alice(world);
        LoginGuard guard;
        const TlsClientFiles none;
        for (int i = 0; i < 6; ++i) {
            const std::string error = co_await show(world, guard, none);
            CHECK_THAT(error, Catch::StartsWith("TLS: the peer shows no certificate"));
        }
        const Certificates::Files foreign = certificates().issue("mallory");
        TlsClientFiles wrong;
        wrong.certificate = foreign.certificate;
        wrong.key = foreign.key;
        for (int i = 0; i < 5; ++i) {
            const std::string error = co_await show(world, guard, wrong);
            CHECK_THAT(error, Catch::StartsWith("TLS: the peer's certificate is refused"));
        }
        const std::string error = co_await show(world, guard, wrong);
        CHECK_THAT(error, Catch::StartsWith("too many failed logins"));
    });
}
