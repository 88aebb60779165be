// Rectangles that are pictures of other formats: TightPNG and JPEG. The PNG files are written here
// by hand (RFC 2083), the JPEG ones by libjpeg-turbo's encoder and then taken apart.
#include "encodings/decoder.h"

#include <catch2/catch.hpp>
#include <turbojpeg.h>
#include <zlib.h>

#include <memory>

using namespace covnc;

namespace {

using Bytes = std::vector<std::uint8_t>;
using Pixels = std::vector<std::uint32_t>;

constexpr std::int32_t kJpeg = 21;
constexpr std::int32_t kTight = 7;
constexpr std::int32_t kTightPng = -260;

void append(Bytes& out, const Bytes& more)
{
    out.insert(out.end(), more.begin(), more.end());
}

Bytes u32(std::size_t value)
{
    Bytes out;
    for (unsigned shift = 32; shift > 0;) {
        shift -= 8;
        out.push_back(static_cast<std::uint8_t>(value >> shift & 0xffU));
    }
    return out;
}

Bytes chunk(const std::string& type, const Bytes& data)
{
    Bytes body(type.begin(), type.end());
    append(body, data);
    Bytes out = u32(data.size());
    append(out, body);
    append(out, u32(crc32(0, body.data(), static_cast<uInt>(body.size()))));
    return out;
}

// rows: as they are before compression, each with its filter's byte.
Bytes png(Size size, std::uint8_t bits, std::uint8_t kind, const Bytes& palette, const Bytes& rows)
{
    Bytes out{0x89, 'P', 'N', 'G', 0x0d, 0x0a, 0x1a, 0x0a};
    Bytes head = u32(static_cast<std::size_t>(size.width));
    append(head, u32(static_cast<std::size_t>(size.height)));
    append(head, {bits, kind, 0, 0, 0});
    append(out, chunk("IHDR", head));
    if (!palette.empty()) {
        append(out, chunk("PLTE", palette));
    }
    uLongf length = compressBound(rows.size());
    Bytes data(length);
    REQUIRE(compress(data.data(), &length, rows.data(), rows.size()) == Z_OK);
    data.resize(length);
    append(out, chunk("IDAT", data));
    append(out, chunk("IEND", {}));
    return out;
}

Bytes with_compact_length(std::uint8_t control, const Bytes& data)
{
    REQUIRE(data.size() < 16384);
    Bytes out{control};
    if (data.size() < 128) {
        out.push_back(static_cast<std::uint8_t>(data.size()));
    } else {
        out.push_back(static_cast<std::uint8_t>((data.size() & 0x7fU) | 0x80U));
        out.push_back(static_cast<std::uint8_t>(data.size() >> 7U));
    }
    append(out, data);
    return out;
}

Pixels pixels_of(const Decoder& decoder)
{
    const PixelView view = decoder.pixels();
    return {view.row(0), view.row(0) + view.size().area()};
}

Pixels decoded(std::int32_t encoding, Size size, const Bytes& data)
{
    Decoder decoder(PixelFormat{}, size);
    decoder.decode(Rect::of(size), encoding, data);
    return pixels_of(decoder);
}

// A picture of one grey, whose pixels JPEG keeps exactly at this quality.
Bytes grey_jpeg(Size size, std::uint8_t grey, int quality = 100)
{
    const std::unique_ptr<void, int (*)(void*)> encoder(tjInitCompress(), tjDestroy);
    const Bytes pixels(static_cast<std::size_t>(size.area()) * 3, grey);
    unsigned char* data = nullptr;
    unsigned long length = 0;
    REQUIRE(tjCompress2(encoder.get(),
                        pixels.data(),
                        size.width,
                        0,
                        size.height,
                        TJPF_RGB,
                        &data,
                        &length,
                        TJSAMP_444,
                        quality,
                        0) == 0);
    Bytes out(data, data + length);
    tjFree(data);
    return out;
}

// The same without the segments that this marker begins.
Bytes without(const Bytes& jpeg, std::uint8_t marker)
{
    Bytes out(jpeg.begin(), jpeg.begin() + 2);
    std::size_t at = 2;
    while (jpeg[at + 1] != 0xda) {
        const std::size_t length = 2 + (std::size_t{jpeg[at + 2]} << 8U) + jpeg[at + 3];
        if (jpeg[at + 1] != marker) {
            out.insert(out.end(), jpeg.data() + at, jpeg.data() + at + length);
        }
        at += length;
    }
    out.insert(out.end(), jpeg.data() + at, jpeg.data() + jpeg.size());
    return out;
}

constexpr std::uint8_t kQuantisation = 0xdb;
constexpr std::uint8_t kHuffman = 0xc4;

} // namespace

TEST_CASE("TightPNG: fill, and pictures of every kind that servers send", "[decode]")
{
    CHECK(decoded(kTightPng, {2, 1}, {0x80, 0xff, 0, 0}) == Pixels{0xff0000, 0xff0000});
    const Bytes rgb = png({2, 1}, 8, 2, {}, {0, 1, 2, 3, 250, 251, 252});
    CHECK(decoded(kTightPng, {2, 1}, with_compact_length(0xa0, rgb)) == Pixels{0x010203, 0xfafbfc});
    // Filter 1: the difference from the pixel on the left.
    const Bytes sub = png({2, 1}, 8, 2, {}, {1, 1, 2, 3, 1, 1, 1});
    CHECK(decoded(kTightPng, {2, 1}, with_compact_length(0xa0, sub)) == Pixels{0x010203, 0x020304});
    const Bytes palette = png({3, 1}, 8, 3, {9, 8, 7, 6, 5, 4}, {0, 1, 0, 1});
    CHECK(decoded(kTightPng, {3, 1}, with_compact_length(0xa0, palette)) ==
          Pixels{0x060504, 0x090807, 0x060504});
    const Bytes alpha = png({1, 1}, 8, 6, {}, {0, 1, 2, 3, 0x80});
    CHECK(decoded(kTightPng, {1, 1}, with_compact_length(0xa0, alpha)) == Pixels{0x010203});
    const Bytes jpeg = with_compact_length(0x90, grey_jpeg({8, 8}, 100));
    CHECK(decoded(kTightPng, {8, 8}, jpeg) == Pixels(64, 0x646464));
}

TEST_CASE("TightPNG: a picture goes to its own part of the framebuffer", "[decode]")
{
    Decoder decoder(PixelFormat{}, {3, 2});
    const Bytes rgb = png({2, 1}, 8, 2, {}, {0, 1, 2, 3, 4, 5, 6});
    decoder.decode({1, 1, 2, 1}, kTightPng, with_compact_length(0xa0, rgb));
    CHECK(pixels_of(decoder) == Pixels{0, 0, 0, 0, 0x010203, 0x040506});
}

TEST_CASE("TightPNG that is none is refused", "[decode]")
{
    const auto refused = [](Size size, const Bytes& data) {
        CHECK_THROWS_AS(decoded(kTightPng, size, data), DecodeError);
    };
    const Bytes good = png({2, 1}, 8, 2, {}, {0, 1, 2, 3, 4, 5, 6});
    refused({2, 2}, with_compact_length(0xa0, good));      // another size
    refused({2, 1}, with_compact_length(0x00, good));      // compressed pixels are Tight's alone
    refused({2, 1}, with_compact_length(0xa0, {1, 2, 3})); // no picture
    refused({2, 1}, {0xa0, 200, 0});                       // shorter than it says
    Bytes damaged = good;
    damaged[good.size() - 20] ^= 0xffU; // its data's checksum
    refused({2, 1}, with_compact_length(0xa0, damaged));
    // A header that announces 65535x65535 takes no memory: it is not the rectangle's size.
    refused({2, 1}, with_compact_length(0xa0, png({65535, 65535}, 8, 2, {}, {0})));
    // PNG in Tight itself means something else, which nobody asked for.
    CHECK_THROWS_AS(decoded(kTight, {2, 1}, with_compact_length(0xa0, good)), DecodeError);
}

TEST_CASE("JPEG: tables that are left out are those of the rectangle before", "[decode]")
{
    const Size size{8, 8};
    Decoder decoder(PixelFormat{}, size);
    const auto show = [&](const Bytes& data) {
        decoder.decode(Rect::of(size), kJpeg, data);
        return pixels_of(decoder);
    };
    // Quality 50 differs from the encoder's default tables as from those of 100.
    const Bytes first = grey_jpeg(size, 200, 50);
    const Bytes second = grey_jpeg(size, 40, 50);
    const Pixels wanted = decoded(kJpeg, size, second);
    show(first);
    CHECK(show(without(without(second, kQuantisation), kHuffman)) == wanted);
    show(grey_jpeg(size, 200, 100));
    CHECK(show(without(second, kQuantisation)) != wanted); // those of quality 100
    CHECK(show(second) == wanted);
}

TEST_CASE("JPEG: what another viewer or Tight got does not help", "[decode]")
{
    const Size size{8, 8};
    const Bytes whole = grey_jpeg(size, 200);
    const Bytes bare = without(whole, kQuantisation);
    Decoder decoder(PixelFormat{}, size);
    decoder.decode(Rect::of(size), kTight, with_compact_length(0x90, whole));
    CHECK_THROWS_AS(decoder.decode(Rect::of(size), kJpeg, bare), DecodeError);
    CHECK(decoded(kJpeg, size, whole) == Pixels(64, 0xc8c8c8));
    CHECK_THROWS_AS(decoder.decode(Rect::of(size), kJpeg, bare), DecodeError);
}

TEST_CASE("JPEG that is none, or of another size, is refused", "[decode]")
{
    const Bytes good = grey_jpeg({8, 8}, 1);
    CHECK_THROWS_AS(decoded(kJpeg, {8, 7}, good), DecodeError);
    CHECK_THROWS_AS(decoded(kJpeg, {8, 8}, {}), DecodeError);
    CHECK_THROWS_AS(decoded(kJpeg, {8, 8}, {0xff, 0xd8, 0xff, 0xd9}), DecodeError);
}
