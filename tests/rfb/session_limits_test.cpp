// Peers that are silent, slow, cut off or wrong: one connection ends, in time, and nobody notices.
#include "tests/rfb/session_world.h"

#include <catch2/catch.hpp>

#include <sstream>

using namespace covnc;
using namespace covnc::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// All that a viewer may send, once each, from the first byte.
Bytes whole_script()
{
    return hex(std::string(kVersion38) + "01 01" +
               "00 000000 20 18 00 01 00ff 00ff 00ff 10 08 00 000000" // SetPixelFormat
               "02 00 0004 00000000 fffffecc ffffff11 fffffefe"       // SetEncodings
               "03 00 0000 0000 0008 0004"                            // update request
               "04 01 0000 00000061"                                  // key
               "05 01 0003 0002"                                      // pointer
               "06 000000 00000003 616263");                          // cut text
}

// What the peer sends is cut after `count` bytes; it reads everything.
Task<> play_cut(World& world, std::size_t count)
{
    Peer& peer = world.connect();
    const Bytes script = whole_script();
    co_await peer.stream().write_all(ByteView(script).first(count));
    peer.leave();
    Bytes buffer(1000);
    std::size_t got = 1;
    while (got > 0) {
        got = co_await peer.stream().read_some(buffer);
    }
    co_await peer.end().wait();
    INFO(count);
    CHECK_THAT(peer.ended(), Catch::StartsWith("Disconnected: "));
}

} // namespace

TEST_CASE("a peer that is cut off after any byte just ends", "[session]")
{
    play({8, 4}, [](World& world) -> Task<> {
        const std::size_t all = whole_script().size();
        for (std::size_t count = 0; count <= all; ++count) {
            co_await play_cut(world, count);
        }
        CHECK(world.elapsed() < seconds(1));
        CHECK(world.display.viewer_count() == 0);
        CHECK(world.sink.log.size() > 4);
    });
}

TEST_CASE("a peer that falls silent in the handshake is ended after ten seconds", "[session]")
{
    play({8, 4}, [](World& world) -> Task<> {
        const std::string after_version = kVersion38;
        for (const std::string& sent :
             std::vector<std::string>{"", "52464220", after_version, after_version + "01"}) {
            const TimePoint begin = world.loop.now();
            Peer& peer = world.connect();
            co_await peer.send(sent);
            co_await peer.end().wait();
            CHECK_THAT(peer.ended(), Catch::StartsWith("TimedOut: "));
            CHECK(world.loop.now() - begin == seconds(10));
        }
    });
}

TEST_CASE("who drips bytes gets no more time than the silent one", "[session]")
{
    play({8, 4}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        for (int i = 0; i < 9; ++i) {
            co_await peer.send("52");
            co_await world.sleep(seconds(1));
        }
        co_await peer.end().wait();
        CHECK_THAT(peer.ended(), Catch::StartsWith("TimedOut: "));
        CHECK(world.elapsed() == seconds(10));
    });
}

TEST_CASE("a person has two minutes for a password", "[session]")
{
    play({8, 4}, [](World& world) -> Task<> {
        world.policy.types = {SecurityType::kVncAuth};
        world.policy.passwords = {"secret", ""};
        Peer& peer = world.connect();
        co_await peer.send(std::string(kVersion38) + "02");
        co_await peer.end().wait();
        CHECK_THAT(peer.ended(), Catch::StartsWith("TimedOut: "));
        CHECK(world.elapsed() == seconds(120));
    });
}

TEST_CASE("a viewer that only looks may be silent for ever", "[session]")
{
    play({8, 4}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await world.sleep(std::chrono::minutes(50));
        CHECK(peer.ended().empty());
        co_await peer.send("03 00 0000 0000 0008 0004");
        co_await peer.expect("00 00 0001 0000 0000 0008 0004 00000000");
    });
}

TEST_CASE("a viewer that takes nothing of an update is ended by the write limit", "[session]")
{
    play({64, 64}, [](World& world) -> Task<> {
        MemoryPipeScript narrow;
        narrow.capacity = 100;
        Peer& peer = world.connect(narrow);
        Peer& other = world.connect();
        co_await peer.log_in();
        co_await other.log_in();
        const TimePoint begin = world.loop.now();
        co_await peer.send("03 00 0000 0000 0040 0040");
        co_await other.send("03 00 0000 0000 0040 0040");
        const Bytes whole = co_await other.read(4 + 12 + 64 * 64 * 4);
        CHECK(world.loop.now() - begin < seconds(1));
        co_await peer.end().wait();
        CHECK_THAT(peer.ended(), Catch::StartsWith("TimedOut: "));
        CHECK(world.loop.now() - begin == seconds(30));
        CHECK(other.ended().empty());
    });
}

TEST_CASE("every message that is wrong ends its own connection with its reason", "[session]")
{
    play({8, 4}, [](World& world) -> Task<> {
        Peer& good = world.connect();
        co_await good.log_in();
        const std::vector<std::pair<std::string, std::string>> wrong{
            {"63", "99"},                                                           // no such type
            {"01 00 0000 0000", "1"},                                               // FixColourMap
            {"00 000000 07 18 00 01 00ff 00ff 00ff 10 08 00 000000", "bits"},       // 7 bits
            {"00 000000 20 18 00 01 00fe 00ff 00ff 10 08 00 000000", "red"},        // no 2^n - 1
            {"00 000000 20 18 00 01 00ff 00ff 00ff 1f 08 00 000000", "red"},        // outside
            {"00 000000 20 18 00 01 00ff 00ff 00ff 10 10 00 000000", "overlap"},    // overlap
            {"00 000000 10 10 00 00 0000 0000 0000 00 00 00 000000", "colour map"}, // 16 bits, map
            {"fb 00 0050 003c 01 00 00000001 0000 0000 0050 003c 00000000", "251"}, // not announced
            {"f8 000000 80000000 00", "248"},                                       // nor a fence
            {"96 01 0000 0000 0008 0004", "150"},    // nor continuous
            {"fa 00 01 02", "250"},                  // nor xvp
            {"ff 00 0001 00000061 0000001e", "255"}, // extended keys before the server knows them
            {"ff 01 0000", "255"},                   // nor sound
        };
        for (const auto& [bytes, reason] : wrong) {
            Peer& peer = world.connect();
            co_await peer.log_in();
            co_await peer.send(bytes);
            co_await peer.end().wait();
            INFO(bytes);
            CHECK_THAT(peer.ended(), Catch::StartsWith("ProtocolError: "));
            CHECK_THAT(peer.ended(), Catch::Contains(reason));
        }
        CHECK(good.ended().empty());
        co_await good.send("03 00 0000 0000 0008 0004");
        co_await good.expect("00 00 0001 0000 0000 0008 0004 00000000");
    });
}

TEST_CASE("huge lists and texts cost no memory and change nothing", "[session]")
{
    play({8, 4}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        // 65535 encodings, Raw the last of them.
        Bytes many = hex("02 00 ffff");
        many.resize(4 + 65535 * 4, 0x11);
        std::fill(many.end() - 4, many.end(), std::uint8_t{0});
        co_await peer.stream().write_all(ByteView(many));
        // A cut text of 10 MB is read and dropped.
        Bytes text = hex("06 000000 00989680");
        text.resize(8 + 10'000'000, 'x');
        co_await peer.stream().write_all(ByteView(text));
        co_await peer.send("03 00 0000 0000 0008 0004");
        co_await peer.expect("00 00 0001 0000 0000 0008 0004 00000000");
        CHECK(world.display.cache().budget().used() < 10000);
    });
}
