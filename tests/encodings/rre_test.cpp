#include "encodings/rre.h"
#include "tests/encodings/encoding_support.h"
#include "tests/support/decoder.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

constexpr std::uint32_t kPaper = 0x112233;
constexpr std::uint32_t kInk = 0x445566;

void draw(Picture& picture, const Rect& rect, std::uint32_t colour)
{
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        for (std::int32_t x = rect.x; x < rect.right(); ++x) {
            picture.at(x, y) = colour;
        }
    }
}

Bytes rre(const Picture& picture, const PixelFormat& format = kNativePixelFormat)
{
    return data_of(encode(picture, format, Encoding::kRre));
}

Bytes corre(const Picture& picture, const PixelFormat& format = kNativePixelFormat)
{
    return data_of(encode(picture, format, Encoding::kCoRre));
}

// The heads of an update's rectangles, of which each is flat: 8 bytes of data.
std::vector<Bytes> flat_heads(const EncodedUpdate& update)
{
    std::vector<Bytes> heads;
    for (auto at = update.body.begin(); at != update.body.end(); at += 12 + 8) {
        heads.emplace_back(at, at + 12);
    }
    return heads;
}

} // namespace

TEST_CASE("a flat rectangle is its background and no subrectangles", "[rre]")
{
    const Bytes flat{0, 0, 0, 0, 0x33, 0x22, 0x11, 0};
    REQUIRE(rre(Picture({100, 90}, kPaper)) == flat);
    REQUIRE(corre(Picture({100, 90}, kPaper)) == flat);
}

TEST_CASE("subrectangles have a colour, a position and a size", "[rre]")
{
    Picture picture({100, 90}, kPaper);
    draw(picture, {7, 5, 60, 20}, kInk);
    draw(picture, {99, 89, 1, 1}, 0x000007);
    REQUIRE(rre(picture) == Bytes{0, 0, 0, 2,  0x33, 0x22, 0x11, 0, 0x66, 0x55, 0x44,
                                  0, 0, 7, 0,  5,    0,    60,   0, 20,   7,    0,
                                  0, 0, 0, 99, 0,    89,   0,    1, 0,    1});
    REQUIRE(corre(picture) == Bytes{0, 0, 0,  2,  0x33, 0x22, 0x11, 0, 0x66, 0x55, 0x44, 0,
                                    7, 5, 60, 20, 7,    0,    0,    0, 99,   89,   1,    1});
}

TEST_CASE("RRE's background is the most frequent colour", "[rre]")
{
    Picture picture({10, 10}, kPaper);
    draw(picture, {0, 0, 10, 6}, kInk);
    REQUIRE(corre(picture) ==
            Bytes{0, 0, 0, 1, 0x66, 0x55, 0x44, 0, 0x33, 0x22, 0x11, 0, 0, 6, 10, 4});
}

TEST_CASE("the larger one of a wide and a tall subrectangle is taken", "[rre]")
{
    Picture picture({20, 20}, kPaper);
    draw(picture, {3, 2, 4, 1}, kInk);
    draw(picture, {3, 2, 2, 9}, kInk);
    REQUIRE(corre(picture) == Bytes{0, 0, 0, 2, 0x33, 0x22, 0x11, 0, 0x66, 0x55, 0x44, 0,
                                    3, 2, 2, 9, 0x66, 0x55, 0x44, 0, 5,    2,    2,    1});
}

TEST_CASE("a rectangle goes out in blocks, row by row, and each is counted", "[rre]")
{
    const Picture picture({131, 129}, kPaper);
    const SourceRect rect{{1, 2, 131, 129}, picture.view()};
    for (const std::uint8_t number : {std::uint8_t{2}, std::uint8_t{4}}) {
        const EncodedUpdate update =
            encode_update({}, {&rect, 1}, kNativePixelFormat, Encoding{number}, Effort::kFast);
        REQUIRE(update.rectangle_count == 4);
        REQUIRE(flat_heads(update) ==
                std::vector<Bytes>{{0, 1, 0, 2, 0, 128, 0, 128, 0, 0, 0, number},
                                   {0, 129, 0, 2, 0, 3, 0, 128, 0, 0, 0, number},
                                   {0, 1, 0, 130, 0, 128, 0, 1, 0, 0, 0, number},
                                   {0, 129, 0, 130, 0, 3, 0, 1, 0, 0, 0, number}});
    }
}

TEST_CASE("what RRE would not make smaller is raw", "[rre]")
{
    Random random(31);
    const Picture picture = noise({20, 20}, random);
    for (const Encoding encoding : {Encoding::kRre, Encoding::kCoRre}) {
        REQUIRE(encode(picture, kNativePixelFormat, encoding).body ==
                encode(picture, kNativePixelFormat, Encoding::kRaw).body);
        // Head of RRE and one pixel: larger.
        REQUIRE(encode(Picture({1, 1}), kNativePixelFormat, encoding).body[11] == 0);
        // Equal: 8 bytes each.
        REQUIRE(encode(Picture({2, 1}), kNativePixelFormat, encoding).body[11] == 0);
        REQUIRE(encode(Picture({3, 1}), kNativePixelFormat, encoding).body[11] != 0);
    }
}

TEST_CASE("the last subrectangle that fits is written, and one more is not", "[rre]")
{
    // 8 bytes and 12 for each pixel of ink, of 40 * 4 = 160 bytes: 12 pixels make 152, 13 make 164.
    for (const std::int32_t pixels : {12, 13}) {
        Picture picture({40, 1}, kPaper);
        for (std::int32_t i = 0; i < pixels; ++i) {
            picture.at(2 * i, 0) = kInk;
        }
        const EncodedUpdate update = encode(picture, kNativePixelFormat, Encoding::kRre);
        REQUIRE(update.body[11] == (pixels == 12 ? 2 : 0));
        REQUIRE(update.body.size() == 12 + (pixels == 12 ? 152U : 160U));
    }
}

TEST_CASE("blocks stay below 10000 subrectangles", "[rre]")
{
    // The most of them that are smaller than raw.
    for (const PixelFormat& format :
         {kNativePixelFormat, rgb(16, 16, 5, 6, 5), rgb(8, 8, 3, 3, 2)}) {
        const std::size_t raw =
            std::size_t{kRreBlockSide} * kRreBlockSide * format.bytes_per_pixel();
        REQUIRE(raw / (format.bytes_per_pixel() + 4) < 10000);
    }
    STATIC_REQUIRE(kRreBlockSide <= 255);
}

TEST_CASE("a block of more colours than are counted survives", "[rre]")
{
    Picture picture({128, 128}, 0xffffff);
    for (std::int32_t i = 0; i < 400; ++i) {
        picture.at(i % 128, i / 128) = static_cast<std::uint32_t>(i);
    }
    const EncodedUpdate update = encode(picture, kNativePixelFormat, Encoding::kRre);
    REQUIRE(update.body[11] == 2);
    UpdateDecoder viewer(kNativePixelFormat, picture.size);
    viewer.decode(update);
    REQUIRE(viewer.pixels() == picture.pixels);
}

TEST_CASE("PIXELs of RRE follow the format", "[rre]")
{
    const Picture flat({16, 16}, 0xff0000);
    REQUIRE(rre(flat, big_endian(kNativePixelFormat)) == Bytes{0, 0, 0, 0, 0, 0xff, 0, 0});
    REQUIRE(rre(flat, rgb(16, 16, 5, 6, 5)) == Bytes{0, 0, 0, 0, 0x00, 0xf8});
    REQUIRE(corre(flat, rgb(8, 8, 3, 3, 2)) == Bytes{0, 0, 0, 0, 0xe0});
}
