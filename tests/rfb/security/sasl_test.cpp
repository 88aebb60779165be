// SASL: whole sessions with our viewer's side, and what viewers by hand may try.
#include "rfb/client_handshake.h"
#include "rfb/security/login_guard.h"
#include "rfb/security/sasl.h"
#include "rfb/security/sasl_stream.h"
#include "rfb/security/security_types.h"
#include "tests/rfb/security/login_support.h"
#include "tests/rfb/security/sasl_support.h"
#include "tests/support/certificates.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::seconds;

namespace {

// ann and bob, whom TwoUsers knows too, and eve, whom it does not.
const std::string& database()
{
    static const Certificates folder;
    static const std::string path = [] {
        const std::string file = folder.folder() + "/sasldb2";
        add_sasl_user(file, "ann", "secret");
        add_sasl_user(file, "bob", "look");
        add_sasl_user(file, "eve", "apple");
        return file;
    }();
    return path;
}

std::shared_ptr<const SaslServer> server_with(std::vector<std::string> mechanisms)
{
    return std::make_shared<const SaslServer>(std::move(mechanisms), sasl_options(database()));
}

std::shared_ptr<const TlsCredentials> server_credentials()
{
    static Certificates made;
    static const auto credentials = [] {
        const Certificates::Files own = made.issue("server");
        TlsServerFiles files;
        files.certificate = own.certificate;
        files.key = own.key;
        return TlsCredentials::for_server(files);
    }();
    return credentials;
}

void offer(World& world, SecurityType type, std::string mechanism)
{
    world.policy.types = {type};
    world.policy.sasl = server_with({std::move(mechanism)});
    world.policy.tls = server_credentials();
    world.policy.users = std::make_shared<TwoUsers>();
}

ClientIdentity identity_for(World& world, SecurityType type, std::string user, std::string password)
{
    static const auto careless = TlsCredentials::for_client({});
    ClientIdentity identity;
    identity.security = {type};
    identity.user = std::move(user);
    identity.password = std::move(password);
    identity.tls.credentials = careless;
    identity.tls.pool = &world.pool;
    return identity;
}

// What became of a viewer: "in", "in, view only", or why not.
Task<std::string> come(World& world, SecurityType type, std::string user, std::string password)
{
    Peer& peer = world.connect();
    const ClientIdentity identity = identity_for(world, type, std::move(user), std::move(password));
    Channel channel(peer.stream());
    std::string refusal;
    try {
        co_await client_handshake(channel, identity);
    } catch (const std::exception& error) {
        refusal = error.what();
    }
    if (!refusal.empty()) {
        co_await peer.end().wait();
        co_return refusal + " | " + peer.ended();
    }
    const bool view_only = peer.session().greeting().view_only;
    co_return peer.session().greeting().user + (view_only ? " is in, view only" : " is in");
}

Task<> check_type(World& world, SecurityType type, std::string mechanism)
{
    CAPTURE(name_of(type), mechanism);
    offer(world, type, mechanism);
    const std::string ann = co_await come(world, type, "ann", "secret");
    CHECK(ann == "ann is in");
    const std::string bob = co_await come(world, type, "bob", "look");
    CHECK(bob == "bob is in, view only");
    const std::string wrong = co_await come(world, type, "ann", "Secret");
    CHECK_THAT(wrong, Catch::Contains("the server denies the login"));
    CHECK_THAT(wrong, Catch::EndsWith("AuthenticationError: SASL: authentication failure"));
    const std::string stranger = co_await come(world, type, "eve", "apple");
    CHECK_THAT(stranger, Catch::EndsWith("AuthenticationError: unknown user"));
    const std::string nobody = co_await come(world, type, "joe", "apple");
    CHECK_THAT(nobody, Catch::EndsWith("AuthenticationError: SASL: user not found"));
}

// One login where nobody else reads along, or somebody does, and what the viewer said is `input`.
Task<> feed(LoginWorld& world, bool is_confidential, Bytes input)
{
    Channel channel(*world.server);
    if (is_confidential) {
        channel.add<ConfidentialStream>();
    }
    co_await world.viewer->write_all(ByteView(input));
    world.viewer->shutdown_write();
    co_await note_outcome(world, log_in_sasl(channel, world.policy, world.pool));
}

std::string outcome_of(std::string hex_bytes, std::vector<std::string> mechanisms = {"PLAIN"})
{
    VirtualClock clock;
    EventLoop loop(&clock);
    LoginWorld world(loop);
    world.policy.sasl = server_with(std::move(mechanisms));
    loop.run(feed(world, true, hex(hex_bytes)));
    return world.outcome;
}

constexpr const char* kPlain = "00000005 504c41494e ";

// A login with PLAIN; `text` in hex, with zeros between the three names, and its NUL behind.
std::string plain(const std::string& text)
{
    Bytes head;
    ByteWriter(head).u32(static_cast<std::uint32_t>(hex(text).size()));
    std::string digits;
    for (const std::uint8_t byte : head) {
        constexpr const char* kDigits = "0123456789abcdef";
        digits += {kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
    return kPlain + digits + text;
}

constexpr const char* kAnnsProof = "00 616e6e 00 736563726574";

struct Visit
{
    Visit() = default;
    MemoryPipeScript up{};
    MemoryPipeScript down{};
    std::string server;
    std::string viewer;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    bool is_layered = false;
};

Task<> serve(LoginWorld& world, Visit& visit)
{
    Channel channel(*world.server);
    try {
        const Greeting greeting = co_await handshake(channel, world.policy, world.pool);
        visit.server = "in: " + greeting.user;
        visit.is_layered = channel.stream().is_confidential();
    } catch (const Disconnected&) {
        visit.server = "Disconnected";
    } catch (const std::exception& error) {
        visit.server = error.what();
    }
    world.server->shutdown_write();
    visit.received = world.server->bytes_written();
}

Task<> view(LoginWorld& world, Visit& visit)
{
    ClientIdentity identity;
    identity.security = {SecurityType::kSasl};
    identity.user = "ann";
    identity.password = "secret";
    Channel channel(*world.viewer);
    try {
        co_await client_handshake(channel, identity);
        visit.viewer = "in";
    } catch (const Disconnected&) {
        visit.viewer = "Disconnected";
    } catch (const std::exception& error) {
        visit.viewer = error.what();
    }
    world.viewer->shutdown_write();
    visit.sent = world.viewer->bytes_written();
}

// One login with PLAIN from an address, over a stream that nobody else reads: "in", or the error.
Task<std::string> knock(LoginWorld& world, LoginGuard& guard, std::string proof)
{
    auto ends = make_memory_streams();
    ends.second->set_peer_address("192.0.2.1");
    Channel channel(std::move(ends.second));
    channel.add<ConfidentialStream>();
    const Bytes input = hex(std::string(kVersion38) + "14" + plain(proof) + "01");
    co_await ends.first->write_all(ByteView(input));
    try {
        co_await handshake(channel, world.policy, world.pool, &guard);
    } catch (const std::exception& error) {
        co_return error.what();
    }
    co_return "in";
}

// Up to ClientInit.
Visit visited(Visit visit)
{
    static const auto sasl = server_with({"DIGEST-MD5"});
    VirtualClock clock;
    EventLoop loop(&clock);
    LoginWorld world(loop);
    world.policy.types = {SecurityType::kSasl};
    world.policy.sasl = sasl;
    auto ends = make_memory_streams(visit.up, visit.down);
    world.viewer = std::move(ends.first);
    world.server = std::move(ends.second);
    loop.run(when_all(serve(world, visit), view(world, visit)));
    return visit;
}

} // namespace

TEST_CASE("SASL: each type lets in who may come, and nobody else", "[sasl]")
{
    play({8, 4}, [](World& world) -> Task<> {
        co_await check_type(world, SecurityType::kX509Sasl, "SCRAM-SHA-256");
        co_await check_type(world, SecurityType::kTlsSasl, "SCRAM-SHA-256");
        co_await check_type(world, SecurityType::kTlsSasl, "PLAIN");
        co_await check_type(world, SecurityType::kSasl, "DIGEST-MD5");
    });
}

TEST_CASE("SASL: without a list of users all come whom it knows", "[sasl]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world, SecurityType::kTlsSasl, "SCRAM-SHA-256");
        world.policy.users = nullptr;
        const std::string eve = co_await come(world, SecurityType::kTlsSasl, "eve", "apple");
        CHECK(eve == "eve is in");
    });
}

TEST_CASE("SASL: what is offered depends on who could read along", "[sasl]")
{
    const auto all = server_with({"PLAIN", "SCRAM-SHA-256", "DIGEST-MD5", "CRAM-MD5", "ANONYMOUS"});
    const auto has = [&all](bool is_confidential, const char* name) {
        const std::vector<std::string>& names = all->mechanisms(is_confidential);
        return std::count(names.begin(), names.end(), name) == 1;
    };
    for (const char* const name : {"PLAIN", "SCRAM-SHA-256", "DIGEST-MD5", "CRAM-MD5"}) {
        CHECK(has(true, name));
    }
    CHECK(all->mechanisms(false) == std::vector<std::string>{"DIGEST-MD5"});
    CHECK_FALSE(has(true, "ANONYMOUS"));

    const auto ordinary = server_with({});
    for (const std::string& name : ordinary->mechanisms(true)) {
        CAPTURE(name);
        CHECK((name == "PLAIN" || name.rfind("SCRAM-", 0) == 0));
    }
    CHECK_FALSE(ordinary->mechanisms(true).empty());
    CHECK(ordinary->mechanisms(false).empty());

    auto ends = make_memory_streams();
    AccessPolicy policy;
    policy.types = {SecurityType::kSasl, SecurityType::kTlsSasl, SecurityType::kX509Sasl};
    policy.tls = server_credentials();
    CHECK(possible_types(policy, *ends.first).empty());
    policy.sasl = server_with({"SCRAM-SHA-256"});
    CHECK(possible_types(policy, *ends.first) ==
          std::vector{SecurityType::kTlsSasl, SecurityType::kX509Sasl});
    const ConfidentialStream private_stream(*ends.first);
    CHECK(possible_types(policy, private_stream) == policy.types);
}

TEST_CASE("SASL: numbers of types and their TLS are as QEMU and gtk-vnc have them", "[sasl]")
{
    CHECK(static_cast<int>(SecurityType::kX509Sasl) == 263);
    CHECK(static_cast<int>(SecurityType::kTlsSasl) == 264);
    CHECK(tls_kind_of(SecurityType::kX509Sasl) == TlsKind::kCertificate);
    CHECK(tls_kind_of(SecurityType::kTlsSasl) == TlsKind::kAnonymous);
    CHECK_FALSE(tls_kind_of(SecurityType::kSasl));
}

TEST_CASE("SASL: a viewer by hand", "[sasl]")
{
    CHECK(outcome_of(plain(std::string(kAnnsProof) + "00")) == "full ann");
    // The last byte counts as the NUL, whatever it is.
    CHECK(outcome_of(plain(std::string(kAnnsProof) + "ff")) == "full ann");
    CHECK(outcome_of(plain("00 626f62 00 6c6f6f6b 00")) == "view-only bob");
    // For somebody else.
    CHECK(outcome_of(plain("626f62 00 616e6e 00 736563726574 00")) ==
          "denied: SASL: authentication failure");
    // Without anything at first.
    CHECK(outcome_of(std::string(kPlain) + "00000000 0000000c " + kAnnsProof + "00") == "full ann");
}

TEST_CASE("SASL: lengths are bounded before anything is read", "[sasl]")
{
    CHECK(outcome_of("00000015") == "ProtocolError: a SASL mechanism's name of 21 bytes");
    CHECK(outcome_of("ffffffff") == "ProtocolError: a SASL mechanism's name of 4294967295 bytes");
    CHECK(outcome_of(std::string(kPlain) + "00010001") ==
          "ProtocolError: SASL data of 65537 bytes");
    CHECK(outcome_of(std::string(kPlain) + "ffffffff") ==
          "ProtocolError: SASL data of 4294967295 bytes");
    CHECK(outcome_of(std::string(kPlain) + "00000000 80000000") ==
          "ProtocolError: SASL data of 2147483648 bytes");
    CHECK(outcome_of(std::string(kPlain) + "00010000") == "Disconnected");
}

TEST_CASE("SASL: mechanisms that were not offered are refused", "[sasl]")
{
    const std::string refusal = "ProtocolError: a SASL mechanism that was not offered";
    for (const char* const name : {"00000000",
                                   "00000004 504c4149",             // PLAI
                                   "00000005 706c61696e",           // plain
                                   "00000006 504c41494e00",         // with a NUL
                                   "00000006 504c41494e2c",         // with a comma
                                   "00000008 45585445524e414c",     // EXTERNAL
                                   "0000000a 4449474553542d4d4435", // DIGEST-MD5
                                   "00000009 414e4f4e594d4f5553"}) {
        CHECK(outcome_of(std::string(name) + "00000000") == refusal);
    }
}

TEST_CASE("SASL: nonsense is no proof", "[sasl]")
{
    CHECK_THAT(outcome_of(plain("00")), Catch::StartsWith("denied: SASL: "));
    CHECK_THAT(outcome_of(plain("616e6e 00")), Catch::StartsWith("denied: SASL: "));
    CHECK_THAT(outcome_of(std::string(kPlain) + "00000000 00000000 00000000"),
               Catch::StartsWith("denied: SASL: "));
    CHECK_THAT(outcome_of("0000000a 4449474553542d4d4435 00000000 00000003 616200", {"DIGEST-MD5"}),
               Catch::StartsWith("denied: SASL: "));
    CHECK_THAT(
        outcome_of("0000000d 534352414d2d5348412d323536 00000005 6e2c2c6e00", {"SCRAM-SHA-256"}),
        Catch::StartsWith("denied: SASL: "));
}

TEST_CASE("SASL: whoever falls silent meets the deadline of a login", "[sasl]")
{
    play({8, 4}, [](World& world) -> Task<> {
        offer(world, SecurityType::kSasl, "DIGEST-MD5");
        for (const char* const sent : {"", "0000000a", "0000000a 4449474553542d4d4435 00000000"}) {
            const TimePoint begin = world.loop.now();
            Peer& peer = world.connect();
            co_await peer.send(std::string(kVersion38) + "14" + sent);
            co_await peer.end().wait();
            CHECK(peer.ended() == "TimedOut: timed out");
            CHECK(world.loop.now() - begin == seconds(120));
        }
    });
}

TEST_CASE("SASL: cut off at every byte, either way", "[sasl]")
{
    const Visit whole = visited({});
    REQUIRE(whole.server == "in: ann");
    CHECK(whole.is_layered);
    REQUIRE(whole.sent > 100);
    for (std::uint64_t length = 0; length < whole.sent; ++length) {
        CAPTURE(length);
        Visit plan;
        plan.up.break_after = length;
        CHECK(visited(plan).server == "Disconnected");
    }
    for (std::uint64_t length = 0; length < whole.received; ++length) {
        CAPTURE(length);
        Visit plan;
        plan.down.break_after = length;
        CHECK(visited(plan).viewer == "Disconnected");
    }
}

TEST_CASE("SASL: a layer carries pictures in pieces that are as short as may be", "[sasl]")
{
    play({200, 150}, [](World& world) -> Task<> {
        offer(world, SecurityType::kSasl, "DIGEST-MD5");
        MemoryPipeScript script;
        script.step = [] { return std::size_t{1000}; };
        Peer& peer = world.connect(script, script);
        world.fill(0x123456);
        const ClientIdentity identity = identity_for(world, SecurityType::kSasl, "ann", "secret");
        Channel channel(peer.stream());
        co_await client_handshake(channel, identity);
        const Bytes request = hex("03 00 0000 0000 00c8 0096");
        co_await channel.stream().write_all(ByteView(request));
        Bytes head(16);
        co_await channel.reader().read_exact(head);
        CHECK(head == hex("00 00 0001 0000 0000 00c8 0096 00000000"));
        Bytes pixels(std::size_t{200} * 150 * 4);
        co_await channel.reader().read_exact(pixels);
        CHECK(ByteReader(pixels, "pixels").u32() == 0x56341200);
        CHECK(std::equal(pixels.begin(), pixels.end() - 4, pixels.begin() + 4));

        // What did not come through the layer ends it.
        const Bytes clear = hex("00000014 0000000000000000 0000000000000000 0001 00000001");
        co_await peer.stream().write_all(ByteView(clear));
        co_await peer.end().wait();
        CHECK(peer.ended() == "AuthenticationError: what came was not made with the keys of the "
                              "SASL layer");
    });
}

TEST_CASE("SASL: what comes in clear behind a login that encrypts is not taken", "[sasl]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    LoginWorld world(loop);
    world.policy.types = {SecurityType::kSasl};
    world.policy.sasl = server_with({"DIGEST-MD5"});
    Visit visit;
    const auto meet = [](LoginWorld& the_world, std::string& error) -> Task<> {
        Channel channel(*the_world.viewer);
        const Bytes start = hex(std::string(kVersion38) + "14");
        co_await channel.stream().write_all(ByteView(start));
        co_await channel.reader().skip(14);
        const std::shared_ptr<SaslSession> layer = co_await prove_sasl(channel, "ann", "secret");
        const Bytes early = hex("01");
        co_await channel.stream().write_all(ByteView(early));
        std::array<std::uint8_t, 1> more{};
        co_await channel.reader().skip(4);
        co_await channel.reader().read_some(more);
        error = layer == nullptr ? "no layer" : "";
    };
    std::string error;
    loop.run(when_all(serve(world, visit), meet(world, error)));
    CHECK(error.empty());
    // It is read as the start of a piece, which never comes.
    CHECK(visit.server != "in: ann");
}

TEST_CASE("SASL: a viewer does not take a server's nonsense", "[sasl]")
{
    const auto meet = [](const std::string& server_bytes) {
        std::string error;
        VirtualClock clock;
        EventLoop loop(&clock);
        loop.run([](std::string text, std::string& result) -> Task<> {
            auto ends = make_memory_streams();
            const Bytes bytes = hex(text);
            co_await ends.second->write_all(ByteView(bytes));
            ends.second->shutdown_write();
            Channel channel(*ends.first);
            channel.add<ConfidentialStream>();
            try {
                co_await prove_sasl(channel, "ann", "secret");
                result = "in";
            } catch (const std::exception& failure) {
                result = failure.what();
            }
        }(server_bytes, error));
        return error;
    };
    const std::string list = "00000005 504c41494e ";
    CHECK(meet("00000401") == "a list of SASL mechanisms of 1025 bytes");
    CHECK_THAT(meet("00000000"), Catch::StartsWith("none of the server's SASL mechanisms"));
    CHECK_THAT(meet("00000003 014142"),
               Catch::StartsWith("none of the server's SASL mechanisms is for us: ?AB ("));
    CHECK(meet(list + "00010001") == "SASL data of 65537 bytes");
    CHECK(meet(list + "00000000 01") == "in");
    CHECK_THAT(meet(list + "00000000 00 00000000 00"), Catch::StartsWith("the server denies"));
    // SCRAM: it says that all is well before it has proved anything.
    CHECK_THAT(meet("0000000d 534352414d2d5348412d323536 00000000 01"),
               Catch::StartsWith("the server denies the login, or does not prove itself: SASL: "));
}

TEST_CASE("SASL: failures count for who may try again", "[sasl][login-guard]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run([](EventLoop& the_loop) -> Task<> {
        LoginWorld world(the_loop);
        world.policy.types = {SecurityType::kSasl};
        world.policy.sasl = server_with({"PLAIN"});
        LoginGuard guard;
        for (int i = 0; i < 5; ++i) {
            const std::string outcome = co_await knock(world, guard, "00 616e6e 00 78 00");
            CHECK(outcome == "SASL: authentication failure");
        }
        const std::string outcome = co_await knock(world, guard, std::string(kAnnsProof) + "00");
        CHECK_THAT(outcome, Catch::StartsWith("too many failed logins"));
    }(loop));
}
