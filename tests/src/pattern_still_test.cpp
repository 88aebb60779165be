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

TEST_CASE("every pixel of the still picture follows its formula, and nothing else is touched",
          "[pattern]")
{
    const Size size = GENERATE(Size{1, 1}, Size{2, 1}, Size{1, 70}, Size{33, 65}, Size{641, 479});
    CAPTURE(size.width, size.height);
    constexpr std::uint32_t kGuard = 0xdeadbeef;
    const std::int32_t stride = size.width + 3;
    std::vector<std::uint32_t> pixels(static_cast<std::size_t>(stride * (size.height + 2)), kGuard);
    paint_still({pixels.data() + stride + 1, size, stride});
    for (std::int32_t row = 0; row < size.height + 2; ++row) {
        for (std::int32_t column = 0; column < stride; ++column) {
            const std::int32_t x = column - 1;
            const std::int32_t y = row - 1;
            std::uint32_t expected = kGuard;
            if (Rect::of(size).contains({x, y, 1, 1})) {
                const int red = size.width == 1 ? 0 : x * 255 / (size.width - 1);
                const int green = size.height == 1 ? 0 : y * 255 / (size.height - 1);
                const int blue = (x / 32 + y / 32) % 2 == 1 ? 255 : 0;
                expected = static_cast<std::uint32_t>(red * 65536 + green * 256 + blue);
            }
            REQUIRE(pixels[static_cast<std::size_t>(row * stride + column)] == expected);
        }
    }
}

TEST_CASE("a side of one pixel has no ramp", "[pattern]")
{
    CHECK(still_pixel({1, 1}, {0, 0}) == 0);
    CHECK(still_pixel({1, 3}, {0, 2}) == 0x00ff00);
}
