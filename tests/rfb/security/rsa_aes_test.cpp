// RSA-AES: both our sides against each other, then viewers that cheat or break off anywhere.
#include "rfb/security/rsa_aes.h"
#include "rfb/security/rsa_aes_client.h"
#include "rfb/security/rsa_aes_stream.h"
#include "rfb/security/rsa_aes_suite.h"
#include "tests/rfb/security/login_support.h"
#include "tests/rfb/security/test_keys.h"

#include <catch2/catch.hpp>

#include <string_view>

using namespace covnc;
using namespace covnc::test;

namespace {

constexpr std::array kAllTypes{
    SecurityType::kRa2, SecurityType::kRa2ne, SecurityType::kRa2_256, SecurityType::kRa2ne_256};

std::shared_ptr<const RsaKey> key_of(std::string_view pem)
{
    const Bytes bytes(pem.begin(), pem.end());
    return std::make_shared<const RsaKey>(RsaKey::parse(bytes));
}

// What a viewer does otherwise than it should, at one step each.
using Change = void (*)(Bytes&);
struct Cheat
{
    Change key = nullptr;
    Change random = nullptr; // encrypted, with its length
    Change hash = nullptr;   // before it is encrypted
    Change record = nullptr; // that hash's, as it is sent
    Change credentials = nullptr;
    std::string behind; // in clear, behind the credentials
};

void apply(Change change, Bytes& bytes)
{
    if (change != nullptr) {
        change(bytes);
    }
}

// A viewer by hand, as the specification reads.
Task<> cheat(Stream& stream, SecurityType type, const RsaKey& key, const Cheat& how)
{
    const RsaAesSuite suite(type);
    Bytes server_wire(4 + 2 * 128);
    co_await stream.read_exact(server_wire);
    const RsaPublicKey server_key(server_wire);
    const Bytes ours(suite.random_size(), 7);
    Bytes wire = key.public_key().wire();
    apply(how.key, wire);
    co_await stream.write_all(ByteView(wire));
    Bytes random(2 + 128);
    co_await stream.read_exact(random);
    Bytes theirs(suite.random_size());
    key.decrypt(ByteView(random).subspan(2), theirs);
    Bytes out = hex("0080");
    ByteWriter(out).bytes(server_key.encrypt(ours));
    apply(how.random, out);
    co_await stream.write_all(ByteView(out));

    RsaAesKeys keys;
    keys.reading = suite.session_key(ours, theirs);
    keys.writing = suite.session_key(theirs, ours);
    Bytes hash = suite.hash(wire, server_wire);
    apply(how.hash, hash);
    auto records = make_memory_streams();
    RsaAesStream sealing(*records.first, keys);
    co_await sealing.write_all(ByteView(hash));
    Bytes record(sealing.bytes_written());
    co_await records.second->read_exact(record);
    apply(how.record, record);
    co_await stream.write_all(ByteView(record));

    Bytes credentials = hex("03 616e6e 06 736563726574");
    apply(how.credentials, credentials);
    const std::uint64_t before = sealing.bytes_written();
    co_await sealing.write_all(ByteView(credentials));
    Bytes last(sealing.bytes_written() - before);
    co_await records.second->read_exact(last);
    last.insert(last.end(), how.behind.begin(), how.behind.end());
    co_await stream.write_all(ByteView(last));
}

Task<> cheat_and_stay(LoginWorld& world, SecurityType type, const RsaKey& key, const Cheat& how)
{
    try {
        co_await cheat(*world.viewer, type, key, how);
    } catch (const Disconnected&) { // NOLINT(bugprone-empty-catch): it noticed
    }
}

Task<> serve(LoginWorld& world, SecurityType type)
{
    Channel channel(*world.server);
    co_await note_outcome(world, log_in_rsa_aes(channel, type, world.policy, world.pool));
    world.server->shutdown_write();
}

std::string outcome_of_cheat(SecurityType type, const Cheat& how)
{
    static const std::shared_ptr<const RsaKey> server_key = key_of(kServerKey);
    static const std::shared_ptr<const RsaKey> viewer_key = key_of(kViewerKey);
    VirtualClock clock;
    EventLoop loop(&clock);
    LoginWorld world(loop);
    world.policy.rsa_key = server_key;
    loop.run(when_all(serve(world, type), cheat_and_stay(world, type, *viewer_key, how)));
    return world.outcome;
}

struct Visit
{
    SecurityType type = SecurityType::kRa2;
    std::string user = "ann";
    std::string password = "secret";
    bool has_users = true;
    MemoryPipeScript up{};
    MemoryPipeScript down{};
};

struct Result
{
    Result() = default;
    std::string server;
    std::string viewer;
    bool is_layered = false; // the server's channel
    bool heard = false;      // what the server said next
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
};

Task<> visit(Stream& stream, const Visit& plan, const RsaKey& key, Result& result)
{
    Channel channel(stream);
    try {
        co_await prove_rsa_aes(channel, plan.type, key, plan.user, plan.password);
        Bytes greeting(2);
        co_await channel.reader().read_exact(greeting);
        result.heard = greeting == hex("6869");
        result.viewer = "done";
    } catch (const ProtocolError& error) {
        result.viewer = error.what();
    } catch (const Disconnected&) {
        result.viewer = "Disconnected";
    }
    result.sent = stream.bytes_written();
}

Task<> receive(LoginWorld& world, const Visit& plan, Result& result)
{
    Channel channel(*world.server);
    co_await note_outcome(world, log_in_rsa_aes(channel, plan.type, world.policy, world.pool));
    result.is_layered = &channel.stream() != world.server.get();
    try {
        const Bytes greeting = hex("6869");
        co_await channel.stream().write_all(ByteView(greeting));
    } catch (const Disconnected&) { // NOLINT(bugprone-empty-catch): it left
    }
    channel.stream().shutdown_write();
    result.received = world.server->bytes_written();
}

Result outcome_of(const Visit& plan)
{
    static const std::shared_ptr<const RsaKey> server_key = key_of(kServerKey);
    static const std::shared_ptr<const RsaKey> viewer_key = key_of(kViewerKey);
    VirtualClock clock;
    EventLoop loop(&clock);
    LoginWorld world(loop);
    world.policy.rsa_key = server_key;
    world.policy.passwords = {"a long password", "watch only", {}};
    if (!plan.has_users) {
        world.policy.users = nullptr;
    }
    auto ends = make_memory_streams(plan.up, plan.down);
    world.viewer = std::move(ends.first);
    world.server = std::move(ends.second);
    Result result;
    loop.run(
        when_all(receive(world, plan, result), visit(*world.viewer, plan, *viewer_key, result)));
    result.server = world.outcome;
    return result;
}

Result outcome_of(SecurityType type, std::string user, std::string password, bool has_users = true)
{
    Visit plan;
    plan.type = type;
    plan.user = std::move(user);
    plan.password = std::move(password);
    plan.has_users = has_users;
    return outcome_of(plan);
}

constexpr const char* kBadRecord =
    "AuthenticationError: an RSA-AES record that was not made with the session's key";

} // namespace

TEST_CASE("RSA-AES: every type logs users in, and encrypts what it says", "[rsa-aes]")
{
    for (const SecurityType type : kAllTypes) {
        const Result full = outcome_of(type, "ann", "secret");
        CHECK(full.server == "full ann");
        CHECK(full.viewer == "done");
        CHECK(full.heard);
        CHECK(full.is_layered == RsaAesSuite(type).encrypts_session());
        CHECK(outcome_of(type, "bob", "look").server == "view-only bob");
        const std::string denied = "denied: unknown user or wrong password";
        CHECK(outcome_of(type, "bob", "secret").server == denied);
        CHECK(outcome_of(type, "", "").server == denied);
        CHECK(outcome_of(type, std::string(255, 'x'), std::string(255, 'y')).server == denied);
    }
}

TEST_CASE("RSA-AES: without users every byte of the password counts", "[rsa-aes]")
{
    for (const SecurityType type : kAllTypes) {
        CHECK(outcome_of(type, "ann", "a long password", false).server == "full ");
        CHECK(outcome_of(type, "ann", "watch only", false).server == "view-only ");
        CHECK(outcome_of(type, "ann", "a long p", false).server == "denied: wrong password");
        CHECK(outcome_of(type, "ann", "", false).server == "denied: wrong password");
    }
}

TEST_CASE("RSA-AES: cut off at every byte, either way", "[rsa-aes]")
{
    Visit plan;
    plan.type = SecurityType::kRa2_256;
    const Result whole = outcome_of(plan);
    REQUIRE(whole.server == "full ann");
    for (std::uint64_t length = 0; length < whole.sent; ++length) {
        CAPTURE(length);
        plan.up.break_after = length;
        const Result cut = outcome_of(plan);
        CHECK(cut.server == "Disconnected");
    }
    plan.up.break_after.reset();
    for (std::uint64_t length = 0; length < whole.received; ++length) {
        CAPTURE(length);
        plan.down.break_after = length;
        const Result cut = outcome_of(plan);
        CHECK(cut.viewer == "Disconnected");
    }
}

TEST_CASE("RSA-AES: the viewer by hand gets in", "[rsa-aes]")
{
    for (const SecurityType type : kAllTypes) {
        CHECK(outcome_of_cheat(type, {}) == "full ann");
    }
}

TEST_CASE("RSA-AES: keys that are none are refused", "[rsa-aes]")
{
    const Change changes[] = {
        [](Bytes& key) { key = hex("00000000"); },
        [](Bytes& key) { key = hex("000003ff"); },
        [](Bytes& key) { key = hex("00002001"); },
        [](Bytes& key) { key = hex("80000000"); },
        [](Bytes& key) { key = hex("ffffffff"); },
        [](Bytes& key) { key[4 + 127] ^= 1U; },                      // an even modulus
        [](Bytes& key) { std::fill_n(key.begin() + 4, 128, 0x00); }, // none at all
        [](Bytes& key) { key.back() = 0; },                          // an even exponent
        [](Bytes& key) {
            std::fill_n(key.end() - 128, 128, 0x00);
            key.back() = 1;
        },
        [](Bytes& key) { std::fill_n(key.end() - 128, 128, 0xff); },
    };
    for (const Change change : changes) {
        Cheat how;
        how.key = change;
        CHECK_THAT(outcome_of_cheat(SecurityType::kRa2, how),
                   Catch::StartsWith("ProtocolError: an RSA key "));
    }
}

TEST_CASE("RSA-AES: an encrypted number of another length is refused", "[rsa-aes]")
{
    const Change changes[] = {
        [](Bytes& random) { random = hex("0000"); },
        [](Bytes& random) { random = hex("007f"); },
        [](Bytes& random) { random = hex("ffff"); },
    };
    for (const Change change : changes) {
        Cheat how;
        how.random = change;
        CHECK_THAT(outcome_of_cheat(SecurityType::kRa2ne_256, how),
                   Catch::StartsWith("ProtocolError: an encrypted random number of "));
    }
}

TEST_CASE("RSA-AES: bad padding, a bad record and a bad hash look alike", "[rsa-aes]")
{
    for (const SecurityType type : kAllTypes) {
        Cheat bad_padding;
        bad_padding.random = [](Bytes& random) { std::fill(random.begin() + 2, random.end(), 1); };
        CHECK(outcome_of_cheat(type, bad_padding) == kBadRecord);
        Cheat bad_number;
        bad_number.random = [](Bytes& random) { random[50] ^= 1U; };
        CHECK(outcome_of_cheat(type, bad_number) == kBadRecord);
        Cheat bad_record;
        bad_record.record = [](Bytes& record) { record[5] ^= 1U; };
        CHECK(outcome_of_cheat(type, bad_record) == kBadRecord);
        Cheat bad_hash;
        bad_hash.hash = [](Bytes& hash) { hash[0] ^= 1U; };
        CHECK(outcome_of_cheat(type, bad_hash) == kBadRecord);
    }
}

TEST_CASE("RSA-AES: what comes in clear behind an encrypted login is refused", "[rsa-aes]")
{
    Cheat how;
    how.behind = "\x01";
    CHECK(outcome_of_cheat(SecurityType::kRa2ne, how) ==
          "ProtocolError: more came than what was to be encrypted");
    // Inside of the same record as well.
    Cheat inside;
    inside.credentials = [](Bytes& credentials) { credentials.push_back(1); };
    CHECK(outcome_of_cheat(SecurityType::kRa2ne, inside) ==
          "ProtocolError: more came than what was to be encrypted");
    // With an encrypted session it is the session's, and wrong only where it was not encrypted.
    CHECK(outcome_of_cheat(SecurityType::kRa2, inside) == "full ann");
}

TEST_CASE("RSA-AES: who says nothing is waited for as long as a person may take", "[rsa-aes]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    LoginWorld world(loop);
    world.policy.rsa_key = key_of(kServerKey);
    loop.run(serve(world, SecurityType::kRa2));
    CHECK(world.outcome == "TimedOut");
    CHECK(loop.now().time_since_epoch() == world.policy.limits.login);
}

TEST_CASE("RSA-AES: without a key there is nothing to offer", "[rsa-aes]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    LoginWorld world(loop);
    loop.run(serve(world, SecurityType::kRa2));
    CHECK(world.outcome == "ProtocolError: there is no RSA key for RSA-AES");
}
