// Sizes (rfbproto.rst, "DesktopSize Pseudo-encoding", "ExtendedDesktopSize Pseudo-encoding",
// "SetDesktopSize").
#include "tests/rfb/session_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

constexpr const char* kAskAll = "03 00 0000 0000 0002 0001";
constexpr const char* kAskChanges = "03 01 0000 0000 0002 0001";
constexpr const char* kTakesDesktopSize = "02 00 0002 00000000 ffffff21";
constexpr const char* kTakesExtended = "02 00 0002 00000000 fffffecc";
// The whole display of 2x1 or 3x1 in black, Raw.
constexpr const char* kTwoPixels = "00 00 0001 0000 0000 0002 0001 00000000 00000000 00000000";
constexpr const char* kThreePixels =
    "00 00 0001 0000 0000 0003 0001 00000000 00000000 00000000 00000000";

// An update of one ExtendedDesktopSize rectangle: reason, status, size, one screen.
std::string extended(const char* reason, const char* status, const char* size)
{
    return std::string("00 00 0001") + reason + status + size + "fffffecc" +
           "01 000000 00000001 0000 0000" + size + "00000000";
}

std::string set_desktop_size(const char* size)
{
    return std::string("fb 00") + size + "01 00 00000001 0000 0000" + size + "00000000";
}

Task<> expect_extended_login(Peer& peer)
{
    co_await peer.log_in();
    co_await peer.send(std::string(kTakesExtended) + kAskAll);
    co_await peer.expect(extended("0000", "0000", "0002 0001"));
    co_await peer.send(kAskAll);
    co_await peer.expect(extended("0000", "0000", "0002 0001"));
    co_await peer.send(kAskChanges);
    co_await peer.expect(kTwoPixels);
}

} // namespace

TEST_CASE("a new size is told by DesktopSize, in an update of its own, then all pixels", "[resize]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(std::string(kTakesDesktopSize) + kAskAll);
        co_await peer.expect(kTwoPixels);
        co_await peer.send(kAskChanges);
        world.display.resize({3, 1});
        co_await peer.expect("00 00 0001 0000 0000 0003 0001 ffffff21");
        co_await peer.expect_silence(); // it has to ask for what it has now
        co_await peer.send("03 01 0000 0000 0003 0001");
        co_await peer.expect(kThreePixels);
    });
}

TEST_CASE("ExtendedDesktopSize is announced first, and tells who asked for a size", "[resize]")
{
    play({2, 1}, [](World& world) -> Task<> {
        world.sink.resizes = &world.display;
        Peer& asker = world.connect();
        Peer& other = world.connect();
        co_await expect_extended_login(asker);
        co_await expect_extended_login(other);
        co_await asker.send(kAskChanges);
        co_await other.send(kAskChanges);
        co_await asker.send(set_desktop_size("0003 0001"));
        co_await asker.expect(extended("0001", "0000", "0003 0001"));
        co_await other.expect(extended("0002", "0000", "0003 0001"));
        co_await asker.send("03 01 0000 0000 0003 0001");
        co_await asker.expect(kThreePixels);
        co_await other.send("03 01 0000 0000 0003 0001");
        co_await other.expect(kThreePixels);
        // Then the machine changes it.
        co_await asker.send(kAskChanges);
        world.display.resize({2, 1});
        co_await asker.expect(extended("0000", "0000", "0002 0001"));
    });
}

TEST_CASE("a wish that cannot be is answered with its status and the size that is", "[resize]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await expect_extended_login(peer);
        const std::vector<std::pair<std::string, const char*>> wishes{
            {set_desktop_size("0003 0001"), "0001"}, // prohibited
            {set_desktop_size("0000 0001"), "0003"}, // invalid layout
            {"fb 00 0003 0001 00 00", "0003"},       // no screen
        };
        for (const auto& [wish, status] : wishes) {
            co_await peer.send(wish);
            co_await peer.send(kAskChanges);
            INFO(wish);
            co_await peer.expect(extended("0001", status, "0002 0001"));
        }
        world.sink.answer = ResizeStatus::kForwarded;
        co_await peer.send(set_desktop_size("0003 0001"));
        co_await peer.send(kAskChanges);
        co_await peer.expect(extended("0001", "0004", "0002 0001"));
    });
}

TEST_CASE("a viewer that knows no sizes keeps its own: cropped or padded with black", "[resize]")
{
    play({2, 1}, [](World& world) -> Task<> {
        world.fill(0x010203);
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(kAskAll);
        co_await peer.expect("00 00 0001 0000 0000 0002 0001 00000000 03020100 03020100");
        co_await peer.send(kAskChanges);
        world.display.resize({1, 3});
        world.fill(0x040506);
        co_await peer.expect("00 00 0001 0000 0000 0002 0001 00000000 06050400 00000000");
        co_await peer.send(kAskAll);
        world.display.resize({9, 9});
        world.fill(0x070809);
        co_await peer.expect("00 00 0001 0000 0000 0002 0001 00000000 09080700 09080700");
    });
}

TEST_CASE("any number of sizes that nobody asked for are one announcement", "[resize]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await expect_extended_login(peer);
        for (int i = 1; i <= 100; ++i) {
            world.display.resize({i, 7});
            co_await world.sleep(std::chrono::milliseconds(1));
        }
        world.display.resize({3, 1});
        co_await peer.send(set_desktop_size("0004 0001"));
        CHECK(peer.ended().empty());
        co_await peer.send(kAskChanges);
        co_await peer.expect("00 00 0002"
                             "0000 0000 0003 0001 fffffecc"
                             "01 000000 00000001 0000 0000 0003 0001 00000000"
                             "0001 0001 0003 0001 fffffecc"
                             "01 000000 00000001 0000 0000 0003 0001 00000000");
    });
}

TEST_CASE("wishes without end, and without waiting for answers, end the viewer", "[resize]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await expect_extended_login(peer);
        for (int i = 0; i < 20; ++i) {
            co_await peer.send(set_desktop_size("0004 0001"));
        }
        co_await peer.end().wait();
        CHECK_THAT(peer.ended(), Catch::Contains("SetDesktopSize"));
        // Switching the encoding on and off piles nothing up either.
        Peer& other = world.connect();
        co_await other.log_in();
        for (int i = 0; i < 100; ++i) {
            co_await other.send(std::string("02 00 0000") + kTakesExtended);
        }
        co_await other.send(kAskAll);
        co_await other.expect(extended("0000", "0000", "0002 0001"));
    });
}

TEST_CASE("an update that is being made while the size changes is dropped", "[resize]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(kTakesDesktopSize);
        world.pool.holds_jobs = true;
        co_await peer.send(kAskAll);
        co_await world.sleep(std::chrono::milliseconds(1));
        CHECK(world.pool.waiting() == 1);
        world.display.resize({3, 1});
        world.pool.let_go();
        co_await peer.expect("00 00 0001 0000 0000 0003 0001 ffffff21");
        co_await peer.send("03 01 0000 0000 0003 0001");
        co_await peer.expect(kThreePixels);
    });
}

TEST_CASE("a display refuses sizes that cannot be", "[resize]")
{
    play({2, 1}, [](World& world) -> Task<> {
        for (const Size size : {Size{0, 1}, Size{1, 0}, Size{-1, 5}, Size{70000, 1}}) {
            CHECK_THROWS_AS(world.display.resize(size), std::length_error);
        }
        CHECK(world.display.size() == Size{2, 1});
        co_return;
    });
}

TEST_CASE("screens that change in a display of the same size are told, and no pixels", "[resize]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await expect_extended_login(peer);
        Peer& plain = world.connect();
        co_await plain.log_in();
        co_await plain.send(std::string(kTakesDesktopSize) + kAskAll);
        co_await plain.expect(kTwoPixels);
        co_await plain.send(kAskChanges);
        co_await peer.send(kAskChanges);
        const ScreenLayout two{{2, 1}, {{1, {0, 0, 1, 1}, 0}, {2, {1, 0, 1, 1}, 0}}};
        world.display.set_layout(two);
        co_await peer.expect("00 00 0001 0000 0000 0002 0001 fffffecc 02 000000"
                             "00000001 0000 0000 0001 0001 00000000"
                             "00000002 0001 0000 0001 0001 00000000");
        co_await peer.send(kAskChanges);
        co_await peer.expect_silence();
        co_await plain.expect_silence(); // it knows no screens
        world.display.set_layout(two);
        co_await peer.expect_silence();
        // A single screen would do away with one: that is for the machine to say.
        co_await peer.send(set_desktop_size("0002 0001"));
        co_await peer.expect("00 00 0001 0001 0000 0002 0001 fffffecc 02 000000"
                             "00000001 0000 0000 0001 0001 00000000"
                             "00000002 0001 0000 0001 0001 00000000");
        CHECK(world.sink.log.empty());
    });
}

TEST_CASE("screens that cannot be are an error of the source", "[resize]")
{
    play({2, 1}, [](World& world) -> Task<> {
        ScreenLayout layout{{2, 1}, {{1, {0, 0, 1, 1}, 0}, {1, {1, 0, 1, 1}, 0}}};
        CHECK_THROWS_AS(world.display.set_layout(layout), std::length_error);
        layout.screens = {{1, {1, 0, 2, 1}, 0}};
        CHECK_THROWS_AS(world.display.set_layout(layout), std::length_error);
        CHECK(world.display.layout().value == ScreenLayout::single({2, 1}));
        co_return;
    });
}
