// VeNCrypt: whole sessions with our viewer's side, and the bytes in front of TLS by hand.
#include "rfb/client_handshake.h"
#include "rfb/handshake_messages.h"
#include "rfb/security/security_types.h"
#include "rfb/security/vencrypt.h"
#include "rfb/transport/tls_stream.h"
#include "tests/rfb/security/vencrypt_support.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::seconds;

namespace {

const std::vector<SecurityType> kTypesWithTls{SecurityType::kX509Plain,
                                              SecurityType::kX509Vnc,
                                              SecurityType::kX509None,
                                              SecurityType::kTlsPlain,
                                              SecurityType::kTlsVnc,
                                              SecurityType::kTlsNone};

// Up to the version that both speak.
Task<Peer*> open_vencrypt(World& world)
{
    Peer& peer = world.connect();
    co_await peer.expect(kVersion38);
    co_await peer.send(kVersion38);
    co_await peer.expect("01 13");
    co_await peer.send("13");
    co_await peer.expect("0002");
    co_return &peer;
}

Task<> check_version(World& world, std::string version)
{
    Peer& peer = *co_await open_vencrypt(world);
    co_await peer.send(version);
    co_await peer.expect("ff");
    co_await peer.expect_end();
    CHECK_THAT(peer.ended(), Catch::StartsWith("ProtocolError: it speaks VeNCrypt "));
}

Task<> check_subtype_refused(World& world, std::uint32_t number)
{
    Peer& peer = *co_await open_vencrypt(world);
    co_await peer.send("0002");
    co_await peer.expect("00 01 00000106");
    Bytes answer;
    ByteWriter(answer).u32(number);
    co_await peer.stream().write_all(ByteView(answer));
    co_await peer.expect("00");
    co_await peer.expect_end();
    CHECK(peer.ended() ==
          "ProtocolError: VeNCrypt subtype " + std::to_string(number) + " was not offered");
}

// The viewer's bytes end after `at`. False once that is beyond its handshake.
Task<bool> check_break(World& world, SecurityType type, std::uint64_t at)
{
    MemoryPipeScript up;
    up.break_after = at;
    Peer& peer = world.connect({}, up);
    const ClientIdentity identity = identity_for(world, type);
    const Outcome outcome = co_await come(peer, identity);
    peer.leave();
    co_await peer.end().wait();
    CAPTURE(at, name_of(type), outcome.error);
    CHECK_THAT(peer.ended(), Catch::StartsWith("Disconnected: "));
    world.peers.clear();
    co_return !outcome.error.empty();
}

// Answers to what the server asks until it asks no more; then waits for it to give up.
Task<> check_deadline(World& world, std::string sent, seconds limit)
{
    const TimePoint begin = world.loop.now();
    Peer& peer = world.connect();
    co_await peer.send(sent);
    co_await peer.end().wait();
    CHECK(peer.ended() == "TimedOut: timed out");
    CHECK(world.loop.now() - begin == limit);
}

} // namespace

TEST_CASE("each type with TLS lets in who may come, and nobody else", "[vencrypt]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world, kTypesWithTls);
        for (const SecurityType type : kTypesWithTls) {
            CAPTURE(name_of(type));
            Peer& peer = world.connect();
            ClientIdentity identity = identity_for(world, type);
            const Outcome outcome = co_await come(peer, identity);
            CHECK(outcome.error.empty());
            CHECK(outcome.greeting.security == type);
            CHECK(outcome.greeting.size == Size{8, 4});
            CHECK(peer.session().greeting().security == type);
            const bool names = login_of(type) == SecurityType::kPlain;
            CHECK(peer.session().greeting().user == (names ? "ann" : ""));

            Peer& guesser = world.connect();
            identity.password = "guess";
            const Outcome denied = co_await come(guesser, identity);
            const bool has_none = login_of(type) == SecurityType::kNone;
            CHECK(denied.error ==
                  (has_none ? ""
                            : "AuthenticationError: the server denies the login: authentication "
                              "failed"));
        }
    });
}

TEST_CASE("VeNCrypt works in RFB 3.7; 3.3 has plain types only", "[vencrypt]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world, {SecurityType::kX509Vnc, SecurityType::kX509None, SecurityType::kVncAuth});
        for (const SecurityType type : {SecurityType::kX509Vnc, SecurityType::kX509None}) {
            ClientIdentity identity = identity_for(world, type);
            identity.version = ProtocolVersion::k3_7;
            const Outcome outcome = co_await come(world.connect(), identity);
            CHECK(outcome.error.empty());
            CHECK(outcome.greeting.security == type);
        }
        Peer& old = world.connect();
        co_await old.expect(kVersion38);
        co_await old.send("52 46 42 20 30 30 33 2e 30 30 33 0a");
        co_await old.expect("00000002");
        world.policy.types = {SecurityType::kX509Vnc};
        Peer& refused = world.connect();
        co_await refused.expect(kVersion38);
        co_await refused.send("52 46 42 20 30 30 33 2e 30 30 33 0a");
        co_await refused.expect("00000000");
    });
}

TEST_CASE("lists keep the policy's order, VeNCrypt once at its first place", "[vencrypt]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world,
              {SecurityType::kVncAuth,
               SecurityType::kX509Vnc,
               SecurityType::kNone,
               SecurityType::kTlsNone,
               SecurityType::kVncAuth});
        Peer& peer = world.connect();
        co_await peer.expect(kVersion38);
        co_await peer.send(kVersion38);
        co_await peer.expect("03 02 13 01");
        co_await peer.send("13");
        co_await peer.expect("0002");
        co_await peer.send("0002");
        co_await peer.expect("00 02 00000105 00000101");
    });
}

TEST_CASE("what cannot be done here is not offered", "[vencrypt]")
{
    auto ends = make_memory_streams();
    AccessPolicy policy;
    policy.types = {SecurityType::kPlain, SecurityType::kTlsVnc, SecurityType::kX509Vnc};
    CHECK(possible_types(policy, *ends.first).empty());
    policy.tls = TlsCredentials::for_server({});
    CHECK(possible_types(policy, *ends.first) == std::vector{SecurityType::kTlsVnc});
    policy.tls = server_credentials();
    CHECK(possible_types(policy, *ends.first) ==
          std::vector{SecurityType::kTlsVnc, SecurityType::kX509Vnc});
    const ConfidentialStream private_stream(*ends.first);
    CHECK(possible_types(policy, private_stream) == policy.types);

    play({8, 4}, [](World& world) -> Task<> {
        offer(world, {SecurityType::kPlain});
        Peer& peer = world.connect();
        co_await peer.send(kVersion38);
        const Bytes greeting = co_await peer.read(kVersionSize + 1);
        CHECK(greeting.back() == 0);
        co_await peer.end().wait();
        CHECK(peer.ended() == "ProtocolError: no security type can be used on this connection");
    });
}

TEST_CASE("Plain without TLS where nobody can read along", "[vencrypt]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world, {SecurityType::kPlain});
        auto ends = make_memory_streams();
        Channel server(std::move(ends.second));
        server.add<ConfidentialStream>();
        Channel viewer(*ends.first);
        const ClientIdentity identity = identity_for(world, SecurityType::kPlain);
        const auto join = [](Channel& channel, World& the_world) -> Task<> {
            const Greeting greeting = co_await handshake(channel, the_world.policy, the_world.pool);
            CHECK(greeting.security == SecurityType::kPlain);
            CHECK(greeting.user == "ann");
            Bytes init;
            append_server_init(init, {8, 4}, PixelFormat(), "x");
            co_await channel.stream().write_all(ByteView(init));
        };
        const auto visit = [](Channel& channel, const ClientIdentity& who) -> Task<> {
            const ServerGreeting greeting = co_await client_handshake(channel, who);
            CHECK(greeting.security == SecurityType::kPlain);
        };
        co_await when_all(join(server, world), visit(viewer, identity));
    });
}

TEST_CASE("only version 0.2 is spoken", "[vencrypt]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world, {SecurityType::kX509Plain});
        for (const char* const version : {"0000", "0001", "0003", "0100", "0102", "ffff"}) {
            co_await check_version(world, version);
        }
    });
}

TEST_CASE("subtypes that were not offered are refused, all of them", "[vencrypt]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world, {SecurityType::kX509Plain});
        for (std::uint32_t number = 0; number < 300; ++number) {
            if (number != 0x106) {
                co_await check_subtype_refused(world, number);
            }
        }
        for (const std::uint32_t number : {0x01000000U, 0x06010000U, 0x10106U, 0xffffffffU}) {
            co_await check_subtype_refused(world, number);
        }
    });
}

TEST_CASE("types that are offered inside of VeNCrypt are none outside", "[vencrypt]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world, {SecurityType::kX509Vnc, SecurityType::kTlsNone});
        for (unsigned number = 0; number < 256; ++number) {
            if (number == 0x13) {
                continue;
            }
            Peer& peer = world.connect();
            co_await peer.expect(kVersion38);
            co_await peer.send(kVersion38);
            co_await peer.expect("01 13");
            const auto type = static_cast<std::uint8_t>(number);
            co_await peer.stream().write_all(ByteView(&type, 1));
            co_await peer.expect_end();
            CHECK(peer.ended() ==
                  "ProtocolError: security type " + std::to_string(number) + " was not offered");
            world.peers.clear();
        }
    });
}

TEST_CASE("what comes in clear in front of TLS is never taken for what came through it",
          "[vencrypt]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world, {SecurityType::kTlsNone});
        // ClientInit, right behind the choice.
        Peer& peer = world.connect();
        co_await peer.send(std::string(kVersion38) + "13 0002 00000101 01");
        co_await peer.end().wait();
        CHECK(peer.ended() == "ProtocolError: 1 bytes came in clear where encryption was to begin");

        // Later, where TLS is expected.
        Peer& later = world.connect();
        co_await later.send(std::string(kVersion38) + "13 0002 00000101");
        co_await world.sleep(seconds(1));
        co_await later.send("01");
        co_await later.end().wait();
        CHECK(later.ended() == "ProtocolError: TLS: what comes is no TLS");
    });
}

TEST_CASE("a peer that falls silent meets a deadline at every step", "[vencrypt]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world, {SecurityType::kX509Vnc});
        const std::string start = std::string(kVersion38) + "13";
        co_await check_deadline(world, start, seconds(10));
        co_await check_deadline(world, start + "00", seconds(10));
        co_await check_deadline(world, start + "0002 000001", seconds(10));
        co_await check_deadline(world, start + "0002 00000105", seconds(10));
    });
}

TEST_CASE("a peer that dribbles its ClientHello meets the deadline too", "[vencrypt]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world, {SecurityType::kX509Vnc});
        const TimePoint begin = world.loop.now();
        Peer& peer = world.connect();
        co_await peer.send(std::string(kVersion38) + "13 0002 00000105");
        for (const char* const byte : {"16", "03", "01", "02", "00", "01", "00", "01", "fc"}) {
            co_await world.sleep(seconds(1));
            co_await peer.send(byte);
        }
        co_await peer.end().wait();
        CHECK(peer.ended() == "TimedOut: timed out");
        CHECK(world.loop.now() - begin == seconds(10));
    });
}

TEST_CASE("a disconnect at every byte of every handshake ends just that session", "[vencrypt]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world, kTypesWithTls);
        for (const SecurityType type : kTypesWithTls) {
            bool is_inside = true;
            std::uint64_t at = 0;
            for (; is_inside; ++at) {
                is_inside = co_await check_break(world, type, at);
            }
            CHECK(at > 300);
        }
    });
}

TEST_CASE("new certificates are for who comes next; who is there stays", "[vencrypt]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world, {SecurityType::kX509None});
        TlsClientFiles trust;
        trust.ca = certificates().ca();
        trust.accepts_any = false;
        ClientIdentity identity = identity_for(world, SecurityType::kX509None);
        identity.tls.credentials = TlsCredentials::for_client(trust);
        identity.tls.server_name = "localhost";
        Peer& early = world.connect();
        Channel channel(early.stream());
        co_await client_handshake(channel, identity);

        const Certificates::Files other = certificates().issue_by_other("other");
        TlsServerFiles files;
        files.certificate = other.certificate;
        files.key = other.key;
        world.policy.tls = TlsCredentials::for_server(files);
        const Outcome outcome = co_await come(world.connect(), identity);
        CHECK_THAT(outcome.error, Catch::Contains("certificate is refused"));

        const Bytes request = hex("03 00 0000 0000 0008 0004");
        co_await channel.stream().write_all(ByteView(request));
        Bytes update(4);
        co_await channel.reader().read_exact(update);
        CHECK(update == hex("00 00 0001"));
    });
}

TEST_CASE("a viewer does not take a server's nonsense", "[vencrypt]")
{
    const auto meet = [](const std::string& server_bytes) {
        std::string error;
        VirtualClock clock;
        EventLoop loop(&clock);
        loop.run([](EventLoop& the_loop, std::string text, std::string& result) -> Task<> {
            ManualPool pool(the_loop);
            auto ends = make_memory_streams();
            const Bytes bytes = hex(text);
            co_await ends.second->write_all(ByteView(bytes));
            ends.second->shutdown_write();
            ClientIdentity identity;
            identity.security = {SecurityType::kX509None};
            identity.tls.credentials = TlsCredentials::for_client({});
            identity.tls.pool = &pool;
            Channel channel(*ends.first);
            try {
                co_await client_handshake(channel, identity);
            } catch (const std::exception& failure) {
                result = failure.what();
            }
        }(loop, server_bytes, error));
        return error;
    };
    const std::string start = std::string(kVersion38) + "01 13";
    CHECK(meet(start + "0001") == "the server speaks VeNCrypt 0.1");
    CHECK(meet(start + "0002 ff") == "the server does not take VeNCrypt 0.2");
    CHECK(meet(start + "0002 00 00") == "none of the server's VeNCrypt subtypes is for us: ");
    CHECK(meet(start + "0002 00 02 00000102 00000007") ==
          "none of the server's VeNCrypt subtypes is for us: TLSVnc, 7");
    CHECK(meet(start + "0002 00 01 00000104 00") ==
          "the server does not take the VeNCrypt subtype that it offers");
    CHECK_THAT(meet(start + "0002 00 01 00000104 01 00000000"),
               Catch::Contains("came in clear where encryption was to begin"));
    CHECK_THAT(meet(start + "0002 00 01 00000104 01"), Catch::Contains("TLS: the peer leaves"));
}
