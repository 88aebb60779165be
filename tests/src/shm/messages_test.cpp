#include "rfb/constants.h"
#include "tests/src/shm/shm_support.h"

using namespace covnc;
using namespace covnc::shm;
using namespace covnc::shm_test;

namespace {

constexpr auto kSide = static_cast<std::uint32_t>(kMaxSide);
constexpr auto kCursorSide = static_cast<std::uint32_t>(kMaxCursorSide);

template <typename T>
T parse_as(const Bytes& bytes)
{
    return std::get<T>(parse(bytes));
}

// Every shorter message is refused, and one longer byte.
void check_only_whole(const Bytes& bytes)
{
    REQUIRE_NOTHROW(parse(bytes));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        CAPTURE(length);
        CHECK_THROWS_AS(parse(std::span(bytes).first(length)), shm::ProtocolError);
    }
    Bytes longer = bytes;
    longer.push_back(0);
    CHECK_THROWS_AS(parse(longer), shm::ProtocolError);
}

// Whatever stands at `word` may be up to `most`.
void check_bound(Bytes bytes, std::size_t word, std::uint32_t most)
{
    for (const std::uint32_t value : {0U, most, most + 1, 0x80000000U, 0xffffffffU}) {
        std::memcpy(&bytes[word * sizeof value], &value, sizeof value);
        CAPTURE(word, value);
        if (value <= most) {
            CHECK_NOTHROW(parse(bytes));
        } else {
            CHECK_THROWS_AS(parse(bytes), shm::ProtocolError);
        }
    }
}

} // namespace

TEST_CASE("Hello tells version, flags and name", "[shm]")
{
    const Hello hello = parse_as<Hello>(words({1, kMagic, 1, kFlagResizable}, "my machine"));
    CHECK(hello.version == 1);
    CHECK(hello.flags == kFlagResizable);
    CHECK(hello.name == "my machine");
    CHECK(parse_as<Hello>(words({1, kMagic, 1, 0xffffffff})).name.empty());
}

TEST_CASE("a Hello that is cut, of another program or version is refused", "[shm]")
{
    const Bytes whole = words({1, kMagic, 1, 0});
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CHECK_THROWS_AS(parse(std::span(whole).first(length)), shm::ProtocolError);
    }
    CHECK_THROWS_WITH(parse(words({1, kMagic + 1, 1, 0})), "this is no covnc_display program");
    CHECK_THROWS_WITH(parse(words({1, kMagic, 2, 0})), Catch::Contains("version 2"));
    CHECK_THROWS_AS(parse(words({1, kMagic, 0, 0})), shm::ProtocolError);
}

TEST_CASE("a name has up to 255 bytes", "[shm]")
{
    const std::string longest(kMaxName, 'n');
    CHECK(parse_as<Hello>(words({1, kMagic, 1, 0}, longest)).name == longest);
    CHECK_THROWS_AS(parse(words({1, kMagic, 1, 0}, longest + 'n')), shm::ProtocolError);
}

TEST_CASE("of a name, only UTF-8 without control characters is kept", "[shm]")
{
    const auto name = [](std::string_view sent) {
        return parse_as<Hello>(words({1, kMagic, 1, 0}, sent)).name;
    };
    CHECK(name("a\x1b[31m\n\x7f\tb") == "a[31mb");
    CHECK(name("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80") == "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
    CHECK(name("a\xc2\x9b"
               "31m") == "a31m"); // a control character of two bytes
    CHECK(name("a\xff\xc3") == "a");
    CHECK(name("\xe2\x82") == "");             // cut
    CHECK(name("\xc0\x80\xe0\x80\x80") == ""); // longer than needed
    CHECK(name("\xf0\x80\x80\x80") == "");
    CHECK(name("\xed\xa0\x80\xf4\x90\x80\x80\xf5\x80\x80\x80") == ""); // no characters
    CHECK(name("\xc2\xa0") == "\xc2\xa0");
    CHECK(name(std::string_view("a\0b", 3)) == "ab");
}

TEST_CASE("Surface tells size and stride", "[shm]")
{
    const Surface surface = parse_as<Surface>(words({2, 640, 480, 2560}));
    CHECK(surface.size == Size{640, 480});
    CHECK(surface.stride == 2560);
    check_only_whole(words({2, 640, 480, 2560}));
    check_bound(words({2, 1, 1, 4}), 1, kSide);
    check_bound(words({2, 1, 1, 4}), 2, kSide);
}

TEST_CASE("Damage tells up to 256 rectangles", "[shm]")
{
    CHECK(parse_as<Damage>(words({3})).rects.empty());
    const Damage damage = parse_as<Damage>(words({3, 1, 2, 3, 4, 5, 6, 7, 8}));
    REQUIRE(damage.rects.size() == 2);
    CHECK(damage.rects[0] == Rect{1, 2, 3, 4});
    CHECK(damage.rects[1] == Rect{5, 6, 7, 8});
    for (std::size_t word = 1; word <= 8; ++word) {
        check_bound(words({3, 1, 2, 3, 4, 5, 6, 7, 8}), word, kSide);
    }
    Bytes most = words({3});
    most.resize(kMaxMessage);
    CHECK(parse_as<Damage>(most).rects.size() == shm::kMaxRectangles);
    most.resize(most.size() + 16);
    CHECK_THROWS_WITH(parse(most), Catch::Contains("more than 256"));
}

TEST_CASE("Damage is cut between rectangles only", "[shm]")
{
    const Bytes whole = words({3, 1, 2, 3, 4, 5, 6, 7, 8});
    for (std::size_t length = 4; length <= whole.size(); ++length) {
        CAPTURE(length);
        const auto part = std::span(whole).first(length);
        if ((length - 4) % 16 == 0) {
            CHECK(std::get<Damage>(parse(part)).rects.size() == (length - 4) / 16);
        } else {
            CHECK_THROWS_AS(parse(part), shm::ProtocolError);
        }
    }
}

TEST_CASE("Bell is its type alone", "[shm]")
{
    parse_as<Bell>(words({8}));
    CHECK_THROWS_AS(parse(words({8, 1})), shm::ProtocolError);
}

TEST_CASE("Frame, Leds and PointerMode are one value each", "[shm]")
{
    CHECK(parse_as<Frame>(words({4, 0xffffffff})).number == 0xffffffff);
    CHECK(parse_as<Leds>(words({6, 0xffffffff})).leds == 7); // what is unknown is left out
    CHECK(parse_as<Leds>(words({6, 2})).leds == 2);
    CHECK_FALSE(parse_as<PointerMode>(words({7, 0})).absolute);
    CHECK(parse_as<PointerMode>(words({7, 5})).absolute);
    for (const std::uint32_t type : {4U, 6U, 7U}) {
        check_only_whole(words({type, 1}));
    }
}

TEST_CASE("Cursor tells size and hot spot", "[shm]")
{
    const CursorShape cursor = parse_as<CursorShape>(words({5, 16, 17, 3, 4}));
    CHECK(cursor.size == Size{16, 17});
    CHECK(cursor.hotspot == Point{3, 4});
    check_only_whole(words({5, 16, 17, 3, 4}));
    for (std::size_t word = 1; word <= 4; ++word) {
        check_bound(words({5, 1, 1, 0, 0}), word, kCursorSide);
    }
}

TEST_CASE("messages of unknown types are refused, the daemon's own too", "[shm]")
{
    for (const std::uint32_t type : {0U, 9U, 101U, 107U, 0x01000000U, 0xffffffffU}) {
        CHECK_THROWS_WITH(parse(words({type, 1})), Catch::Contains(std::to_string(type)));
    }
    CHECK_THROWS_AS(parse({}), shm::ProtocolError);
    CHECK_THROWS_AS(parse(Bytes{1, 0, 0}), shm::ProtocolError);
}

TEST_CASE("messages to the emulator are words, and Bye has a text", "[shm]")
{
    const DaemonMessage message(DaemonMessageType::kPointer, {1, 2, 3, 4, 5});
    const auto bytes = message.bytes();
    CHECK(Bytes(bytes.begin(), bytes.end()) == words({104, 1, 2, 3, 4, 5}));
    CHECK(bye("because") == words({107}, "because"));
}
