// When a viewer is sent what (rfbproto.rst, "FramebufferUpdateRequest", "FramebufferUpdate").
#include "tests/rfb/session_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::milliseconds;

namespace {

constexpr const char* kAskAll = "03 00 0000 0000 0002 0001";
constexpr const char* kAskChanges = "03 01 0000 0000 0002 0001";
// One rectangle of Raw, the whole display of 2x1.
constexpr const char* kOneRect = "00 00 0001 0000 0000 0002 0001 00000000";

std::string pixels(const char* colour)
{
    return std::string(kOneRect) + colour + colour;
}

} // namespace

TEST_CASE("the whole picture at once, then changes when there are some", "[updates]")
{
    play({2, 1}, [](World& world) -> Task<> {
        world.fill(0x112233);
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.expect_silence();
        co_await peer.send(kAskAll);
        co_await peer.expect(pixels("33221100"));
        co_await peer.send(kAskChanges);
        co_await peer.expect_silence();
        world.fill(0x445566);
        co_await peer.expect(pixels("66554400"));
        world.fill(0x778899);
        co_await peer.expect_silence(); // it has not asked
        co_await peer.send(kAskChanges);
        co_await peer.expect(pixels("99887700"));
    });
}

TEST_CASE("asking for everything is answered though nothing changed", "[updates]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        for (int i = 0; i < 3; ++i) {
            co_await peer.send(kAskAll);
            co_await peer.expect(pixels("00000000"));
        }
    });
}

TEST_CASE("a frame that changes no pixel is no update", "[updates]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(kAskAll);
        co_await peer.expect(pixels("00000000"));
        co_await peer.send(kAskChanges);
        world.fill(0);
        co_await peer.expect_silence();
    });
}

TEST_CASE("several requests before an answer are one", "[updates]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(std::string(kAskAll) + kAskAll + kAskChanges);
        co_await peer.expect(pixels("00000000"));
        co_await peer.expect_silence();
    });
}

TEST_CASE("a part that is asked for is sent as that part, also from outside the screen",
          "[updates]")
{
    play({8, 4}, [](World& world) -> Task<> {
        world.fill(0x010203);
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send("03 00 0006 0003 0064 0064");
        co_await peer.expect("00 00 0001 0006 0003 0002 0001 00000000 03020100 03020100");
        co_await peer.send("03 00 0064 0064 0001 0001");
        co_await peer.expect_silence();
        // Nothing in the part has changed, though there is more to see elsewhere.
        co_await peer.send("03 01 0006 0003 0002 0001");
        co_await peer.expect_silence();
        world.fill(0x0a0b0c);
        co_await peer.expect("00 00 0001 0006 0003 0002 0001 00000000 0c0b0a00 0c0b0a00");
    });
}

TEST_CASE("a new pixel format holds from the next update on", "[updates]")
{
    play({2, 1}, [](World& world) -> Task<> {
        world.fill(0xff8000);
        Peer& peer = world.connect();
        co_await peer.log_in();
        // 16 bits, big-endian, 565.
        co_await peer.send(std::string("00 000000 10 10 01 01 001f 003f 001f 0b 05 00 000000") +
                           kAskAll);
        co_await peer.expect(std::string(kOneRect) + "fc00 fc00");
    });
}

TEST_CASE("a format that changes while an update is made: the update is made anew", "[updates]")
{
    play({2, 1}, [](World& world) -> Task<> {
        world.fill(0xff8000);
        Peer& peer = world.connect();
        co_await peer.log_in();
        world.pool.holds_jobs = true;
        co_await peer.send(kAskAll);
        co_await world.sleep(milliseconds(1));
        CHECK(world.pool.waiting() == 1);
        co_await peer.send("00 000000 08 08 00 01 0007 0007 0003 00 03 06 000000");
        co_await world.sleep(milliseconds(1));
        world.pool.let_go();
        co_await peer.expect(std::string(kOneRect) + "27 27"); // 7 | 4 << 3 | 0 << 6
        co_await peer.expect_silence();
    });
}

TEST_CASE("a colour map is sent to those who need one, before pixels", "[updates]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(std::string("00 000000 08 08 00 00 0000 0000 0000 00 00 00 000000") +
                           kAskAll);
        co_await peer.expect("01 00 0000 0100");
        const Bytes colours = co_await peer.read(256 * 6);
        const Bytes update = co_await peer.read(16 + 2);
        CHECK(Bytes(update.begin(), update.begin() + 16) == hex(kOneRect));
        const std::size_t at = update[16] * std::size_t{6};
        CHECK(Bytes(colours.begin() + static_cast<std::ptrdiff_t>(at),
                    colours.begin() + static_cast<std::ptrdiff_t>(at + 6)) == Bytes(6));
    });
}

TEST_CASE("name, pointer mode, LEDs and cursor go to those who can take them, in front",
          "[updates]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& plain = world.connect();
        Peer& rich = world.connect();
        co_await plain.log_in();
        co_await rich.log_in();
        // Raw, DesktopName, QEMU LED state, QEMU pointer motion change.
        co_await rich.send("02 00 0004 00000000 fffffecd fffffefb fffffeff");
        co_await rich.send(kAskAll);
        co_await plain.send(kAskAll);
        co_await rich.expect(pixels("00000000"));
        co_await plain.expect(pixels("00000000"));
        co_await rich.send(kAskChanges);
        co_await plain.send(kAskChanges);
        world.display.set_name("hi");
        world.display.set_leds(kLedCapsLock);
        world.display.set_pointer_absolute(false);
        co_await rich.expect("00 00 0003"
                             "0000 0000 0000 0000 fffffecd 00000002 6869"
                             "0000 0000 0000 0000 fffffeff"
                             "0000 0000 0000 0000 fffffefb 04");
        co_await plain.expect_silence();
        world.fill(0x010203);
        co_await plain.expect(pixels("03020100"));
        co_await rich.send(kAskChanges);
        co_await rich.expect(pixels("03020100"));
    });
}

TEST_CASE("a cursor is sent in the viewer's format, and again when that changes", "[updates]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Cursor cursor;
        cursor.size = {1, 1};
        cursor.pixels = {0xff112233};
        world.display.set_cursor(cursor);
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send("02 00 0002 00000000 ffffff11");
        co_await peer.send(kAskChanges);
        co_await peer.expect("00 00 0002 0000 0000 0001 0001 ffffff11 33221100 80");
        co_await peer.expect("0000 0000 0002 0001 00000000 00000000 00000000");
        co_await peer.send("00 000000 20 18 01 01 00ff 00ff 00ff 10 08 00 000000");
        co_await peer.send(kAskChanges);
        co_await peer.expect("00 00 0001 0000 0000 0001 0001 ffffff11 00112233 80");
    });
}

TEST_CASE("of the cursors a viewer lists the best one is sent, and another when that changes",
          "[updates]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Cursor cursor;
        cursor.size = {2, 1};
        cursor.hotspot = {1, 0};
        cursor.pixels = {0x80ff4000, 0xff112233};
        world.display.set_cursor(cursor);
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send("02 00 0004 ffffff10 ffffff11 574d5664 fffffec6");
        co_await peer.send(kAskChanges);
        co_await peer.expect("00 00 0002"
                             "0001 0000 0002 0001 fffffec6 00000000 80200080 112233ff");
        co_await peer.expect("0000 0000 0002 0001 00000000 00000000 00000000");
        co_await peer.send(kAskChanges);
        co_await peer.send("02 00 0003 ffffff10 ffffff11 574d5664");
        co_await peer.expect("00 00 0001 0001 0000 0002 0001 574d5664 0100 ff400080 112233ff");
        co_await peer.send(kAskChanges);
        co_await peer.send("02 00 0002 ffffff10 ffffff11");
        co_await peer.expect("00 00 0001 0001 0000 0002 0001 ffffff11 0040ff00 33221100 c0");
        co_await peer.send(kAskChanges);
        co_await peer.send("02 00 0001 ffffff10");
        co_await peer.expect("00 00 0001 0001 0000 0002 0001 ffffff10 112233 ff4000 40 c0");
        co_await peer.send(kAskChanges);
        co_await peer.send("02 00 0000");
        // Drawn into the picture, its hotspot at 0,0, and out of it again.
        co_await peer.expect("00 00 0001 0000 0000 0001 0001 00000000 33221100");
        co_await peer.send("02 00 0001 ffffff10");
        co_await peer.send(kAskChanges);
        co_await peer.expect("00 00 0002 0001 0000 0002 0001 ffffff10 112233 ff4000 40 c0");
        co_await peer.expect("0000 0000 0001 0001 00000000 00000000");
        world.display.set_cursor({});
        co_await peer.send(kAskChanges);
        co_await peer.expect("00 00 0001 0000 0000 0000 0000 ffffff10");
    });
}

TEST_CASE("what source and viewer do not change costs no updates at all", "[updates]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(kAskAll);
        co_await peer.expect(pixels("00000000"));
        co_await peer.send(kAskChanges);
        const std::uint64_t before = world.display.cache().statistics().updates;
        co_await world.sleep(std::chrono::minutes(10));
        CHECK(world.display.cache().statistics().updates == before);
        CHECK(peer.stream().in().written() > 0);
        co_await peer.expect_silence();
    });
}

TEST_CASE("commits keep to the display's rate, and input has none to wait for", "[updates]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(kAskAll);
        co_await peer.expect(pixels("00000000"));
        // 1000 frames a second for a second make 60 commits.
        const std::uint64_t before = world.display.framebuffer().version();
        for (std::uint32_t i = 1; i <= 1000; ++i) {
            world.fill(i);
            co_await world.sleep(milliseconds(1));
        }
        const std::uint64_t commits = world.display.framebuffer().version() - before;
        CHECK(commits >= 58);
        CHECK(commits <= 62);
        // What follows a key is committed at once.
        co_await peer.send("04 01 0000 00000061");
        co_await world.sleep(milliseconds(1));
        const std::uint64_t typed = world.display.framebuffer().version();
        world.fill(0xa);
        CHECK(world.display.framebuffer().version() == typed + 1);
        world.fill(0xb);
        CHECK(world.display.framebuffer().version() == typed + 2);
    });
}
