#include "src/sources/bitmap_font.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace covnc;

namespace {

constexpr std::uint32_t kWhite = 0xffffff;

// `text` in white on black, in just the space it takes.
std::vector<std::uint32_t> drawn(std::string_view text, int scale)
{
    const Size size = text_size(text, scale);
    std::vector<std::uint32_t> pixels(static_cast<std::size_t>(size.area()));
    draw_text({pixels.data(), size, size.width}, {0, 0}, text, kWhite, scale);
    return pixels;
}

// The share of light in a picture, 0 .. 1.
double brightness(const std::vector<std::uint32_t>& pixels)
{
    double sum = 0;
    for (const std::uint32_t pixel : pixels) {
        sum += (pixel & 0xffU) / 255.0;
    }
    return sum / static_cast<double>(pixels.size());
}

} // namespace

TEST_CASE("every printable character but the space has a shape of its own", "[font]")
{
    const int scale = GENERATE(1, 2, 3);
    std::vector<std::vector<std::uint32_t>> shapes;
    for (char character = 0x20; character <= 0x7e; ++character) {
        shapes.push_back(drawn(std::string(1, character), scale));
    }
    CHECK(brightness(shapes.front()) == 0);
    std::sort(shapes.begin(), shapes.end());
    CHECK(std::adjacent_find(shapes.begin(), shapes.end()) == shapes.end());
}

TEST_CASE("a character is equally heavy at all scales", "[font]")
{
    const double small = brightness(drawn("covnc", 1));
    for (const int scale : {2, 3, 4, 7}) {
        CHECK(brightness(drawn("covnc", scale)) == Approx(small).margin(0.02));
    }
}

TEST_CASE("an unprintable character is drawn as a question mark", "[font]")
{
    CHECK((drawn("\x1f", 1) == drawn("?", 1)));
    CHECK((drawn("\x7f", 2) == drawn("?", 2)));
    CHECK((drawn("\xff", 1) == drawn("?", 1)));
}

TEST_CASE("text is cut off at each edge of the surface", "[font]")
{
    const int scale = GENERATE(1, 2, 3);
    const Size whole = text_size("Mg", scale);
    const std::vector<std::uint32_t> all = drawn("Mg", scale);
    for (const Point offset : {Point{-7, -5}, Point{7, 5}, Point{-7, 5}, Point{1000, 0}}) {
        // The surface is a part of a larger one that has to stay black.
        constexpr Size kPart{13, 11};
        std::vector<std::uint32_t> pixels(33 * 31);
        const WritablePixelView outer(pixels.data(), {33, 31}, 33);
        draw_text(outer.part({10, 10, kPart.width, kPart.height}), offset, "Mg", kWhite, scale);
        for (std::int32_t y = 0; y < outer.height(); ++y) {
            for (std::int32_t x = 0; x < outer.width(); ++x) {
                const Point in_part{x - 10, y - 10};
                const Point in_text{in_part.x - offset.x, in_part.y - offset.y};
                const bool shows = Rect::of(kPart).contains({in_part.x, in_part.y, 1, 1}) &&
                                   Rect::of(whole).contains({in_text.x, in_text.y, 1, 1});
                const std::uint32_t expected =
                    shows ? all[static_cast<std::size_t>(in_text.y * whole.width + in_text.x)] : 0;
                REQUIRE(outer.at(x, y) == expected);
            }
        }
    }
}

TEST_CASE("blending goes from the one colour to the other", "[font]")
{
    CHECK(blend(0x102030, 0xf0e0d0, 0) == 0x102030);
    CHECK(blend(0x102030, 0xf0e0d0, 255) == 0xf0e0d0);
    CHECK(blend(0x000000, 0xff8000, 51) == 0x331a00);
}
