// The viewer's side of a session: where every message and rectangle ends, and what is refused.
#include "rfb/viewer_connection.h"
#include "tests/rfb/session_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

// 8x8 in the native format, named "".
const std::string kGreeting = std::string(kVersion38) +
                              "01 01 00000000 0008 0008 20 18 00 01 00ff 00ff 00ff 10 08 00 000000 "
                              "00000000 ";

class Events final : public ViewerEvents
{
public:
    void rectangle(const RectangleHead& head, ByteView data) override
    {
        log += std::to_string(head.encoding) + ":" + std::to_string(data.size()) + " ";
    }
    void resized(Size size) override
    {
        log += "size " + std::to_string(size.width) + "x" + std::to_string(size.height) + " ";
    }
    void updated(const UpdateFigures& update) override
    {
        log += "updated " + std::to_string(update.rectangles) + "/" +
               std::to_string(update.pixels) + "/" + std::to_string(update.bytes) + " ";
        if (asks != nullptr) {
            asks->request_when_read(true);
        }
    }
    void colours(const ColourMap& map) override
    {
        log += "colours " + std::to_string(map.entries.size()) + " ";
    }
    void continuous_updates_end() override { log += "continuous "; }

    std::string log;
    ViewerConnection* asks = nullptr; // for the next update, after each
};

// What a viewer saw of a server's bytes, and how it ended.
std::string seen(const std::string& server_bytes, bool keeps_data, std::int64_t most_pixels = 1000)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    return loop.run(
        [](std::string bytes_in_hex, bool keeps, std::int64_t most) -> Task<std::string> {
            MemoryPipeScript roomy;
            roomy.capacity = std::size_t{1} << 20U;
            auto ends = make_memory_streams(roomy, roomy);
            const Bytes bytes = hex(kGreeting + bytes_in_hex);
            co_await ends.second->write_all(ByteView(bytes));
            ends.second->shutdown_write();
            Events events;
            ViewerConnection::Settings settings;
            settings.keeps_data = keeps;
            settings.most_pixels = most;
            ViewerConnection viewer(std::move(ends.first), events, settings);
            try {
                const ClientIdentity identity;
                co_await viewer.log_in(identity);
                co_await viewer.read_messages();
            } catch (const Disconnected&) {
                events.log += "end";
            } catch (const ProtocolError& error) {
                events.log += error.what();
            }
            co_return events.log;
        }(server_bytes, keeps_data, most_pixels));
}

std::string head(const std::string& encoding, const std::string& size = "0002 0001")
{
    return "00 00 0001 0000 0000 " + size + " " + encoding + " ";
}

// One rectangle of 2x1 pixels whose data has this many bytes, and then a bell.
void check_length(const std::string& encoding, const std::string& data, int number)
{
    CAPTURE(encoding, data);
    const std::size_t length = hex(data).size();
    const std::string bytes = head(encoding) + data + " 02";
    const std::string updated = "updated 1/2/" + std::to_string(16 + length) + " end";
    const std::string name = std::to_string(number) + ":";
    CHECK(seen(bytes, true) == name + std::to_string(length) + " " + updated);
    CHECK(seen(bytes, false).starts_with(name));
    CHECK(seen(bytes, false).ends_with(updated));
}

} // namespace

TEST_CASE("the data of every encoding ends where it must", "[viewer]")
{
    check_length("00000000", "00000000 00000000", 0);
    check_length("00000001", "0000 0000", 1);
    check_length("00000002", "00000001 00000000 00000000 0000 0000 0001 0001", 2);
    check_length("00000004", "00000001 00000000 00000000 00 00 01 01", 4);
    check_length("00000005", "01 00000000 00000000", 5);
    check_length("00000005", "02 00000000", 5);
    check_length("00000005", "0e 00000000 00000000 02 1111 2222", 5);
    check_length("00000005", "18 02 00000000 1111 00000000 2222", 5);
    check_length("00000006", "00000003 010203", 6);
    check_length("00000007", "80 010203", 7);
    check_length("00000007", "90 8201 " + std::string(260, '0'), 7);
    check_length("00000007", "00 010203 040506", 7);
    check_length("00000007", "40 01 01 010203 040506 80", 7);
    check_length("00000007", "40 01 02 010203 040506 070809 00 01", 7);
    check_length("0000000f", "00 010203 040506", 15);
    check_length("0000000f", "01 010203", 15);
    check_length("0000000f", "02 010203 040506 80", 15);
    check_length("0000000f", "80 010203 00 040506 00", 15);
    check_length("0000000f", "82 010203 040506 81 00 01", 15);
    check_length("0000000f", "82 010203 040506 00 01", 15);
    check_length("00000010", "00000003 010203", 16);
    check_length("fffffefc", "80 010203", -260);
    check_length("fffffefc", "90 02 0102", -260);
    check_length("fffffefc", "a0 03 010203", -260);
}

TEST_CASE("a JPEG rectangle ends with its picture's last marker", "[viewer]")
{
    check_length("00000015", "ffd8 ffd9", 21);
    // A segment that holds what would be the end; fill bytes; a restart on its own.
    check_length("00000015", "ffd8 ffe0 0004 ffd9 ffffff fe 0002 ffd3 ffd9", 21);
    // A scan: 0xff 00 and restarts are data; another segment and a second scan follow.
    check_length("00000015",
                 "ffd8 ffda 0003 99 11 ff00 d9 ffd7 22 ffff dd 0004 0000 ffda 0002 ff00 ffd9",
                 21);
    CHECK(seen(head("00000015") + "ffd9", true) == "a JPEG picture does not begin as one");
    CHECK(seen(head("00000015") + "ffd8 00", true) ==
          "a JPEG picture has no marker where one must be");
    CHECK(seen(head("00000015") + "ffd8 ffe0 0001", true) == "a JPEG segment of 1 bytes");
    // 2 pixels: 65536 bytes for tables and the like, and little more.
    std::string endless = "ffd8 ffda 0002 ";
    for (int i = 0; i < 72000; ++i) {
        endless += "11";
    }
    CHECK(seen(head("00000015") + endless, true) == "a JPEG picture goes on after 69650 bytes");
}

TEST_CASE("Tight's longer data is compressed and has a length", "[viewer]")
{
    CHECK(seen(head("00000007", "0004 0001") + "00 03 010203", true) == "7:5 updated 1/4/21 end");
}

TEST_CASE("a TRLE tile that uses a palette again has its size", "[viewer]")
{
    // 8x8 is one tile only; two rectangles do not share palettes.
    const std::string two = "00 00 0002 0000 0000 0002 0001 0000000f 02 010203 040506 80 "
                            "0000 0000 0002 0001 0000000f 01 010203";
    CHECK(seen(two, true) == "15:8 15:4 updated 2/4/40 end");
}

TEST_CASE("pseudo-rectangles are stepped over; sizes are heard", "[viewer]")
{
    const std::string update = "00 00 0006 "
                               "0000 0000 0001 0002 ffffff11 " +
                               std::string(16 + 4, '0') +
                               "0000 0000 0000 0000 fffffecd 00000002 6869 "
                               "0000 0000 0000 0000 fffffefb 07 "
                               "0000 0000 0009 0004 fffffecc 01000000 " +
                               std::string(32, '0') +
                               "0000 0000 0000 0000 fffffefe "
                               "0000 0000 0005 0006 ffffff21";
    CHECK(seen(update, true) == "size 9x4 size 5x6 updated 6/0/113 end");
}

TEST_CASE("every pseudo-rectangle that a server may know has its length", "[viewer]")
{
    const auto check = [](const std::string& encoding, const std::string& data) {
        CAPTURE(encoding);
        const std::size_t length = hex(data).size();
        CHECK(seen(head(encoding) + data + " 02", false) ==
              "updated 1/0/" + std::to_string(16 + length) + " end");
    };
    check("ffffff10", "000000 ffffff 80 40");           // XCursor, 2x1
    check("ffffff18", "");                              // PointerPos
    check("fffffefd", "");                              // QEMU audio
    check("fffffec6", "00000000 01020304 05060708");    // cursor with alpha
    check("574d5664", "01 00 01020304 05060708");       // VMware cursor: alpha
    check("574d5664", "00 00 " + std::string(32, '0')); // masks
    check("574d5665", "0001");
    check("574d5666", "");
    check("574d5667", "0001 00000002 00000003");
    check("574d5668", "00000002");
    check("574d5669", std::string(32, '0'));
    check("574d566a", "0000");
    check("fffe0000", "");
    check("fffe0001", "0102"); // as many bytes as its width
    check("fffe0002", "0102");
    check("fffe0003", "6869");
    CHECK(seen(head("fffffec6") + "00000007", true) == "a cursor of encoding 7");
    CHECK(seen(head("574d5664") + "02 00", true) == "a cursor of kind 2");
}

TEST_CASE("LastRect ends an update early", "[viewer]")
{
    CHECK(seen("00 00 ffff 0000 0000 0001 0001 00000000 00000000 "
               "0000 0000 0000 0000 ffffff20 02",
               true) == "0:4 updated 2/1/32 end");
}

TEST_CASE("other messages are understood", "[viewer]")
{
    CHECK(seen("02 03 000000 00000002 6869 01 00 0000 0001 000000000000 96 fa 00 01 00 02", true) ==
          "colours 1 continuous end");
    // gii in either byte order; QEMU's audio: end, begin, data.
    CHECK(seen("fd 81 0002 0102 fd 01 0200 0102 02", true) == "end");
    CHECK(seen("ff 01 0000 ff 01 0001 ff 01 0002 00000003 010203 02", true) == "end");
    CHECK(seen("ff 01 0003", true) == "a message of QEMU's that is not known: 1, 3");
    CHECK(seen("ff 00 0000", true) == "a message of QEMU's that is not known: 0, 0");
    // An extended clipboard: a negative length, flags inside.
    CHECK(seen("03 000000 fffffffa 00000001 0000 02", true) == "end");
    CHECK(seen("03 000000 80000000", true) != "end");
}

TEST_CASE("a fence that asks is answered", "[viewer]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run([]() -> Task<> {
        auto ends = make_memory_streams({}, {});
        const Bytes bytes = hex(kGreeting + "f8 000000 80000003 02 abcd f8 000000 00000001 00");
        co_await ends.second->write_all(ByteView(bytes));
        ends.second->shutdown_write();
        Events events;
        ViewerConnection viewer(std::move(ends.first), events, {});
        const ClientIdentity identity;
        co_await viewer.log_in(identity);
        bool ended = false;
        try {
            co_await viewer.read_messages();
        } catch (const Disconnected&) {
            ended = true;
        }
        CHECK(ended);
        Bytes sent(12 + 1 + 1 + 11);
        co_await ends.second->read_exact(sent);
        CHECK(Bytes(sent.begin() + 14, sent.end()) == hex("f8 000000 00000003 02 abcd"));
    }());
}

TEST_CASE("a request that an update brings about goes out in order with answers to fences",
          "[viewer]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run([]() -> Task<> {
        auto ends = make_memory_streams({}, {});
        const std::string update = head("00000000") + "00000000 00000000 ";
        const Bytes bytes =
            hex(kGreeting + "f8 000000 80000003 01 aa " + update + "f8 000000 80000003 01 bb");
        co_await ends.second->write_all(ByteView(bytes));
        ends.second->shutdown_write();
        Events events;
        ViewerConnection viewer(std::move(ends.first), events, {});
        events.asks = &viewer;
        const ClientIdentity identity;
        co_await viewer.log_in(identity);
        bool ended = false;
        try {
            co_await viewer.read_messages();
        } catch (const Disconnected&) {
            ended = true;
        }
        CHECK(ended);
        Bytes sent(12 + 1 + 1 + 10 + 10 + 10);
        co_await ends.second->read_exact(sent);
        CHECK(Bytes(sent.begin() + 14, sent.end()) ==
              hex("f8 000000 00000003 01 aa 03 01 0000 0000 0008 0008 f8 000000 00000003 01 bb"));
    }());
}

TEST_CASE("what a hostile server announces is refused before it is believed", "[viewer]")
{
    CHECK(seen("07", true) == "message type 7 of the server is not known");
    CHECK(seen(head("00000063"), true) == "a rectangle of encoding 99, which was not asked for");
    CHECK(seen("00 00 0001 0007 0000 0002 0001 00000000", true) ==
          "a rectangle leaves the framebuffer");
    CHECK(seen(head("00000010") + "ffffffff", true) == "a rectangle announces 4294967295 bytes");
    CHECK(seen(head("00000006") + "00100000", true) == "a rectangle announces 1048576 bytes");
    CHECK(seen(head("00000002") + "00000003", true) == "a rectangle announces 3 subrectangles");
    CHECK(seen(head("00000007", "0008 0008") + "00 ffffff", true) ==
          "a rectangle announces 4194303 bytes");
    CHECK(seen(head("0000000f") + "80 010203 05", true) == "a run goes beyond its tile");
    CHECK(seen(head("0000000f") + "11", true) == "subencoding 17 of a tile is not known");
    CHECK(seen(head("ffffff21", "ffff ffff"), true) ==
          "a framebuffer of 65535x65535 pixels is too large");
    CHECK(seen("f8 000000 80000003 41", true) == "a fence of 65 bytes");
    CHECK(seen(head("fffffecd") + "7fffffff", true) == "a rectangle announces 2147483647 bytes");
    CHECK(seen("", true, 63) == "a framebuffer of 8x8 pixels is too large");
}
