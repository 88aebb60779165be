#include "rfb/server_messages.h"
#include "tests/rfb/message_support.h"

#include <vector>

using namespace covnc;
using namespace covnc::test;

namespace {

Bytes colour_map(std::uint16_t first, const std::vector<ColourMapEntry>& entries)
{
    Bytes out;
    append_colour_map(out, first, entries);
    return out;
}

} // namespace

TEST_CASE("an update's head counts its rectangles", "[server_messages]")
{
    Bytes out;
    append_update_head(out, 1);
    append_update_head(out, 65535);
    CHECK(out == hex("00 00 0001  00 00 ffff"));
    CHECK_THROWS_AS(append_update_head(out, 65536), std::length_error);
    CHECK(out.size() == 8);
    CHECK(parse_update_head(hex("00 0102")) == 0x102);
    wants_exactly(hex("00 0001"), [](const Bytes& head) { return parse_update_head(head); });
}

TEST_CASE("the messages without data", "[server_messages]")
{
    Bytes out;
    append_bell(out);
    append_end_of_continuous_updates(out);
    append_xvp(out, XvpCode::kInit);
    append_xvp(out, XvpCode::kFail);
    CHECK(out == hex("02 96 fa000101 fa000100"));
}

TEST_CASE("a colour map's bytes, both ways", "[server_messages]")
{
    const Bytes message = colour_map(3, {{0xffff, 0x8000, 1}, {2, 3, 4}});
    CHECK(message == hex("01 00 0003 0002 ffff80000001 000200030004"));
    const ColourMap map = ColourMap::parse(body_of(message));
    CHECK(map.first == 3);
    REQUIRE(map.entries.size() == 2);
    CHECK(map.entries[0].green == 0x8000);
    CHECK(map.entries[1].blue == 4);
    CHECK(ColourMap::tail_length(hex("00 0003 0002")) == 12);
    CHECK(ColourMap::tail_length(hex("00 0000 ffff")) == 6 * 65535);
    wants_exactly(body_of(message), [](const Bytes& body) { return ColourMap::parse(body); });
}

TEST_CASE("a colour map does not reach beyond its last entry", "[server_messages]")
{
    CHECK_NOTHROW(colour_map(65535, std::vector<ColourMapEntry>(1)));
    CHECK_THROWS_AS(colour_map(65535, std::vector<ColourMapEntry>(2)), std::length_error);
    CHECK_THROWS_AS(colour_map(0, std::vector<ColourMapEntry>(65536)), std::length_error);
}

TEST_CASE("a random colour map survives the wire", "[server_messages]")
{
    Random random;
    std::vector<ColourMapEntry> entries;
    for (int i = 0; i < 256; ++i) {
        entries.push_back({random.u16(), random.u16(), random.u16()});
    }
    const ColourMap map = ColourMap::parse(body_of(colour_map(0, entries)));
    CHECK(colour_map(map.first, map.entries) == colour_map(0, entries));
}

TEST_CASE("an update of more rectangles than a message can hold goes out in several",
          "[server_messages]")
{
    const auto messages = [](std::uint32_t news, std::vector<std::uint32_t> parts) {
        std::vector<std::pair<std::size_t, std::uint32_t>> result;
        for (const UpdateMessage& message : update_messages(news, parts)) {
            result.emplace_back(message.parts, message.rectangles);
        }
        return result;
    };
    using Messages = std::vector<std::pair<std::size_t, std::uint32_t>>;
    CHECK(messages(0, {}) == Messages{{0, 0}});
    CHECK(messages(3, {}) == Messages{{0, 3}});
    CHECK(messages(2, {5, 7}) == Messages{{2, 14}});
    CHECK(messages(4, {65530}) == Messages{{1, 65534}});
    CHECK(messages(5, {65530}) == Messages{{0, 5}, {1, 65530}});
    CHECK(messages(1, {40000, 40000, 20000, 20000}) ==
          Messages{{1, 40001}, {2, 60000}, {1, 20000}});
    CHECK_THROWS_AS(messages(0, {65535}), std::length_error);
}
