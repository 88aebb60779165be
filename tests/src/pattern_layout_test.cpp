#include "encodings/region.h"
#include "src/sources/pattern_layout.h"

#include <catch2/catch.hpp>

#include <random>

using namespace covnc;

namespace {

// Fails where a part leaves the display or lies on another.
void check_parts(Size size)
{
    const PatternLayout layout = PatternLayout::of(size);
    CAPTURE(size.width, size.height);
    Region taken;
    for (const Rect& part : {layout.title,
                             layout.hue,
                             layout.scene,
                             layout.canvas,
                             layout.status,
                             layout.log,
                             layout.console}) {
        CAPTURE(part.x, part.y, part.width, part.height);
        REQUIRE(part.width >= 0);
        REQUIRE(part.height >= 0);
        if (!part.is_empty()) {
            REQUIRE(Rect::of(size).contains(part));
            REQUIRE_FALSE(taken.intersects(part));
            taken |= part;
        }
    }
    REQUIRE_FALSE(layout.scene.is_empty());
}

} // namespace

TEST_CASE("the parts of the pattern lie inside and apart from each other", "[pattern]")
{
    std::mt19937 random(2);
    for (int i = 0; i < 4000; ++i) {
        const unsigned largest = i % 2 == 0 ? 16384 : 700;
        check_parts({1 + static_cast<std::int32_t>(random() % largest),
                     1 + static_cast<std::int32_t>(random() % largest)});
    }
}

TEST_CASE("the parts fit where the layout changes, and at the extremes", "[pattern]")
{
    for (const std::int32_t width : {1, 199, 200, 559, 560, 1600, 3200, 16384}) {
        for (const std::int32_t height : {1, 139, 140, 419, 420, 599, 600, 2000, 16384}) {
            check_parts({width, height});
        }
    }
}

TEST_CASE("parts go one after the other as the display gets smaller", "[pattern]")
{
    const PatternLayout large = PatternLayout::of({1024, 768});
    CHECK_FALSE(large.log.is_empty());
    CHECK(large.scale == 1);
    const PatternLayout medium = PatternLayout::of({320, 200});
    CHECK(medium.log.is_empty());
    CHECK_FALSE(medium.console.is_empty());
    CHECK_FALSE(medium.canvas.is_empty());
    const PatternLayout small = PatternLayout::of({64, 64});
    CHECK(small.console.is_empty());
    CHECK(small.scene == Rect{0, 0, 64, 64});
    CHECK(PatternLayout::of({3840, 2160}).scale == 2);
}
