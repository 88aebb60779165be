// Tight as an envelope: bytes by hand, and whole sessions with our viewer's side.
#include "rfb/client_handshake.h"
#include "rfb/handshake_messages.h"
#include "rfb/security/tight.h"
#include "tests/rfb/security/login_support.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::seconds;

namespace {

constexpr const char* kNoAuth = "00000001 53544456 4e4f415554485f5f";
constexpr const char* kVncAuth = "00000002 53544456 564e43415554485f";

std::string error_of_viewer(const std::string& server_bytes)
{
    std::string error;
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run([](std::string text, std::string& result) -> Task<> {
        auto ends = make_memory_streams();
        const Bytes bytes = hex(text);
        co_await ends.second->write_all(ByteView(bytes));
        ends.second->shutdown_write();
        ClientIdentity identity;
        identity.security = {SecurityType::kTight, SecurityType::kNone};
        Channel channel(*ends.first);
        try {
            const ServerGreeting greeting = co_await client_handshake(channel, identity);
            result = "in: " + greeting.name;
        } catch (const std::exception& failure) {
            result = failure.what();
        }
    }(server_bytes, error));
    return error;
}

// A viewer whose bytes end after `at`. True while that is within its handshake.
Task<bool> check_break(World& world, std::uint64_t at)
{
    MemoryPipeScript up;
    up.break_after = at;
    Peer& peer = world.connect({}, up);
    ClientIdentity identity;
    identity.security = {SecurityType::kTight, SecurityType::kVncAuth};
    identity.password = "secret";
    Channel channel(peer.stream());
    bool is_cut = false;
    try {
        co_await client_handshake(channel, identity);
    } catch (const Disconnected&) {
        is_cut = true;
    }
    peer.leave();
    co_await peer.end().wait();
    CHECK_THAT(peer.ended(), Catch::StartsWith("Disconnected: "));
    world.peers.clear();
    co_return is_cut;
}

} // namespace

TEST_CASE("Tight: lists, the choice, and what follows ServerInit", "[tight-security]")
{
    play({8, 4}, [](World& world) -> Task<> {
        world.policy.types = {
            SecurityType::kTight, SecurityType::kVncAuth, SecurityType::kRa2, SecurityType::kNone};
        world.policy.passwords = {"secret", "look"};
        Peer& peer = world.connect();
        co_await peer.expect(kVersion38);
        co_await peer.send(kVersion38);
        co_await peer.expect("04 10 02 05 01");
        co_await peer.send("10");
        co_await peer.expect(std::string("00000000 00000002") + kVncAuth + kNoAuth);
        co_await peer.send("00000001");
        co_await peer.expect("00000000");
        co_await peer.send("01");
        Bytes init;
        append_server_init(init, {8, 4}, PixelFormat(), world.display.name().value);
        const Bytes got = co_await peer.read(init.size());
        CHECK(got == init);
        co_await peer.expect("0001 0001 000f 0000"
                             "00000096 54474854 4355535f454f4355"   // EndOfContinuousUpdates
                             "00000096 54474854 4355435f454e4355"   // EnableContinuousUpdates
                             "00000001 53544456 434f505952454354"   // CopyRect
                             "00000002 53544456 5252455f5f5f5f5f"   // RRE
                             "00000004 53544456 434f5252455f5f5f"   // CoRRE
                             "00000005 53544456 48455854494c455f"   // Hextile
                             "00000006 54524456 5a4c49425f5f5f5f"   // Zlib
                             "00000007 54474854 54494748545f5f5f"   // Tight
                             "ffffffe0 54474854 4a504547514c564c"   // JPEG quality
                             "ffffff21 54474854 4e4557464253495a"   // DesktopSize
                             "ffffff20 54474854 4c41535452454354"   // LastRect
                             "ffffff18 54474854 504f494e54504f53"   // pointer position
                             "ffffff11 54474854 5243484355525352"   // Cursor
                             "ffffff10 54474854 5831314355525352"   // X Cursor
                             "ffffff00 54474854 434f4d50524c564c"   // compression
                             "fffffe00 5452424f 46494e45514c564c"   // fine quality
                             "fffffd00 5452424f 5353414d504c564c"); // subsampling
        CHECK(peer.session().greeting().is_tight);
        CHECK(peer.session().greeting().security == SecurityType::kNone);
        co_await peer.expect_silence();
    });
}

TEST_CASE("Tight: None alone is no choice", "[tight-security]")
{
    play({8, 4}, [](World& world) -> Task<> {
        world.policy.types = {SecurityType::kTight, SecurityType::kNone};
        Peer& peer = world.connect();
        co_await peer.send(std::string(kVersion38) + "10");
        co_await peer.expect(std::string(kVersion38) + "02 10 01 00000000 00000000 00000000");
        Peer& ours = world.connect();
        ClientIdentity identity;
        identity.security = {SecurityType::kTight, SecurityType::kNone};
        Channel channel(ours.stream());
        const ServerGreeting greeting = co_await client_handshake(channel, identity);
        CHECK(greeting.security == SecurityType::kNone);
        CHECK(greeting.is_tight);
    });
}

TEST_CASE("Tight: our viewer logs in through it", "[tight-security]")
{
    play({8, 4}, [](World& world) -> Task<> {
        world.policy.types = {SecurityType::kTight, SecurityType::kVncAuth};
        world.policy.passwords = {"secret", "look"};
        for (const ProtocolVersion version : {ProtocolVersion::k3_7, ProtocolVersion::k3_8}) {
            Peer& peer = world.connect();
            ClientIdentity identity;
            identity.version = version;
            identity.security = {SecurityType::kTight, SecurityType::kVncAuth};
            identity.password = "look";
            Channel channel(peer.stream());
            const ServerGreeting greeting = co_await client_handshake(channel, identity);
            CHECK(greeting.is_tight);
            CHECK(greeting.security == SecurityType::kVncAuth);
            CHECK(peer.session().greeting().view_only);
        }
        Peer& guesser = world.connect();
        ClientIdentity identity;
        identity.security = {SecurityType::kTight, SecurityType::kVncAuth};
        identity.password = "guess";
        Channel channel(guesser.stream());
        std::string error;
        try {
            co_await client_handshake(channel, identity);
        } catch (const AuthenticationError& failure) {
            error = failure.what();
        }
        CHECK(error == "the server denies the login: authentication failed");
    });
}

TEST_CASE("Tight: types that it was not asked to carry are refused", "[tight-security]")
{
    play({8, 4}, [](World& world) -> Task<> {
        world.policy.types = {SecurityType::kTight, SecurityType::kVncAuth, SecurityType::kRa2};
        world.policy.passwords = {"secret", "look"};
        const std::vector<const char*> answers{"00000000",
                                               "00000001",
                                               "00000005",
                                               "00000010",
                                               "00000013",
                                               "00000014",
                                               "00000100",
                                               "00000102",
                                               "01000002",
                                               "02000000",
                                               "ffffffff"};
        for (const char* const answer : answers) {
            Peer& peer = world.connect();
            co_await peer.send(std::string(kVersion38) + "10" + answer);
            co_await peer.end().wait();
            CHECK_THAT(peer.ended(),
                       Catch::StartsWith("ProtocolError: security type ") &&
                           Catch::EndsWith(" was not offered inside of Tight"));
            world.peers.clear();
        }
    });
}

TEST_CASE("Tight: it is offered with something inside, and not in RFB 3.3", "[tight-security]")
{
    auto ends = make_memory_streams();
    AccessPolicy policy;
    policy.types = {SecurityType::kTight, SecurityType::kRa2, SecurityType::kX509None};
    CHECK(possible_types(policy, *ends.first) == std::vector{SecurityType::kRa2});
    const std::vector types{SecurityType::kTight,
                            SecurityType::kX509Vnc,
                            SecurityType::kSasl,
                            SecurityType::kTlsNone,
                            SecurityType::kRa2_256};
    CHECK(types_inside_tight(types) == std::vector{SecurityType::kVeNCrypt, SecurityType::kSasl});
    play({8, 4}, [](World& world) -> Task<> {
        world.policy.types = {SecurityType::kTight, SecurityType::kNone};
        Peer& old = world.connect();
        co_await old.expect(kVersion38);
        co_await old.send("52 46 42 20 30 30 33 2e 30 30 33 0a");
        co_await old.expect("00000001");
    });
}

TEST_CASE("Tight: silence and cuts", "[tight-security]")
{
    play({8, 4}, [](World& world) -> Task<> {
        world.policy.types = {SecurityType::kTight, SecurityType::kVncAuth};
        world.policy.passwords = {"secret", "look"};
        const TimePoint begin = world.loop.now();
        Peer& peer = world.connect();
        co_await peer.send(std::string(kVersion38) + "10 000000");
        co_await peer.end().wait();
        CHECK(peer.ended() == "TimedOut: timed out");
        CHECK(world.loop.now() - begin == seconds(10));
        bool is_cut = true;
        std::uint64_t at = 0;
        for (; is_cut; ++at) {
            CAPTURE(at);
            is_cut = co_await check_break(world, at);
        }
        CHECK(at > 12 + 1 + 4 + 16);
    });
}

TEST_CASE("Tight: a viewer does not take a server's nonsense", "[tight-security]")
{
    const std::string start = std::string(kVersion38) + "01 10";
    CHECK(error_of_viewer(start + "00000101") == "a list of 257 capabilities");
    CHECK(error_of_viewer(start + "ffffffff") == "a list of 4294967295 capabilities");
    CHECK(error_of_viewer(start + "00000000 00000001" + kVncAuth) ==
          "none of the server's security types inside of Tight is for us");
    const std::string init = " 0008 0004 20180001 00ff00ff00ff100800 000000 00000001 78 ";
    // Without any type, it is None; with a tunnel on the list there is an answer more.
    CHECK(error_of_viewer(start + "00000000 00000000 00000000" + init + "0000 0000 0001 0000" +
                          kNoAuth) == "in: x");
    CHECK(error_of_viewer(start + "00000001" + kNoAuth + "00000001" + kNoAuth + "00000000" + init +
                          "0000 0000 0000 0000") == "in: x");
}
