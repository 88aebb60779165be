#include "encodings/hextile.h"
#include "tests/encodings/encoding_support.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

constexpr std::uint32_t kPaper = 0x112233;
constexpr std::uint32_t kInk = 0x445566;

Bytes hextile(const Picture& picture, const PixelFormat& format = kNativePixelFormat)
{
    return data_of(encode(picture, format, Encoding::kHextile));
}

// Each part is bytes of its own.
Bytes joined(std::initializer_list<Bytes> parts)
{
    Bytes all;
    for (const Bytes& part : parts) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

const Bytes kPaperBytes{0x33, 0x22, 0x11, 0};
const Bytes kInkBytes{0x66, 0x55, 0x44, 0};

// Tiles side by side on paper.
Picture tiles_on_paper(std::int32_t count)
{
    return Picture({16 * count, 16}, kPaper);
}

void draw(Picture& picture, const Rect& rect, std::uint32_t colour)
{
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        for (std::int32_t x = rect.x; x < rect.right(); ++x) {
            picture.at(x, y) = colour;
        }
    }
}

void draw_noise(Picture& picture, const Rect& rect)
{
    std::uint32_t colour = 0x100000;
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        for (std::int32_t x = rect.x; x < rect.right(); ++x) {
            picture.at(x, y) = ++colour;
        }
    }
}

Bytes noise_bytes()
{
    Bytes bytes{1};
    for (std::uint32_t i = 1; i <= 256; ++i) {
        bytes.insert(bytes.end(),
                     {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i / 256), 0x10, 0});
    }
    return bytes;
}

} // namespace

TEST_CASE("a flat tile is its background, and after its like an empty mask", "[hextile]")
{
    REQUIRE(hextile(tiles_on_paper(3)) == joined({{2}, kPaperBytes, {0}, {0}}));
}

TEST_CASE("a tile of two colours names both and then only positions", "[hextile]")
{
    Picture picture = tiles_on_paper(1);
    draw(picture, {3, 5, 1, 1}, kInk);
    REQUIRE(hextile(picture) == joined({{2 | 4 | 8}, kPaperBytes, kInkBytes, {1, 0x35, 0x00}}));
}

TEST_CASE("subrectangles take whole areas", "[hextile]")
{
    Picture picture = tiles_on_paper(1);
    draw(picture, {0, 0, 16, 2}, kInk);
    draw(picture, {4, 5, 2, 9}, kInk);
    REQUIRE(hextile(picture) ==
            joined({{14}, kPaperBytes, kInkBytes, {2, 0x00, 0xf1, 0x45, 0x18}}));
}

TEST_CASE("the background is the more frequent colour", "[hextile]")
{
    Picture picture = tiles_on_paper(1);
    draw(picture, {0, 0, 16, 9}, kInk);
    REQUIRE(hextile(picture) == joined({{14}, kInkBytes, kPaperBytes, {1, 0x09, 0xf6}}));
}

TEST_CASE("a foreground is carried on, also over flat tiles", "[hextile]")
{
    Picture picture = tiles_on_paper(4);
    draw(picture, {0, 0, 1, 1}, kInk);
    draw(picture, {16, 0, 1, 1}, kInk);
    draw(picture, {48, 0, 1, 1}, kInk);
    const Bytes again{8, 1, 0x00, 0x00};
    REQUIRE(hextile(picture) ==
            joined({{14}, kPaperBytes, kInkBytes, {1, 0x00, 0x00}, again, {0}, again}));
}

TEST_CASE("a tile of more colours gives one with each subrectangle", "[hextile]")
{
    Picture picture = tiles_on_paper(1);
    draw(picture, {1, 1, 2, 1}, kInk);
    draw(picture, {15, 15, 1, 1}, 0x000007);
    REQUIRE(
        hextile(picture) ==
        joined(
            {{2 | 8 | 16}, kPaperBytes, {2}, kInkBytes, {0x11, 0x10}, {7, 0, 0, 0}, {0xff, 0x00}}));
}

TEST_CASE("after coloured subrectangles the foreground is given again", "[hextile]")
{
    Picture picture = tiles_on_paper(3);
    draw(picture, {0, 0, 1, 1}, kInk);
    draw(picture, {16, 0, 1, 1}, kInk);
    draw(picture, {17, 0, 1, 1}, 0x000007);
    draw(picture, {32, 0, 1, 1}, kInk);
    const Bytes coloured = joined({{8 | 16, 2}, kInkBytes, {0x00, 0x00, 7, 0, 0, 0, 0x10, 0x00}});
    REQUIRE(hextile(picture) == joined({{14},
                                        kPaperBytes,
                                        kInkBytes,
                                        {1, 0x00, 0x00},
                                        coloured,
                                        {4 | 8},
                                        kInkBytes,
                                        {1, 0x00, 0x00}}));
}

TEST_CASE("after a raw tile both colours are given again", "[hextile]")
{
    Picture picture = tiles_on_paper(3);
    draw(picture, {0, 0, 1, 1}, kInk);
    draw_noise(picture, {16, 0, 16, 16});
    draw(picture, {32, 0, 1, 1}, kInk);
    const Bytes both = joined({{14}, kPaperBytes, kInkBytes, {1, 0x00, 0x00}});
    REQUIRE(hextile(picture) == joined({both, noise_bytes(), both}));
}

TEST_CASE("each rectangle begins with nothing carried", "[hextile]")
{
    const Picture picture({16, 16}, kPaper);
    const std::vector<SourceRect> rects{{{0, 0, 16, 16}, picture.view()},
                                        {{16, 0, 16, 16}, picture.view()}};
    const EncodedUpdate update =
        encode_update({}, rects, kNativePixelFormat, Encoding::kHextile, Effort::kFast);
    REQUIRE(update.body.size() == 2 * (12 + 5));
    REQUIRE(Bytes(update.body.end() - 5, update.body.end()) == joined({{2}, kPaperBytes}));
}

TEST_CASE("tiles at the right and bottom edges are smaller", "[hextile]")
{
    Picture picture({17, 17}, kPaper);
    draw(picture, {16, 0, 1, 17}, kInk);
    REQUIRE(hextile(picture) ==
            joined({{2}, kPaperBytes, {2}, kInkBytes, {2}, kPaperBytes, {1}, kInkBytes}));
}

TEST_CASE("a form that is not smaller than raw is raw", "[hextile]")
{
    // One pixel: mask and background are as long as the raw pixel.
    REQUIRE(hextile(Picture({1, 1}, kPaper)) == joined({{1}, kPaperBytes}));
    Random random(5);
    for (std::uint32_t colours = 1; colours < 260; ++colours) {
        for (const Size size : {Size{16, 16}, Size{3, 5}, Size{16, 1}}) {
            for (const PixelFormat& format :
                 {kNativePixelFormat, rgb(16, 16, 5, 6, 5), rgb(8, 8, 3, 3, 2)}) {
                const Picture picture = few_colours(size, colours, 3, random);
                const std::size_t raw =
                    1 + static_cast<std::size_t>(size.area()) * format.bytes_per_pixel();
                const Bytes bytes = hextile(picture, format);
                REQUIRE(bytes.size() <= raw);
                REQUIRE((bytes.size() == raw) == (bytes[0] == 1));
            }
        }
    }
}

TEST_CASE("a chequered tile of two colours counts its 128 subrectangles", "[hextile]")
{
    Picture picture = tiles_on_paper(1);
    for (std::int32_t i = 0; i < 256; ++i) {
        if ((i / 16 + i) % 2 == 1) {
            picture.at(i % 16, i / 16) = kInk;
        }
    }
    const Bytes bytes = hextile(picture);
    REQUIRE(bytes.size() == 1 + 4 + 4 + 1 + 128 * 2);
    REQUIRE(bytes[9] == 128);
}

TEST_CASE("PIXELs in tiles follow the format", "[hextile]")
{
    const Picture flat({16, 16}, 0xff0000);
    REQUIRE(hextile(flat, big_endian(kNativePixelFormat)) == Bytes{2, 0, 0xff, 0, 0});
    REQUIRE(hextile(flat, rgb(16, 16, 5, 6, 5)) == Bytes{2, 0x00, 0xf8});
    REQUIRE(hextile(flat, rgb(8, 8, 3, 3, 2)) == Bytes{2, 0xe0});
}
