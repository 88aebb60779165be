// The handshake byte by byte (rfbproto.rst, "Handshaking Messages").
#include "tests/rfb/session_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::seconds;

namespace {

constexpr const char* kVersion33 = "52 46 42 20 30 30 33 2e 30 30 33 0a";
constexpr const char* kVersion37 = "52 46 42 20 30 30 33 2e 30 30 37 0a";
constexpr const char* kVersion889 = "52 46 42 20 30 30 33 2e 38 38 39 0a";
// 8x4, 32 bits, depth 24, little-endian, true colour, 255 each at 16, 8, 0; "covnc".
constexpr const char* kInit = "0008 0004 20 18 00 01 00ff 00ff 00ff 10 08 00 000000"
                              "00000005 63 6f 76 6e 63";

void require_password(World& world)
{
    world.policy.types = {SecurityType::kVncAuth};
    world.policy.passwords = {"secret", "look"};
}

Task<> answer_challenge(Peer& peer, std::string password)
{
    const Bytes bytes = co_await peer.read(kVncChallengeSize);
    VncChallenge challenge{};
    std::copy(bytes.begin(), bytes.end(), challenge.begin());
    const VncResponse response = vnc_response(password, challenge);
    co_await peer.stream().write_all(ByteView(response));
}

} // namespace

TEST_CASE("3.8: a list of types, a result, then ServerInit", "[handshake]")
{
    play({8, 4}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.expect(kVersion38);
        co_await peer.send(kVersion38);
        co_await peer.expect("01 01");
        co_await peer.send("01");
        co_await peer.expect("00000000");
        co_await peer.send("01");
        co_await peer.expect(kInit);
        CHECK(peer.session().greeting().shared);
        co_await peer.expect_silence();
    });
}

TEST_CASE("3.7: a list of types, and no result after None", "[handshake]")
{
    play({8, 4}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.expect(kVersion38);
        co_await peer.send(kVersion37);
        co_await peer.expect("01 01");
        co_await peer.send("01");
        co_await peer.expect_silence();
        co_await peer.send("00");
        co_await peer.expect(kInit);
        CHECK_FALSE(peer.session().greeting().shared);
    });
}

TEST_CASE("3.3: the server decides on a type, no result after None", "[handshake]")
{
    play({8, 4}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.expect(kVersion38);
        co_await peer.send(kVersion33);
        co_await peer.expect("00000001");
        co_await peer.send("01");
        co_await peer.expect(kInit);
    });
}

TEST_CASE("3.889: after None neither result nor ClientInit", "[handshake]")
{
    play({8, 4}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.expect(kVersion38);
        co_await peer.send(kVersion889);
        co_await peer.expect("01 01");
        co_await peer.send("01");
        co_await peer.expect(kInit);
    });
}

TEST_CASE("a password opens the display in every version", "[handshake]")
{
    play({8, 4}, [](World& world) -> Task<> {
        require_password(world);
        for (const char* const version : {kVersion33, kVersion37, kVersion38, kVersion889}) {
            const char* const offer = version == kVersion33 ? "00000002" : "01 02";
            const char* const choice = version == kVersion33 ? "" : "02";
            for (const char* const password : {"secret", "look"}) {
                Peer& peer = world.connect();
                co_await peer.expect(kVersion38);
                co_await peer.send(version);
                co_await peer.expect(offer);
                co_await peer.send(choice);
                co_await answer_challenge(peer, password);
                co_await peer.expect("00000000");
                co_await peer.send("01");
                co_await peer.expect(kInit);
                CHECK(peer.session().greeting().view_only == (password[0] == 'l'));
            }
        }
    });
}

TEST_CASE("a wrong password costs a second; only 3.8 is told why", "[handshake]")
{
    play({8, 4}, [](World& world) -> Task<> {
        require_password(world);
        for (const char* const version : {kVersion33, kVersion37, kVersion38}) {
            const char* const offer = version == kVersion33 ? "00000002" : "01 02";
            const char* const choice = version == kVersion33 ? "" : "02";
            const TimePoint begin = world.loop.now();
            Peer& peer = world.connect();
            co_await peer.expect(kVersion38);
            co_await peer.send(version);
            co_await peer.expect(offer);
            co_await peer.send(choice);
            co_await answer_challenge(peer, "Secret");
            co_await peer.expect("00000001");
            CHECK(world.loop.now() - begin == seconds(1));
            if (version == kVersion38) {
                co_await peer.expect("00000015"
                                     "61757468656e7469636174696f6e206661696c6564");
            }
            co_await peer.expect_end();
            CHECK(peer.ended() == "AuthenticationError: wrong password");
        }
    });
}

TEST_CASE("a type that is not on the list is refused, None above all", "[handshake]")
{
    play({8, 4}, [](World& world) -> Task<> {
        require_password(world);
        for (const char* const type : {"01", "00", "05", "13", "ff"}) {
            Peer& peer = world.connect();
            co_await peer.expect(kVersion38);
            co_await peer.send(kVersion38);
            co_await peer.expect("01 02");
            co_await peer.send(type);
            co_await peer.expect_end();
            CHECK_THAT(peer.ended(), Catch::StartsWith("ProtocolError: security type "));
            CHECK_THAT(peer.ended(), Catch::EndsWith(" was not offered"));
        }
    });
}

TEST_CASE("what is no version is told as such, without echoing it", "[handshake]")
{
    play({8, 4}, [](World& world) -> Task<> {
        for (const char* const bytes : {"47 45 54 20 2f 20 48 54 54 50 2f 31",
                                        "52 46 42 20 30 30 33 2e 30 30 38 0d",
                                        "52 46 42 20 30 30 32 2e 30 30 32 0a",
                                        "00 00 00 00 00 00 00 00 00 00 00 00"}) {
            Peer& peer = world.connect();
            co_await peer.expect(kVersion38);
            co_await peer.send(bytes);
            co_await peer.expect_end();
            CHECK_THAT(peer.ended(), Catch::StartsWith("ProtocolError: "));
            CHECK_THAT(peer.ended(), !Catch::Contains("GET"));
        }
    });
}

TEST_CASE("the two types are offered in the order of the policy", "[handshake]")
{
    play({8, 4}, [](World& world) -> Task<> {
        world.policy.types = {SecurityType::kVncAuth, SecurityType::kNone};
        world.policy.passwords = {"secret", ""};
        Peer& peer = world.connect();
        co_await peer.expect(kVersion38);
        co_await peer.send(kVersion38);
        co_await peer.expect("02 02 01");
        co_await peer.send("01");
        co_await peer.expect("00000000");
        Peer& old = world.connect();
        co_await old.expect(kVersion38);
        co_await old.send(kVersion33);
        co_await old.expect("00000002");
    });
}

TEST_CASE("a long name is cut where a character ends", "[handshake]")
{
    play({8, 4}, [](World& world) -> Task<> {
        std::string name(3000, 'x');
        for (int i = 0; i < 2000; ++i) {
            name += "\xc3\xa4";
        }
        world.display.set_name(name);
        Peer& peer = world.connect();
        co_await peer.send(std::string(kVersion38) + "01 01");
        Bytes bytes = co_await peer.read(12 + 2 + 4 + 20);
        bytes = co_await peer.read(4);
        const std::size_t length = std::size_t{bytes[2]} << 8U | bytes[3];
        CHECK(length < name.size());
        bytes = co_await peer.read(length);
        CHECK(std::equal(bytes.begin(), bytes.end(), name.begin(), [](std::uint8_t a, char b) {
            return a == static_cast<std::uint8_t>(b);
        }));
        CHECK((bytes.back() == 'x' || bytes.back() == 0xa4));
        co_await peer.expect_silence();
    });
}
