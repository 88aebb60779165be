// The decoders of our viewer's side: our encoders' output, and bytes written by hand from the
// specification for what we do not encode.
#include "encodings/decoder.h"
#include "tests/encodings/encoding_support.h"
#include "tests/support/decoder.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

constexpr PixelFormat k8{8, 8, false, true, 7, 7, 3, 0, 3, 6};

void give_colours(Decoder& decoder)
{
    for (std::size_t i = 0; i < fixed_colour_map().size(); ++i) {
        decoder.set_colour(i, fixed_colour_map()[i]);
    }
}

std::uint32_t u32_at(const Bytes& bytes, std::size_t at)
{
    return std::uint32_t{bytes[at]} << 24U | std::uint32_t{bytes[at + 1]} << 16U |
           std::uint32_t{bytes[at + 2]} << 8U | bytes[at + 3];
}

// A body of one rectangle of the whole picture.
void decode_whole(Decoder& decoder, const EncodedUpdate& update)
{
    Bytes body = update.body;
    if (update.first_zlib_length_at != 0) {
        const std::vector<std::uint8_t> head = update.first_head();
        body.erase(body.begin(),
                   body.begin() + static_cast<std::ptrdiff_t>(update.first_zlib_length_at) + 4);
        body.insert(body.begin(), head.begin(), head.end());
    }
    constexpr std::size_t kHead = 12;
    decoder.decode(Rect::of(decoder.size()),
                   static_cast<std::int32_t>(u32_at(body, 8)),
                   std::span(body).subspan(kHead));
}

std::vector<std::uint32_t> pixels_of(const Decoder& decoder)
{
    const PixelView view = decoder.pixels();
    return {view.row(0), view.row(0) + view.size().area()};
}

// What `data` makes of a black picture.
std::vector<std::uint32_t>
decoded(std::int32_t encoding, Size size, const Bytes& data, const PixelFormat& format = {})
{
    Decoder decoder(format, size);
    give_colours(decoder);
    decoder.decode(Rect::of(size), encoding, data);
    return pixels_of(decoder);
}

using Pixels = std::vector<std::uint32_t>;
constexpr std::uint32_t kR = 0xff0000;
constexpr std::uint32_t kG = 0x00ff00;
constexpr std::uint32_t kB = 0x0000ff;

Bytes compressed(const Bytes& data)
{
    uLongf size = compressBound(data.size());
    Bytes out(size);
    REQUIRE(compress(out.data(), &size, data.data(), data.size()) == Z_OK);
    out.resize(size);
    return out;
}

Bytes joined(std::initializer_list<Bytes> parts)
{
    Bytes all;
    for (const Bytes& part : parts) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

Bytes byte(std::size_t value)
{
    return {static_cast<std::uint8_t>(value)};
}

} // namespace

TEST_CASE("what we encode is decoded, in every format", "[decode]")
{
    Random random(7);
    for (const PixelFormat& format : all_formats()) {
        for (const Size size : {Size{1, 1}, Size{17, 15}, Size{65, 70}}) {
            for (const Picture& picture : {noise(size, random),
                                           few_colours(size, 3, 30, random),
                                           few_colours(size, 100, 90, random),
                                           text_like(size, random)}) {
                for (const Encoding encoding : {Encoding::kRaw,
                                                Encoding::kRre,
                                                Encoding::kCoRre,
                                                Encoding::kHextile,
                                                Encoding::kZlib,
                                                Encoding::kTrle,
                                                Encoding::kZrle}) {
                    CAPTURE(format.describe(), static_cast<int>(encoding), size.width);
                    Decoder decoder(format, size);
                    give_colours(decoder);
                    decode_whole(decoder, encode(picture, format, encoding));
                    Pixels wanted;
                    for (const std::uint32_t rgb : picture.pixels) {
                        wanted.push_back(expected_pixel(format, rgb));
                    }
                    REQUIRE(pixels_of(decoder) == wanted);
                }
            }
        }
    }
}

TEST_CASE("CopyRect moves overlapping pixels either way", "[decode]")
{
    Decoder decoder(kNativePixelFormat, {1, 4});
    decoder.decode({0, 0, 1, 4}, 0, Bytes{1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0});
    decoder.decode({0, 1, 1, 3}, 1, Bytes{0, 0, 0, 0});
    CHECK(pixels_of(decoder) == Pixels{1, 1, 2, 3});
    decoder.decode({0, 0, 1, 3}, 1, Bytes{0, 0, 0, 1});
    CHECK(pixels_of(decoder) == Pixels{1, 2, 3, 3});
    CHECK_THROWS_AS(decoder.decode({0, 0, 1, 3}, 1, Bytes{0, 0, 0, 2}), covnc::DecodeError);
}

TEST_CASE("RRE and CoRRE", "[decode]")
{
    // Background 7 (red of 8 bpp), one subrectangle of blue 0xc0 at 1,0, size 1x2.
    const Bytes rre{0, 0, 0, 1, 7, 0xc0, 0, 1, 0, 0, 0, 1, 0, 2};
    CHECK(decoded(2, {2, 2}, rre, k8) == Pixels{kR, kB, kR, kB});
    const Bytes corre{0, 0, 0, 1, 7, 0xc0, 1, 0, 1, 2};
    CHECK(decoded(4, {2, 2}, corre, k8) == Pixels{kR, kB, kR, kB});
    const Bytes outside{0, 0, 0, 1, 7, 0xc0, 1, 0, 2, 2};
    CHECK_THROWS_AS(decoded(4, {2, 2}, outside, k8), covnc::DecodeError);
    const Bytes many{0xff, 0xff, 0xff, 0xff, 7, 0xc0, 1, 0, 2, 2};
    CHECK_THROWS_AS(decoded(4, {2, 2}, many, k8), covnc::DecodeError);
}

TEST_CASE("Zlib is raw pixels in one stream for the whole connection", "[decode]")
{
    const Bytes data = compressed({7, 0xc0, 7, 7});
    const Bytes rect = joined({{0, 0, 0}, byte(data.size()), data});
    CHECK(decoded(6, {2, 2}, rect, k8) == Pixels{kR, kB, kR, kR});
    CHECK_THROWS_AS(decoded(6, {2, 1}, rect, k8), covnc::DecodeError); // inflates to more
    CHECK_THROWS_AS(decoded(6, {3, 2}, rect, k8), covnc::DecodeError); // and to less
    CHECK_THROWS_AS(decoded(6, {2, 2}, Bytes{0, 0, 0, 3, 1, 2, 3}, k8), covnc::DecodeError);
}

TEST_CASE("TRLE: every kind of tile, and palettes that are used again", "[decode]")
{
    CHECK(decoded(15, {2, 1}, {0, 7, 0xc0}, k8) == Pixels{kR, kB});
    CHECK(decoded(15, {2, 1}, {1, 7}, k8) == Pixels{kR, kR});
    CHECK(decoded(15, {3, 1}, {2, 7, 0xc0, 0x40}, k8) == Pixels{kR, kB, kR});
    CHECK(decoded(15, {3, 1}, {3, 7, 0xc0, 0x38, 0x18}, k8) == Pixels{kR, kB, kG});
    CHECK(decoded(15, {3, 1}, {128, 7, 1, 0xc0, 0}, k8) == Pixels{kR, kR, kB});
    CHECK(decoded(15, {3, 1}, {130, 7, 0xc0, 0x81, 1, 0}, k8) == Pixels{kB, kB, kR});
    // 17 pixels are two tiles: the second takes the palette of the first.
    Pixels wanted(16, kR);
    wanted.push_back(kB);
    CHECK(decoded(15, {17, 1}, {2, 7, 0xc0, 0, 0, 127, 0x80}, k8) == wanted);
    CHECK(decoded(15, {17, 1}, {130, 7, 0xc0, 0x80, 15, 129, 1}, k8) == wanted);
    CHECK_THROWS_AS(decoded(15, {1, 1}, {127, 0}, k8), covnc::DecodeError); // nothing to use again
    CHECK_THROWS_AS(decoded(15, {1, 1}, {129, 0}, k8), covnc::DecodeError);
    CHECK_THROWS_AS(decoded(15, {1, 1}, {17}, k8), covnc::DecodeError);
    CHECK_THROWS_AS(decoded(15, {1, 1}, {128, 7, 1}, k8), covnc::DecodeError); // two pixels
    CHECK_THROWS_AS(decoded(15, {1, 1}, {130, 7, 0xc0, 2}, k8), covnc::DecodeError);
    CHECK_THROWS_AS(decoded(15, {1, 1}, {1, 7, 7}, k8), covnc::DecodeError); // too long
}

TEST_CASE("ZRLE does not use palettes again", "[decode]")
{
    const Bytes good = compressed({1, 7});
    CHECK(decoded(16, {2, 1}, joined({{0, 0, 0}, byte(good.size()), good}), k8) == Pixels{kR, kR});
    const Bytes bad = compressed({127, 0});
    CHECK_THROWS_AS(decoded(16, {2, 1}, joined({{0, 0, 0}, byte(bad.size()), bad}), k8),
                    covnc::DecodeError);
}

TEST_CASE("Tight: fill, copy, palettes and gradient", "[decode]")
{
    CHECK(decoded(7, {2, 1}, {0x80, 0xff, 0, 0}) == Pixels{kR, kR}); // red first
    CHECK(decoded(7, {2, 1}, {0x80, 7}, k8) == Pixels{kR, kR});
    CHECK(decoded(7, {2, 1}, {0x00, 0xff, 0, 0, 0, 0, 0xff}) == Pixels{kR, kB});
    // Two colours: a bit a pixel, rows padded.
    CHECK(decoded(7, {2, 2}, {0x40, 1, 1, 7, 0xc0, 0x40, 0x80}, k8) == Pixels{kR, kB, kB, kR});
    CHECK(decoded(7, {2, 1}, {0x40, 1, 2, 7, 0xc0, 0x38, 2, 1}, k8) == Pixels{kG, kB});
    // Gradient: left + above - above left, plus the difference.
    const Bytes gradient{0x40, 2, 10, 20, 30, 1, 1, 1, 2, 2, 2};
    CHECK(decoded(7, {3, 1}, gradient) == Pixels{0x0a141e, 0x0b151f, 0x0d1721});
    CHECK_THROWS_AS(decoded(7, {1, 1}, {0x40, 1, 2, 7, 0xc0, 0x38, 3}, k8), covnc::DecodeError);
    CHECK_THROWS_AS(decoded(7, {1, 1}, {0x40, 3, 0}, k8), covnc::DecodeError);
    CHECK_THROWS_AS(decoded(7, {1, 1}, {0xb0, 0}, k8), covnc::DecodeError);
}

TEST_CASE("Tight: four streams, each going on until it is reset", "[decode]")
{
    const Size size{4, 4};
    const Bytes pixels(16, 7);
    const Bytes data = compressed(pixels); // a whole stream
    Decoder decoder(k8, size);
    const auto rect = [&](std::uint8_t control) {
        return joined({{control}, byte(data.size()), data});
    };
    for (const std::uint8_t stream : Bytes{0x00, 0x10, 0x20, 0x30}) {
        decoder.decode(Rect::of(size), 7, rect(stream));
        CHECK(pixels_of(decoder) == Pixels(16, kR));
    }
    CHECK_THROWS_AS(decoder.decode(Rect::of(size), 7, rect(0x10)), covnc::DecodeError);
    decoder.decode(Rect::of(size), 7, rect(0x12)); // resets stream 1
    CHECK_THROWS_AS(decoder.decode(Rect::of(size), 7, rect(0x21)), covnc::DecodeError);
}

TEST_CASE("Tight: JPEG must be a picture of the rectangle's size", "[decode]")
{
    CHECK_THROWS_AS(decoded(7, {2, 2}, {0x90, 3, 1, 2, 3}), covnc::DecodeError);
    CHECK_THROWS_AS(decoded(7, {2, 2}, {0x90, 0}), covnc::DecodeError);
}

TEST_CASE("a compact length has up to three bytes", "[decode]")
{
    // 200 pixels of noise do not compress: lengths above 127.
    Random random(3);
    Bytes pixels(20000);
    std::generate(
        pixels.begin(), pixels.end(), [&] { return static_cast<std::uint8_t>(random() & 0xffU); });
    const Bytes data = compressed(pixels);
    REQUIRE(data.size() > 16384);
    const Bytes length{static_cast<std::uint8_t>((data.size() & 0x7fU) | 0x80U),
                       static_cast<std::uint8_t>((data.size() >> 7U & 0x7fU) | 0x80U),
                       static_cast<std::uint8_t>(data.size() >> 14U)};
    const Pixels got = decoded(7, {200, 100}, joined({{0}, length, data}), k8);
    CHECK(got[19999] == decoded_pixel(k8, pixels[19999]));
}

TEST_CASE("rectangles and data that cannot be are refused", "[decode]")
{
    Decoder decoder(k8, {4, 4});
    CHECK_THROWS_AS(decoder.decode({3, 3, 2, 1}, 0, Bytes{0, 0}), covnc::DecodeError);
    CHECK_THROWS_AS(decoder.decode({-1, 0, 1, 1}, 0, Bytes{0}), covnc::DecodeError);
    CHECK_THROWS_AS(decoder.decode({0, 0, 2, 1}, 0, Bytes{0}), covnc::DecodeError);
    CHECK_THROWS_AS(decoder.decode({0, 0, 1, 1}, 0, Bytes{0, 0}), covnc::DecodeError);
    CHECK_THROWS_AS(decoder.decode({0, 0, 1, 1}, 99, Bytes{}), covnc::DecodeError);
    CHECK_FALSE(is_decodable(99));
    CHECK(is_decodable(7));
    decoder.decode({0, 0, 0, 0}, 0, Bytes{});
    // Found by the fuzzer: a framebuffer without pixels has no memory to copy from.
    Decoder nothing(k8, {0, 5});
    nothing.decode({0, 0, 0, 3}, 1, Bytes{0, 0, 0, 0});
}
