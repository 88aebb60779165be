// The viewer's side of the handshake: against our own sessions, and against servers by hand.
#include "rfb/client_handshake.h"
#include "tests/rfb/session_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

struct Outcome
{
    Outcome() = default;
    ServerGreeting greeting;
    std::string error;
};

Task<Outcome> shake_hands(Stream& stream, const ClientIdentity& identity)
{
    Outcome outcome;
    Channel channel(stream);
    try {
        outcome.greeting = co_await client_handshake(channel, identity);
    } catch (const AuthenticationError& error) {
        outcome.error = std::string("AuthenticationError: ") + error.what();
    } catch (const ProtocolError& error) {
        outcome.error = std::string("ProtocolError: ") + error.what();
    } catch (const ConnectionRefused& error) {
        outcome.error = std::string("ConnectionRefused: ") + error.what();
    } catch (const TimedOut& error) {
        outcome.error = "TimedOut";
    } catch (const Disconnected& error) {
        outcome.error = "Disconnected";
    }
    co_return outcome;
}

// What a viewer makes of a server that sends just these bytes, and then nothing or its end.
Outcome meet(const std::string& server_bytes, bool ends, const ClientIdentity& identity = {})
{
    VirtualClock clock;
    EventLoop loop(&clock);
    return loop.run([](std::string bytes_in_hex, bool closes, ClientIdentity who) -> Task<Outcome> {
        auto ends_of_it = make_memory_streams({}, {});
        const Bytes bytes = hex(bytes_in_hex);
        co_await ends_of_it.second->write_all(ByteView(bytes));
        if (closes) {
            ends_of_it.second->shutdown_write();
        }
        Outcome outcome = co_await shake_hands(*ends_of_it.first, who);
        co_return outcome;
    }(server_bytes, ends, identity));
}

ClientIdentity identity_of(ProtocolVersion version, std::string password)
{
    ClientIdentity identity;
    identity.version = version;
    identity.password = std::move(password);
    return identity;
}

constexpr const char* kInit = "0008 0004 20 18 00 01 00ff 00ff 00ff 10 08 00 000000 "
                              "00000002 68 69";

} // namespace

TEST_CASE("a viewer of each version gets in, with and without a password", "[client]")
{
    const auto story = [](World& world) -> Task<> {
        for (const SecurityType type : {SecurityType::kNone, SecurityType::kVncAuth}) {
            world.policy.types = {type};
            world.policy.passwords = {"secret", ""};
            for (const ProtocolVersion version :
                 {ProtocolVersion::k3_3, ProtocolVersion::k3_7, ProtocolVersion::k3_8}) {
                Peer& peer = world.connect();
                const ClientIdentity identity = identity_of(version, "secret");
                const Outcome outcome = co_await shake_hands(peer.stream(), identity);
                CHECK(outcome.error.empty());
                CHECK(outcome.greeting.version == version);
                CHECK(outcome.greeting.security == type);
                CHECK(outcome.greeting.size == Size{8, 4});
                CHECK(outcome.greeting.name == "covnc");
                CHECK(peer.session().greeting().version.protocol == version);
                CHECK(peer.session().greeting().shared);
            }
        }
    };
    play({8, 4}, story);
}

TEST_CASE("a wrong password is told as such, with the server's reason", "[client]")
{
    const auto story = [](World& world) -> Task<> {
        world.policy.types = {SecurityType::kVncAuth};
        world.policy.passwords = {"secret", ""};
        for (const ProtocolVersion version : {ProtocolVersion::k3_3, ProtocolVersion::k3_8}) {
            Peer& peer = world.connect();
            const ClientIdentity identity = identity_of(version, "guess");
            const Outcome outcome = co_await shake_hands(peer.stream(), identity);
            const bool has_reason = version == ProtocolVersion::k3_8;
            CHECK(outcome.error == std::string("AuthenticationError: the server denies the login") +
                                       (has_reason ? ": authentication failed" : ""));
        }
    };
    play({8, 4}, story);
}

TEST_CASE("without a password VncAuth is not chosen", "[client]")
{
    const Outcome outcome = meet(std::string(kVersion38) + "02 02 13", false);
    CHECK(outcome.error ==
          "AuthenticationError: none of the server's security types is for us: 2, 19");
}

TEST_CASE("None is preferred to a password", "[client]")
{
    const Outcome outcome = meet(std::string(kVersion38) + "02 02 01 00000000" + kInit,
                                 false,
                                 identity_of(ProtocolVersion::k3_8, "secret"));
    CHECK(outcome.error.empty());
    CHECK(outcome.greeting.security == SecurityType::kNone);
    CHECK(outcome.greeting.name == "hi");
}

TEST_CASE("a refusal gives its reason without control characters", "[client]")
{
    const std::string reason = "00000005 66 75 6c 6c 1b";
    CHECK(meet(std::string(kVersion38) + "00" + reason, true).error ==
          "ConnectionRefused: the server refuses: full?");
    const std::string version33 = "52 46 42 20 30 30 33 2e 30 30 33 0a";
    CHECK(meet(version33 + "00000000" + reason, true).error ==
          "ConnectionRefused: the server refuses: full?");
}

TEST_CASE("a server that is not one, that lies or that is silent ends the handshake", "[client]")
{
    const std::string start = std::string(kVersion38) + "01 01 00000000";
    CHECK(meet("48 54 54 50 2f 31 2e 31 20 32 30 30", false).error.starts_with("ProtocolError"));
    CHECK(meet(std::string(kVersion38) + "00 7fffffff", false).error ==
          "ProtocolError: the server sends a text of 2147483647 bytes");
    CHECK(meet(start + "0008 0004 20 18 00 01 00ff 00ff 00ff 10 08 00 000000 ffffffff", false)
              .error == "ProtocolError: the server sends a text of 4294967295 bytes");
    CHECK(meet(start + "0008 0004 21 18 00 01 00ff 00ff 00ff 10 08 00 000000 00000000", false)
              .error.starts_with("ProtocolError: ServerInit"));
    CHECK(meet(start, false).error == "TimedOut");
    CHECK(meet(start, true).error == "Disconnected");
    CHECK(meet("52 46 42 20 30 30 33 2e 30 30 33 0a 00000101", false)
              .error.starts_with("AuthenticationError: none of"));
}
