#include "src/sources/pattern_still.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace covnc;

namespace {

std::uint32_t still_pixel(Size size, Point point)
{
    std::vector<std::uint32_t> pixels(static_cast<std::size_t>(size.area()));
    const WritablePixelView view(pixels.data(), size, size.width);
    paint_still(view);
    return view.at(point.x, point.y);
}

} // namespace

TEST_CASE("the still picture follows its formula", "[pattern]")
{
    CHECK(still_pixel({640, 480}, {0, 0}) == 0x000000);
    CHECK(still_pixel({640, 480}, {639, 479}) ==
          0xffff00 + ((639 / 32 + 479 / 32) % 2 == 1 ? 0xff : 0));
    CHECK(still_pixel({640, 480}, {32, 0}) == ((32 * 255 / 639) << 16 | 0xff));
    CHECK(still_pixel({640, 480}, {100, 200}) ==
          ((100 * 255 / 639) << 16 | (200 * 255 / 479) << 8 | ((3 + 6) % 2 == 1 ? 0xff : 0)));
}

TEST_CASE("a side of one pixel has no ramp", "[pattern]")
{
    CHECK(still_pixel({1, 1}, {0, 0}) == 0);
    CHECK(still_pixel({1, 3}, {0, 2}) == 0x00ff00);
}
