#include "encodings/trle.h"
#include "tests/encodings/encoding_support.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace covnc;
using namespace covnc::test;

namespace {

Bytes trle(const Picture& picture, const PixelFormat& format = kNativePixelFormat)
{
    return data_of(encode(picture, format, Encoding::kTrle));
}

// Tiles of one row side by side: the columns of each come from a function of tile, x.
template <typename Function>
Picture row_of_tiles(std::int32_t count, Function colour)
{
    Picture picture({16 * count, 1});
    for (std::int32_t x = 0; x < 16 * count; ++x) {
        picture.at(x, 0) = colour(x / 16, x % 16);
    }
    return picture;
}

std::uint32_t striped(std::int32_t x)
{
    return x % 2 == 0 ? 0x0a : 0x0b;
}

} // namespace

TEST_CASE("TRLE: a tile of one colour is 1 and that colour", "[trle]")
{
    REQUIRE(trle(Picture({16, 15}, 0x112233)) == Bytes{1, 0x33, 0x22, 0x11});
    REQUIRE(trle(Picture({1, 1}, 0x112233)) == Bytes{1, 0x33, 0x22, 0x11});
}

TEST_CASE("TRLE: tiles go row by row and are cut at the edges", "[trle]")
{
    Picture picture({17, 17}, 0x000001);
    for (std::int32_t i = 0; i < 16; ++i) {
        picture.at(16, i) = 0x000002;
        picture.at(i, 16) = 0x000003;
    }
    picture.at(16, 16) = 0x000004;
    REQUIRE(trle(picture) == Bytes{1, 1, 0, 0, 1, 2, 0, 0, 1, 3, 0, 0, 1, 4, 0, 0});
}

TEST_CASE("TRLE: a packed palette is used again by the next tile", "[trle]")
{
    const Picture picture =
        row_of_tiles(3, [](std::int32_t, std::int32_t x) { return striped(x); });
    REQUIRE(trle(picture) ==
            Bytes{2, 0x0a, 0, 0, 0x0b, 0, 0, 0x55, 0x55, 127, 0x55, 0x55, 127, 0x55, 0x55});
}

TEST_CASE("TRLE: indices are of the palette as it was sent", "[trle]")
{
    // The second tile has the colours in the other order, the third only one of them and a run.
    const Picture picture = row_of_tiles(3, [](std::int32_t tile, std::int32_t x) {
        return tile == 0 ? striped(x) : tile == 1 ? striped(x + 1) : striped(1);
    });
    REQUIRE(trle(picture) ==
            Bytes{2, 0x0a, 0, 0, 0x0b, 0, 0, 0x55, 0x55, 127, 0xaa, 0xaa, 127, 0xff, 0xff});
}

TEST_CASE("TRLE: palette runs use a palette again", "[trle]")
{
    Picture picture({32, 16}, 0x0a);
    for (std::int32_t y = 0; y < 16; ++y) {
        for (std::int32_t x = 0; x < 16; ++x) {
            picture.at(x, y) = y % 8 < 4 ? 0x0b : 0x0a;
        }
    }
    picture.at(31, 15) = 0x0b;
    REQUIRE(trle(picture) == Bytes{130,
                                   0x0b,
                                   0,
                                   0,
                                   0x0a,
                                   0,
                                   0, // a palette, four runs
                                   0x80,
                                   63,
                                   0x81,
                                   63,
                                   0x80,
                                   63,
                                   0x81,
                                   63,
                                   129,
                                   0x81,
                                   254,
                                   0x00}); // 255 pixels and 1
}

TEST_CASE("TRLE: a larger palette serves a tile of fewer colours where that is smaller", "[trle]")
{
    // 8 colours, then 3 of them: 4 bits a pixel and no palette, or 2 bits and a palette.
    const Picture picture = row_of_tiles(2, [](std::int32_t tile, std::int32_t x) {
        return static_cast<std::uint32_t>(tile == 0 ? x % 8 : x % 3) * 0x242424;
    });
    const Bytes large = trle(picture); // 1 + 8 against 1 + 3 * 3 + 4
    REQUIRE(large.size() == 1 + 8 * 3 + 8 + 1 + 8);
    REQUIRE(large[0] == 8);
    REQUIRE(large[1 + 8 * 3 + 8] == 127);
    const Bytes small = trle(picture, rgb(8, 8, 3, 3, 2)); // 1 + 8 against 1 + 3 + 4
    REQUIRE(small.size() == 1 + 8 + 8 + 1 + 3 + 4);
    REQUIRE(small[0] == 8);
    REQUIRE(small[1 + 8 + 8] == 3);
}

TEST_CASE("TRLE: no palette is used again over a tile without one", "[trle]")
{
    Random random(34);
    const Picture grain = noise({16, 1}, random);
    for (const bool is_solid : {true, false}) {
        Picture picture = row_of_tiles(3, [&](std::int32_t tile, std::int32_t x) {
            return tile != 1 ? striped(x) : is_solid ? 0xcccccc : grain.at(x, 0);
        });
        const Bytes bytes = trle(picture);
        const Bytes packed{2, 0x0a, 0, 0, 0x0b, 0, 0, 0x55, 0x55};
        REQUIRE(bytes.size() == 2 * packed.size() + (is_solid ? 4 : 1 + 48));
        REQUIRE(Bytes(bytes.begin(), bytes.begin() + 9) == packed);
        REQUIRE(bytes[9] == (is_solid ? 1 : 0));
        REQUIRE(Bytes(bytes.end() - 9, bytes.end()) == packed);
    }
}

TEST_CASE("TRLE: each rectangle begins without a palette", "[trle]")
{
    const Picture picture =
        row_of_tiles(1, [](std::int32_t, std::int32_t x) { return striped(x); });
    const std::vector<SourceRect> rects{{{0, 0, 16, 1}, picture.view()},
                                        {{0, 1, 16, 1}, picture.view()}};
    const EncodedUpdate update =
        encode_update({}, rects, kNativePixelFormat, Encoding::kTrle, Effort::kFast);
    REQUIRE(update.body.size() == 2 * (12 + 9));
    REQUIRE(update.body[11] == 15);
    REQUIRE(update.first_zlib_length_at == 0);
    REQUIRE(update.body[12] == 2);
    REQUIRE(update.body[12 + 9 + 12] == 2);
}

TEST_CASE("TRLE: a palette of more than 16 colours is used again for runs only", "[trle]")
{
    // 32 colours in runs of two pixels, then 16 of them in runs of a row.
    Picture picture({32, 16});
    for (std::int32_t y = 0; y < 16; ++y) {
        for (std::int32_t x = 0; x < 32; ++x) {
            picture.at(x, y) = static_cast<std::uint32_t>(x < 16 ? y % 4 * 8 + x / 2 : y * 2);
        }
    }
    const std::size_t first = 1 + 32 * 3 + 128 * 2;
    const Bytes runs = trle(picture);
    REQUIRE(runs.size() == first + 1 + 16 * 2);
    REQUIRE(runs[0] == 128 + 32);
    REQUIRE(runs[first] == 129);
    // 16 colours, of which no two neighbours are equal: packed, with a palette of its own.
    for (std::int32_t i = 0; i < 256; ++i) {
        picture.at(16 + i % 16, i / 16) = static_cast<std::uint32_t>(i % 16);
    }
    const Bytes packed = trle(picture);
    REQUIRE(packed.size() == first + 1 + 16 * 3 + 128);
    REQUIRE(packed[first] == 16);
}

TEST_CASE("TRLE: a tile never has more bytes than raw", "[trle]")
{
    Random random(35);
    for (std::uint32_t colours = 1; colours < 200; colours += 3) {
        for (const Size size : {Size{1, 2}, Size{3, 3}, Size{16, 2}, Size{16, 16}}) {
            const Picture picture = few_colours(size, colours, 3, random);
            for (const PixelFormat& format : {kNativePixelFormat, rgb(8, 8, 3, 3, 2)}) {
                const auto area = static_cast<std::size_t>(size.area());
                REQUIRE(trle(picture, format).size() <= 1 + area * format.bytes_per_cpixel());
            }
        }
    }
}

TEST_CASE("TRLE: CPIXELs follow the format", "[trle]")
{
    const Picture one({1, 1}, 0x112233);
    REQUIRE(trle(one, big_endian(kNativePixelFormat)) == Bytes{1, 0x11, 0x22, 0x33});
    REQUIRE(trle(one, with_shifts(kNativePixelFormat, 24, 16, 8)) == Bytes{1, 0x33, 0x22, 0x11});
    REQUIRE(trle(one, rgb(32, 32, 8, 8, 8)) == Bytes{1, 0x33, 0x22, 0x11, 0});
    REQUIRE(trle(Picture({1, 1}, 0xffffff), rgb(8, 8, 3, 3, 2)) == Bytes{1, 0xff});
}
