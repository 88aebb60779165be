// Large updates, whose parts go out while others are still encoded (rfbproto.rst, "LastRect
// Pseudo-encoding").
#include "tests/rfb/session_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::milliseconds;

namespace {

constexpr const char* kRaw = "02 00 0001 00000000";
constexpr const char* kRawAndLastRect = "02 00 0002 00000000 ffffff20";
constexpr const char* kRawLastRectAndFence = "02 00 0003 00000000 ffffff20 fffffec8";
constexpr const char* kAskAll = "03 00 0000 0000 0002 0080";
constexpr const char* kAskForMore = "03 01 0000 0000 0002 0080";
constexpr const char* kOpenHead = "00 00 ffff";
constexpr const char* kLastRect = "0000 0000 0000 0000 ffffff20";

// Two parts of 2x64 pixels.
DisplaySettings two_parts()
{
    DisplaySettings settings;
    settings.size = {2, 128};
    settings.cache.large_update = 200;
    return settings;
}

std::string rows(const char* y, const char* colour)
{
    std::string text = std::string("0000 ") + y + " 0002 0040 00000000";
    for (int i = 0; i < 128; ++i) {
        text += colour;
    }
    return text;
}
std::string upper(const char* colour)
{
    return rows("0000", colour);
}
std::string lower(const char* colour)
{
    return rows("0040", colour);
}

// Asks for the picture, whose parts are let go by the test.
Task<> ask_for_held_parts(World& world, Peer& peer)
{
    co_await peer.log_in();
    world.pool.holds_jobs = true;
    co_await peer.send(std::string(kRawAndLastRect) + kAskAll);
    co_await world.sleep(milliseconds(1));
}

} // namespace

TEST_CASE("parts of a large update go out in order, each as soon as it can", "[session_sending]")
{
    play(two_parts(), [](World& world) -> Task<> {
        world.fill(0x112233);
        Peer& peer = world.connect();
        co_await ask_for_held_parts(world, peer);
        co_await peer.expect_silence();
        REQUIRE(world.pool.waiting() == 2);
        SECTION("the first one first")
        {
            world.pool.let_one_go(0);
            co_await peer.expect(kOpenHead + upper("33221100"));
            co_await peer.expect_silence();
            world.pool.let_go();
            co_await peer.expect(lower("33221100") + kLastRect);
        }
        SECTION("the last one first")
        {
            world.pool.let_one_go(1);
            co_await peer.expect_silence();
            world.pool.let_go();
            co_await peer.expect(kOpenHead + upper("33221100") + lower("33221100") + kLastRect);
        }
    });
}

TEST_CASE("who knows no LastRect waits for all parts", "[session_sending]")
{
    play(two_parts(), [](World& world) -> Task<> {
        Peer& peer = world.connect();
        Peer& other = world.connect();
        co_await peer.log_in();
        co_await other.log_in();
        world.pool.holds_jobs = true;
        co_await peer.send(std::string(kRaw) + kAskAll);
        co_await other.send(std::string(kRawAndLastRect) + kAskAll);
        co_await world.sleep(milliseconds(1));
        REQUIRE(world.pool.waiting() == 2); // for both of them
        world.pool.let_one_go(0);
        co_await other.expect(kOpenHead + upper("00000000"));
        co_await peer.expect_silence();
        world.pool.let_go();
        co_await peer.expect("00 00 0002" + upper("00000000") + lower("00000000"));
        co_await other.expect(lower("00000000") + kLastRect);
        CHECK(world.display.cache().statistics().encodings == 1);
        CHECK(world.display.cache().statistics().updates_bytes == 2U * 2 * (12 + 512));
    });
}

TEST_CASE("what is encoded already is counted, large or not", "[session_sending]")
{
    play(two_parts(), [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(std::string(kRaw) + kAskAll);
        const std::string black = "00 00 0002" + upper("00000000") + lower("00000000");
        co_await peer.expect(black);
        Peer& late = world.connect();
        co_await late.log_in();
        co_await late.send(std::string(kRawAndLastRect) + kAskAll);
        co_await late.expect(black);
    });
}

TEST_CASE("a picture that is under way stays as it was when the display changes",
          "[session_sending]")
{
    play(two_parts(), [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await ask_for_held_parts(world, peer);
        world.pool.let_one_go(0);
        co_await peer.expect(kOpenHead + upper("00000000"));
        co_await peer.send(kAskForMore);
        world.fill(0x112233);
        world.pool.let_go();
        co_await peer.expect(lower("00000000") + kLastRect);
        co_await peer.expect(kOpenHead + upper("33221100") + lower("33221100") + kLastRect);
    });
}

TEST_CASE("a job that fails in the middle of an update ends the connection", "[session_sending]")
{
    play(two_parts(), [](World& world) -> Task<> {
        Peer& peer = world.connect();
        Peer& other = world.connect();
        co_await other.log_in();
        co_await ask_for_held_parts(world, peer);
        world.pool.let_one_go(0);
        co_await peer.expect(kOpenHead + upper("00000000"));
        world.pool.drop();
        co_await peer.expect_end();
        CHECK_THAT(peer.ended(), Catch::StartsWith("exception: "));
        world.pool.let_go();
        co_await other.send(std::string(kRaw) + kAskAll);
        co_await other.expect("00 00 0002" + upper("00000000") + lower("00000000"));
    });
}

TEST_CASE("a viewer leaves in the middle of an update that others wait for", "[session_sending]")
{
    play(two_parts(), [](World& world) -> Task<> {
        Peer& peer = world.connect();
        Peer& other = world.connect();
        co_await other.log_in();
        co_await ask_for_held_parts(world, peer);
        co_await other.send(std::string(kRawAndLastRect) + kAskAll);
        co_await world.sleep(milliseconds(1));
        world.pool.let_one_go(0);
        co_await peer.expect(kOpenHead + upper("00000000"));
        peer.vanish();
        co_await other.expect(kOpenHead + upper("00000000"));
        world.pool.let_go();
        co_await other.expect(lower("00000000") + kLastRect);
        CHECK(world.display.viewer_count() == 1);
    });
}

TEST_CASE("fences stand around all parts", "[session_sending]")
{
    const auto fence = [](int number) {
        return "f8 000000 80000001 04 0000000" + std::to_string(number);
    };
    static const std::string first = fence(1);
    static const std::string second = fence(2);
    static const std::string third = fence(3);
    play(two_parts(), [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(kRawLastRectAndFence);
        co_await peer.expect(first);
        co_await peer.send("f8 000000 00000001 04 00000001");
        co_await world.sleep(milliseconds(100));
        world.pool.holds_jobs = true;
        co_await peer.send(kAskAll);
        co_await world.sleep(milliseconds(1));
        world.pool.let_one_go(0);
        co_await peer.expect(second + kOpenHead + upper("00000000"));
        world.pool.let_go();
        co_await peer.expect(lower("00000000") + kLastRect + third);
    });
}

TEST_CASE("a viewer that waits for the encoder in the middle of an update does not stall",
          "[session_sending]")
{
    play(two_parts(), [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await ask_for_held_parts(world, peer);
        world.pool.let_one_go(0);
        co_await peer.expect(kOpenHead + upper("00000000"));
        peer.session().stalled_for(); // measured from here on
        co_await world.sleep(std::chrono::seconds(10));
        CHECK(peer.session().stalled_for() == Duration());
        world.pool.let_go();
        co_await peer.expect(lower("00000000") + kLastRect);
    });
}
