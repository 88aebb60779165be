#include "rfb/screen_layout.h"
#include "tests/rfb/message_support.h"

using namespace covnc;
using namespace covnc::test;

namespace {

constexpr std::int64_t kPlenty = std::int64_t{1} << 40;
const ScreenLayout kCurrent{{1024, 768}, {{7, {0, 0, 1024, 768}, 9}}};

ScreenLayout two_screens()
{
    return {{200, 100}, {{1, {0, 0, 100, 100}, 0}, {2, {100, 0, 100, 100}, 3}}};
}

ResizeStatus status_of(const ScreenLayout& wanted, std::int64_t max_pixels = kPlenty)
{
    const LayoutDecision decision = decide_layout(wanted, kCurrent, max_pixels);
    if (decision.status != ResizeStatus::kOk) {
        CHECK(decision.layout == kCurrent);
    }
    return decision.status;
}

} // namespace

TEST_CASE("of a single screen only the size is taken", "[screen_layout]")
{
    const ScreenLayout garbage{{640, 480}, {{0xdeadbeef, {60000, 60000, 0, 1}, 0xffffffff}}};
    const LayoutDecision decision = decide_layout(garbage, kCurrent, kPlenty);
    CHECK(decision.status == ResizeStatus::kOk);
    CHECK(decision.layout == ScreenLayout{{640, 480}, {{7, {0, 0, 640, 480}, 9}}});
}

TEST_CASE("a single screen takes over the first of several", "[screen_layout]")
{
    const LayoutDecision decision =
        decide_layout(ScreenLayout::single({50, 60}, 42), two_screens(), kPlenty);
    CHECK(decision.layout == ScreenLayout{{50, 60}, {{1, {0, 0, 50, 60}, 0}}});
}

TEST_CASE("several screens are taken as they are", "[screen_layout]")
{
    const LayoutDecision decision = decide_layout(two_screens(), kCurrent, kPlenty);
    CHECK(decision.status == ResizeStatus::kOk);
    CHECK(decision.layout == two_screens());
}

TEST_CASE("screens may overlap and need not cover everything", "[screen_layout]")
{
    ScreenLayout layout = two_screens();
    layout.screens[1].area = {50, 50, 10, 10};
    CHECK(status_of(layout) == ResizeStatus::kOk);
}

TEST_CASE("what there is already may be asked for", "[screen_layout]")
{
    const LayoutDecision decision = decide_layout(kCurrent, kCurrent, kPlenty);
    CHECK(decision.status == ResizeStatus::kOk);
    CHECK(decision.layout == kCurrent);
}

TEST_CASE("no screen at all is invalid", "[screen_layout]")
{
    CHECK(status_of({{640, 480}, {}}) == ResizeStatus::kInvalidLayout);
}

TEST_CASE("equal ids are invalid", "[screen_layout]")
{
    ScreenLayout layout = two_screens();
    layout.screens[1].id = 1;
    CHECK(status_of(layout) == ResizeStatus::kInvalidLayout);
    layout = two_screens();
    layout.screens.push_back({3, {0, 0, 1, 1}, 0});
    layout.screens.push_back({1, {0, 0, 1, 1}, 0});
    CHECK(status_of(layout) == ResizeStatus::kInvalidLayout);
}

TEST_CASE("a screen that is empty or reaches outside is invalid", "[screen_layout]")
{
    for (const Rect& area : {Rect{0, 0, 0, 10},
                             Rect{0, 0, 10, 0},
                             Rect{101, 0, 100, 100},
                             Rect{100, 1, 100, 100},
                             Rect{65535, 65535, 65535, 65535}}) {
        ScreenLayout layout = two_screens();
        layout.screens[1].area = area;
        CHECK(status_of(layout) == ResizeStatus::kInvalidLayout);
    }
}

TEST_CASE("a side of nothing or above the limit is invalid", "[screen_layout]")
{
    for (const Size size :
         {Size{0, 10}, Size{10, 0}, Size{16385, 10}, Size{10, 16385}, Size{65535, 65535}}) {
        CHECK(status_of(ScreenLayout::single(size)) == ResizeStatus::kInvalidLayout);
    }
    CHECK(status_of(ScreenLayout::single({16384, 16384})) == ResizeStatus::kOk);
    CHECK(status_of(ScreenLayout::single({1, 1})) == ResizeStatus::kOk);
}

TEST_CASE("too many pixels are out of resources", "[screen_layout]")
{
    CHECK(status_of(ScreenLayout::single({100, 100}), 10000) == ResizeStatus::kOk);
    CHECK(status_of(ScreenLayout::single({100, 101}), 10000) == ResizeStatus::kOutOfResources);
}

TEST_CASE("screens survive the wire", "[screen_layout]")
{
    Random random;
    std::vector<Screen> screens;
    for (std::size_t i = 0; i < kMaxScreens; ++i) {
        screens.push_back({random.u32(), random.rect(), random.u32()});
    }
    Bytes out;
    ByteWriter writer(out);
    write_screens(writer, screens);
    REQUIRE(out.size() == kMaxScreens * Screen::kWireSize);
    ByteReader in(out, "screens");
    CHECK(read_screens(in, kMaxScreens) == screens);
    CHECK_NOTHROW(in.expect_end());
    ByteReader again(out, "screens");
    CHECK_THROWS_AS(read_screens(again, SIZE_MAX), ProtocolError);
}
