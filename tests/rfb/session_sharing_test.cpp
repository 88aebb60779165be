// Several viewers of one display: who may be there, who may type, and what they share.
#include "tests/rfb/decoding_viewer.h"
#include "tests/rfb/session_world.h"

#include <catch2/catch.hpp>

#include <random>

using namespace covnc;
using namespace covnc::test;
using std::chrono::milliseconds;

namespace {

constexpr const char* kAskAll = "03 00 0000 0000 0002 0001";
constexpr const char* kAskChanges = "03 01 0000 0000 0002 0001";
constexpr const char* kBlack = "00 00 0001 0000 0000 0002 0001 00000000 00000000 00000000";
constexpr const char* kGrey = "00 00 0001 0000 0000 0002 0001 00000000 11111100 11111100";

// With 00 instead of 01: wants the display alone.
Task<> ask_exclusive(Peer& peer)
{
    co_await peer.send(std::string(kVersion38) + "01 00");
    const Bytes greeting = co_await peer.read(12 + 2 + 4);
}

} // namespace

TEST_CASE("a wish to be alone changes nothing where everybody shares", "[sharing]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& first = world.connect();
        co_await first.log_in();
        Peer& second = world.connect();
        co_await ask_exclusive(second);
        const Bytes init = co_await second.read(24 + 5);
        co_await world.sleep(milliseconds(1));
        CHECK(world.display.viewer_count() == 2);
    });
}

TEST_CASE("a wish to be alone sends the others away, or is refused", "[sharing]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& first = world.connect();
        co_await first.log_in();
        world.policy.sharing = SharingPolicy::kRefuse;
        Peer& refused = world.connect();
        co_await ask_exclusive(refused);
        co_await refused.expect_end();
        CHECK_THAT(refused.ended(), Catch::StartsWith("ProtocolError: it asks for the display"));
        CHECK(first.ended().empty());
        world.policy.sharing = SharingPolicy::kDisconnect;
        Peer& alone = world.connect();
        co_await ask_exclusive(alone);
        co_await first.expect_end();
        CHECK_THAT(first.ended(), Catch::StartsWith("ClosedByServer: another viewer"));
        co_await world.sleep(milliseconds(1));
        CHECK(world.display.viewer_count() == 1);
        // One at a time, whatever it wishes.
        world.policy.sharing = SharingPolicy::kNever;
        Peer& second = world.connect();
        co_await second.send(std::string(kVersion38) + "01 01");
        const Bytes greeting = co_await second.read(12 + 2 + 4);
        co_await second.expect_end();
        CHECK_THAT(second.ended(), Catch::StartsWith("ProtocolError: another viewer is there"));
        world.policy.sharing = SharingPolicy::kDisconnect;
        // Who shares is welcome again.
        Peer& third = world.connect();
        co_await third.log_in();
        co_await world.sleep(milliseconds(1));
        CHECK(world.display.viewer_count() == 2);
    });
}

TEST_CASE("viewers with equal wishes cost one encoding, whatever their number", "[sharing]")
{
    play({2, 1}, [](World& world) -> Task<> {
        for (int i = 0; i < 20; ++i) {
            Peer& peer = world.connect();
            co_await peer.log_in();
        }
        const auto& statistics = world.display.cache().statistics();
        for (Peer& peer : world.peers) {
            co_await peer.send(kAskAll);
        }
        for (Peer& peer : world.peers) {
            co_await peer.expect(kBlack);
            co_await peer.send(kAskChanges);
        }
        CHECK(statistics.encodings == 1);
        world.fill(0x111111);
        for (Peer& peer : world.peers) {
            co_await peer.expect(kGrey);
        }
        CHECK(statistics.encodings == 2);
        CHECK(statistics.updates == 40);
    });
}

TEST_CASE("encoders make haste while others wait for a worker", "[sharing]")
{
    play({2, 1}, [](World& world) -> Task<> {
        world.pool.holds_jobs = true; // four at once
        const std::vector<const char*> encodings{"00000000",
                                                 "00000002",
                                                 "00000004",
                                                 "00000005",
                                                 "00000006",
                                                 "00000007",
                                                 "0000000f",
                                                 "00000010",
                                                 "fffffefc"};
        for (const char* const encoding : encodings) {
            Peer& peer = world.connect();
            co_await peer.log_in();
            co_await peer.send(std::string("02 00 0001 ") + encoding);
            co_await peer.send(kAskAll);
            co_await world.sleep(milliseconds(1));
        }
        CHECK(world.pool.waiting() == 4);
        const auto& statistics = world.display.cache().statistics();
        CHECK(statistics.hurried == 0);
        world.pool.holds_jobs = false;
        world.pool.let_go();
        co_await world.sleep(milliseconds(1));
        CHECK(statistics.encodings == 9);
        CHECK(statistics.hurried == 4); // nobody waits behind the last one
    });
}

TEST_CASE("who asks while a unit is being made waits for that one", "[sharing]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& first = world.connect();
        Peer& second = world.connect();
        co_await first.log_in();
        co_await second.log_in();
        world.pool.holds_jobs = true;
        co_await first.send(kAskAll);
        co_await world.sleep(milliseconds(1));
        co_await second.send(kAskAll);
        co_await world.sleep(milliseconds(1));
        CHECK(world.pool.waiting() == 1);
        // The one who asked first may go: the job is nobody's.
        first.vanish();
        co_await world.sleep(milliseconds(1));
        CHECK_THAT(first.ended(), Catch::StartsWith("Disconnected"));
        world.pool.let_go();
        co_await second.expect(kBlack);
    });
}

TEST_CASE("a job that fails ends those who waited for it, and nobody else", "[sharing]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& first = world.connect();
        Peer& second = world.connect();
        Peer& third = world.connect();
        co_await first.log_in();
        co_await second.log_in();
        co_await third.log_in();
        world.pool.holds_jobs = true;
        co_await first.send(kAskAll);
        co_await second.send(kAskAll);
        co_await world.sleep(milliseconds(1));
        world.pool.drop();
        co_await first.expect_end();
        co_await second.expect_end();
        CHECK_THAT(first.ended(), Catch::StartsWith("exception: "));
        CHECK(second.ended() == first.ended());
        CHECK(third.ended().empty());
        world.pool.let_go();
        co_await third.send(kAskAll);
        co_await third.expect(kBlack);
        CHECK(world.display.viewer_count() == 1);
    });
}

TEST_CASE("formats and encodings that differ are not shared", "[sharing]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& first = world.connect();
        Peer& second = world.connect();
        Peer& third = world.connect();
        co_await first.log_in();
        co_await second.log_in();
        co_await third.log_in();
        co_await second.send("00 000000 20 18 01 01 00ff 00ff 00ff 10 08 00 000000");
        co_await third.send("02 00 0001 00000005");
        for (Peer& peer : world.peers) {
            co_await peer.send(kAskAll);
        }
        co_await first.expect(kBlack);
        co_await second.expect(kBlack);
        co_await third.expect("00 00 0001 0000 0000 0002 0001 00000005");
        CHECK(world.display.cache().statistics().encodings == 3);
    });
}

TEST_CASE("input arrives in order, inside the display, and not from those who only look", "[input]")
{
    play({8, 4}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send("04 01 0000 00000041"
                           "05 01 0003 0002"
                           "05 00 ffff 0009"
                           "04 00 0000 00000041");
        co_await world.sleep(milliseconds(1));
        CHECK(world.sink.log == std::vector<std::string>{"key 41/0 down",
                                                         "pointer 3,2 +3,+2 buttons 1",
                                                         "pointer 7,3 +4,+1 buttons 0",
                                                         "key 41/0 up"});
        world.policy.types = {SecurityType::kVncAuth};
        world.policy.passwords = {"secret", "look"};
        Peer& looker = world.connect();
        co_await looker.log_in("look");
        world.sink.log.clear();
        co_await looker.send("04 01 0000 00000041 05 01 0003 0002");
        co_await world.sleep(milliseconds(1));
        CHECK(world.sink.log.empty());
        CHECK(looker.ended().empty());
    });
}

TEST_CASE("extended keys are announced, and bring the key's place", "[input]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(std::string("02 00 0002 00000000 fffffefe") + kAskAll);
        co_await peer.expect("00 00 0002 0000 0000 0000 0000 fffffefe"
                             "0000 0000 0002 0001 00000000 00000000 00000000");
        co_await peer.send("ff 00 0001 0000ff0d 0000009c" // Enter of the keypad: e0 1c
                           "ff 00 0000 0000ff0d 0000009c"
                           "ff 00 0001 00000000 0000001e"   // no keysym
                           "ff 00 0001 00000000 00000000"   // nothing at all
                           "ff 00 0001 00000061 00000200"); // no such key
        co_await world.sleep(milliseconds(1));
        CHECK(world.sink.log ==
              std::vector<std::string>{"key ff0d/9c down", "key ff0d/9c up", "key 0/1e down"});
    });
}

TEST_CASE("what a viewer holds is let go when it leaves", "[input]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send("04 01 0000 0000ffe1 05 01 0001 0000");
        co_await world.sleep(milliseconds(1));
        world.sink.log.clear();
        peer.vanish();
        co_await world.sleep(milliseconds(1));
        CHECK(world.sink.log ==
              std::vector<std::string>{"key ffe1/0 up", "pointer 1,0 +0,+0 buttons 0"});
    });
}

TEST_CASE("a large picture is encoded in parts beside each other, for everybody at once",
          "[session]")
{
    play({1280, 800}, [](World& world) -> Task<> {
        const WritablePixelView back = world.display.back();
        std::mt19937 random(7);
        for (std::int32_t y = 0; y < 800; ++y) {
            for (std::int32_t x = 0; x < 1280; ++x) {
                back.at(x, y) = 0x10000U * static_cast<std::uint32_t>(random() % 3);
            }
        }
        world.display.frame(Region(Rect::of(world.display.size())));
        for (const std::int32_t encoding : {16, 7, 5}) {
            world.pool.holds_jobs = true;
            const std::vector<std::int32_t> encodings{encoding};
            const std::uint64_t before = world.display.cache().statistics().encodings;
            const auto one = connect_viewer(world, encodings);
            const auto other = connect_viewer(world, encodings);
            co_await world.sleep(std::chrono::milliseconds(50));
            REQUIRE(world.pool.waiting() == 4); // 256 kilopixels each
            world.pool.let_go();
            co_await world.sleep(std::chrono::milliseconds(50));
            REQUIRE(world.display.cache().statistics().encodings == before + 1);
            REQUIRE(one->updates == 1);
            REQUIRE(wrong_pixels(world, one->pixels()) == 0);
            REQUIRE(wrong_pixels(world, other->pixels()) == 0);
        }
    });
}
