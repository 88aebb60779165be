#include "encodings/zrle.h"
#include "tests/encodings/encoding_support.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace covnc;
using namespace covnc::test;

namespace {

Bytes tiles(const Picture& picture, const PixelFormat& format = kNativePixelFormat)
{
    return zrle_tiles(encode(picture, format, Encoding::kZrle));
}

// A picture whose pixels come in runs: number i has length lengths[i] and colour colours[i].
Picture of_runs(Size size,
                const std::vector<std::size_t>& lengths,
                const std::vector<std::uint32_t>& colours)
{
    Picture picture(size);
    auto next = picture.pixels.begin();
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        next = std::fill_n(next, lengths[i], colours[i]);
    }
    return picture;
}

// n colours in runs of two pixels over a whole tile.
Picture pairs_of_colours(std::uint32_t n)
{
    Picture picture({64, 64});
    for (std::uint32_t i = 0; i < 4096; ++i) {
        picture.pixels[i] = (i / 2 % n) * 0x010203;
    }
    return picture;
}

} // namespace

TEST_CASE("a tile of one colour is 1 and that colour", "[zrle]")
{
    REQUIRE(tiles(Picture({64, 64}, 0x112233)) == Bytes{1, 0x33, 0x22, 0x11});
    REQUIRE(tiles(Picture({1, 1}, 0x112233)) == Bytes{1, 0x33, 0x22, 0x11});
}

TEST_CASE("tiles go row by row and are cut at the edges", "[zrle]")
{
    Picture picture({65, 65}, 0x000001);
    for (std::int32_t i = 0; i < 64; ++i) {
        picture.at(64, i) = 0x000002;
        picture.at(i, 64) = 0x000003;
    }
    picture.at(64, 64) = 0x000004;
    REQUIRE(tiles(picture) == Bytes{1, 1, 0, 0, 1, 2, 0, 0, 1, 3, 0, 0, 1, 4, 0, 0});
}

TEST_CASE("runs of 1, 255, 256, 257, 510, 511 have their lengths as the protocol says", "[zrle]")
{
    const Picture picture = of_runs(
        {64, 64}, {1, 255, 256, 257, 510, 511, 2306}, {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07});
    Bytes expected{128};
    const auto add = [&](std::uint8_t colour, const Bytes& length) {
        expected.insert(expected.end(), {colour, 0, 0});
        expected.insert(expected.end(), length.begin(), length.end());
    };
    add(1, {0x00});
    add(2, {0xfe});
    add(3, {0xff, 0x00});
    add(4, {0xff, 0x01});
    add(5, {0xff, 0xfe});
    add(6, {0xff, 0xff, 0x00});
    add(7, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0a}); // 1 + 9 * 255 + 10
    REQUIRE(tiles(picture) == expected);
}

TEST_CASE("palette runs: an index alone for one pixel, with bit 7 and a length for more", "[zrle]")
{
    const Picture picture =
        of_runs({64, 64}, {1, 255, 1, 256, 2, 3581}, {0x0a, 0x0b, 0x0a, 0x0b, 0x0a, 0x0b});
    Bytes expected{130, 0x0a, 0, 0, 0x0b, 0, 0};
    expected.insert(expected.end(), {0x00, 0x81, 0xfe, 0x00, 0x81, 0xff, 0x00, 0x80, 0x01, 0x81});
    expected.insert(expected.end(), 14, 0xff); // 3580 = 14 * 255 + 10
    expected.push_back(0x0a);
    REQUIRE(tiles(picture) == expected);
}

TEST_CASE("two colours are packed into bits, each row from a new byte", "[zrle]")
{
    Picture picture({9, 3}, 0x0a);
    picture.at(1, 0) = 0x0b;
    picture.at(8, 0) = 0x0b;
    picture.at(0, 1) = 0x0b;
    picture.at(2, 1) = 0x0b;
    picture.at(4, 1) = 0x0b;
    picture.at(7, 2) = 0x0b;
    REQUIRE(tiles(picture) == Bytes{2, 0x0a, 0, 0, 0x0b, 0, 0, 0x40, 0x80, 0xa8, 0x00, 0x01, 0x00});
}

TEST_CASE("3 and 4 colours are packed into 2 bits, 5 to 16 into 4", "[zrle]")
{
    const auto striped = [](std::uint32_t colours) {
        Picture picture({20, 20});
        for (std::uint32_t i = 0; i < 400; ++i) {
            picture.pixels[i] = i % colours + 1;
        }
        return tiles(picture);
    };
    for (const std::uint32_t colours : {2U, 3U, 4U, 5U, 16U}) {
        CAPTURE(colours);
        const std::size_t bits = colours == 2 ? 1 : colours <= 4 ? 2 : 4;
        const Bytes bytes = striped(colours);
        REQUIRE(bytes[0] == colours);
        REQUIRE(bytes.size() == 1 + 3 * colours + 20 * ((20 * bits + 7) / 8));
    }
    REQUIRE(striped(3)[10] == 0x18); // 0 1 2 0
    REQUIRE(striped(5)[16] == 0x01); // 0 1
    REQUIRE(striped(17)[0] == 128 + 17);
}

TEST_CASE("a palette has 127 colours at most", "[zrle]")
{
    REQUIRE(tiles(pairs_of_colours(126))[0] == 254);
    REQUIRE(tiles(pairs_of_colours(127))[0] == 255);
    REQUIRE(tiles(pairs_of_colours(128))[0] == 128);
    REQUIRE(tiles(pairs_of_colours(129))[0] == 128);
}

TEST_CASE("of two forms a byte apart the smaller one is taken", "[zrle]")
{
    // Palette runs: 1 + 2 * 3 + (2 + 1 + 30 * 2) = 70 bytes; packed: 1 + 2 * 3 + 8 * 8 = 71.
    std::vector<std::size_t> lengths{255, 1};
    lengths.insert(lengths.end(), 29, 2);
    lengths.push_back(198);
    std::vector<std::uint32_t> colours;
    for (std::uint32_t i = 0; i < lengths.size(); ++i) {
        colours.push_back(i % 2);
    }
    const Bytes runs = tiles(of_runs({64, 8}, lengths, colours));
    REQUIRE(runs[0] == 130);
    REQUIRE(runs.size() == 70);

    lengths[1] = 2; // one byte more: equally long, and packed compresses better
    lengths.back() = 197;
    const Bytes packed = tiles(of_runs({64, 8}, lengths, colours));
    REQUIRE(packed[0] == 2);
    REQUIRE(packed.size() == 71);
}

TEST_CASE("noise is raw", "[zrle]")
{
    Random random(3);
    const Picture picture = noise({64, 64}, random);
    const Bytes bytes = tiles(picture);
    REQUIRE(bytes.size() == 1 + 3 * 4096);
    REQUIRE(bytes[0] == 0);
    REQUIRE(bytes[1] == (picture.pixels[0] & 0xff));
    REQUIRE(bytes[2] == (picture.pixels[0] >> 8U & 0xff));
    REQUIRE(bytes[3] == picture.pixels[0] >> 16U);
}

TEST_CASE("a tile never has more bytes than raw", "[zrle]")
{
    Random random(4);
    for (std::uint32_t colours = 1; colours < 200; colours += 3) {
        for (const Size size : {Size{1, 2}, Size{3, 3}, Size{64, 2}, Size{64, 64}}) {
            const Picture picture = few_colours(size, colours, 3, random);
            for (const PixelFormat& format : {kNativePixelFormat, rgb(8, 8, 3, 3, 2)}) {
                const auto area = static_cast<std::size_t>(size.area());
                REQUIRE(tiles(picture, format).size() <= 1 + area * format.bytes_per_cpixel());
            }
        }
    }
}

TEST_CASE("a rectangle's length counts the deflate bytes, which end on a sync flush", "[zrle]")
{
    const Bytes data = data_of(encode(Picture({8, 8}), kNativePixelFormat, Encoding::kZrle));
    REQUIRE(data.size() > 8);
    REQUIRE(Bytes(data.begin(), data.begin() + 3) == Bytes{0, 0, 0});
    REQUIRE(data[3] == data.size() - 4);
    REQUIRE(Bytes(data.end() - 4, data.end()) == Bytes{0, 0, 0xff, 0xff});
}

TEST_CASE("CPIXELs in tiles follow the format", "[zrle]")
{
    const Picture one({1, 1}, 0x112233);
    const PixelFormat native = kNativePixelFormat;
    REQUIRE(tiles(one, big_endian(native)) == Bytes{1, 0x11, 0x22, 0x33});
    REQUIRE(tiles(one, with_shifts(native, 24, 16, 8)) == Bytes{1, 0x33, 0x22, 0x11});
    REQUIRE(tiles(one, rgb(32, 32, 8, 8, 8)) == Bytes{1, 0x33, 0x22, 0x11, 0});
    REQUIRE(tiles(one, big_endian(rgb(32, 32, 8, 8, 8))) == Bytes{1, 0, 0x11, 0x22, 0x33});
    REQUIRE(tiles(Picture({1, 1}, 0xffffff), rgb(16, 15, 5, 5, 5)) == Bytes{1, 0xff, 0x7f});
    REQUIRE(tiles(Picture({1, 1}, 0xffffff), rgb(8, 8, 3, 3, 2)) == Bytes{1, 0xff});
}
