#include "src/sources/pixel_layout.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace covnc;

namespace {

// One row of pixels, as bytes, in what they become.
std::vector<std::uint32_t> convert(std::uint32_t code, const std::vector<std::uint8_t>& bytes)
{
    const auto layout = PixelLayout::from_pixman(code);
    REQUIRE(layout);
    const std::size_t count = bytes.size() / layout->bytes_per_pixel();
    std::vector<std::uint32_t> pixels(count, 0xdeadbeef);
    const Size size{static_cast<std::int32_t>(count), 1};
    layout->convert(bytes.data(), bytes.size(), {pixels.data(), size, size.width});
    return pixels;
}

using Pixels = std::vector<std::uint32_t>;

} // namespace

TEST_CASE("every format becomes 0x00RRGGBB", "[pixel_layout]")
{
    // Red 0x11, green 0x22, blue 0x33; the byte of no colour, or of alpha, is 0xee.
    CHECK(convert(0x20020888, {0x33, 0x22, 0x11, 0xee}) == Pixels{0x112233}); // x8r8g8b8
    CHECK(convert(0x20028888, {0x33, 0x22, 0x11, 0xee}) == Pixels{0x112233}); // a8r8g8b8
    CHECK(convert(0x20030888, {0x11, 0x22, 0x33, 0xee}) == Pixels{0x112233}); // x8b8g8r8
    CHECK(convert(0x20038888, {0x11, 0x22, 0x33, 0xee}) == Pixels{0x112233}); // a8b8g8r8
    CHECK(convert(0x20080888, {0xee, 0x11, 0x22, 0x33}) == Pixels{0x112233}); // b8g8r8x8
    CHECK(convert(0x20088888, {0xee, 0x11, 0x22, 0x33}) == Pixels{0x112233}); // b8g8r8a8
    CHECK(convert(0x20090888, {0xee, 0x33, 0x22, 0x11}) == Pixels{0x112233}); // r8g8b8x8
    CHECK(convert(0x18020888, {0x33, 0x22, 0x11}) == Pixels{0x112233});       // r8g8b8
    CHECK(convert(0x18030888, {0x11, 0x22, 0x33}) == Pixels{0x112233});       // b8g8r8
}

TEST_CASE("narrow colours are widened so that black and white stay so", "[pixel_layout]")
{
    // r5g6b5: white, red, green, blue, the smallest step of each
    CHECK(convert(0x10020565, {0xff, 0xff, 0x00, 0xf8, 0xe0, 0x07, 0x1f, 0x00, 0x00, 0x00}) ==
          Pixels{0xffffff, 0xff0000, 0x00ff00, 0x0000ff, 0x000000});
    CHECK(convert(0x10020565, {0x01, 0x00, 0x20, 0x00, 0x00, 0x08}) ==
          Pixels{0x000008, 0x000400, 0x080000});
    // x1r5g5b5: the top bit is of no colour
    CHECK(convert(0x10020555, {0xff, 0xff, 0x00, 0x80, 0x00, 0x7c, 0xe0, 0x03, 0x1f, 0x00}) ==
          Pixels{0xffffff, 0x000000, 0xff0000, 0x00ff00, 0x0000ff});
    CHECK(convert(0x10030565, {0x1f, 0x00}) == Pixels{0xff0000}); // b5g6r5
    CHECK(convert(0x10020444, {0x0f, 0x00, 0x21, 0x03}) == Pixels{0x0000ff, 0x332211});
}

TEST_CASE("rows lie a stride apart, at any alignment", "[pixel_layout]")
{
    const auto layout = PixelLayout::from_pixman(0x20020888);
    REQUIRE(layout);
    std::vector<std::uint8_t> bytes(1 + 11 + 8, 0x77);
    const std::vector<std::uint8_t> row{1, 2, 3, 0, 4, 5, 6, 0};
    std::copy(row.begin(), row.end(), bytes.begin() + 1);
    std::copy(row.begin(), row.end(), bytes.begin() + 1 + 11);
    std::vector<std::uint32_t> pixels(6, 0xdeadbeef);
    layout->convert(bytes.data() + 1, 11, {pixels.data(), {2, 2}, 3});
    CHECK(pixels == Pixels{0x030201, 0x060504, 0xdeadbeef, 0x030201, 0x060504, 0xdeadbeef});
}

TEST_CASE("the last row needs no padding", "[pixel_layout]")
{
    const auto layout = PixelLayout::from_pixman(0x18020888);
    REQUIRE(layout);
    CHECK(layout->bytes_needed({10, 1}, 100) == 30);
    CHECK(layout->bytes_needed({10, 3}, 100) == 230);
    CHECK(layout->bytes_needed({0, 3}, 100) == 0);
    CHECK(layout->bytes_needed({16384, 16384}, 0xffffffff) == 16383ULL * 0xffffffffULL + 49152ULL);
}

TEST_CASE("formats that are none are refused", "[pixel_layout]")
{
    for (const std::uint32_t code : {0x0U,
                                     0xffffffffU,
                                     0x20010888U, // colour-mapped
                                     0x200a0888U, // a type there is not
                                     0x08020888U, // 8 bits
                                     0x10020888U, // more colour than bits
                                     0x18028888U,
                                     0x20020088U, // no red
                                     0x20020898U, // 9 bits of green
                                     0x20020aaaU}) {
        CAPTURE(code);
        CHECK_FALSE(PixelLayout::from_pixman(code));
    }
}
