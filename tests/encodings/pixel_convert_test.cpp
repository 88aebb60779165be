#include "encodings/pixel_convert.h"
#include "tests/encodings/encoding_support.h"
#include "tests/support/decoder.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

Bytes converted(const PixelFormat& format, std::uint32_t pixel, PixelPacking packing)
{
    const PixelConverter converter(format, packing);
    Bytes out(converter.slot_bytes());
    converter.convert({&pixel, 1}, out.data());
    return out;
}

Bytes pixel(const PixelFormat& format, std::uint32_t rgb_value)
{
    return converted(format, rgb_value, PixelPacking::kPixel);
}

Bytes cpixel(const PixelFormat& format, std::uint32_t rgb_value)
{
    Bytes slot = converted(format, rgb_value, PixelPacking::kCPixel);
    slot.resize(PixelConverter(format, PixelPacking::kCPixel).wire_bytes());
    return slot;
}

std::uint32_t value_of(const PixelFormat& format, const Bytes& bytes)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        value = value << 8U | bytes[format.big_endian ? i : bytes.size() - 1 - i];
    }
    return value;
}

} // namespace

TEST_CASE("a pixel has the bytes of its format", "[pixel_convert]")
{
    const PixelFormat native = kNativePixelFormat;
    const std::uint32_t red11_green22_blue33 = 0x112233;
    REQUIRE(pixel(native, red11_green22_blue33) == Bytes{0x33, 0x22, 0x11, 0});
    REQUIRE(pixel(big_endian(native), red11_green22_blue33) == Bytes{0, 0x11, 0x22, 0x33});
    REQUIRE(pixel(with_shifts(native, 0, 8, 16), red11_green22_blue33) ==
            Bytes{0x11, 0x22, 0x33, 0});
    REQUIRE(pixel(with_shifts(native, 24, 16, 8), red11_green22_blue33) ==
            Bytes{0, 0x33, 0x22, 0x11});
    REQUIRE(pixel(with_shifts(native, 20, 12, 4), red11_green22_blue33) ==
            Bytes{0x30, 0x23, 0x12, 0x01});
    REQUIRE(pixel(big_endian(with_shifts(native, 20, 12, 4)), red11_green22_blue33) ==
            Bytes{0x01, 0x12, 0x23, 0x30});
    REQUIRE(pixel(rgb(16, 16, 5, 6, 5), 0xff0000) == Bytes{0x00, 0xf8});
    REQUIRE(pixel(big_endian(rgb(16, 16, 5, 6, 5)), 0xff0000) == Bytes{0xf8, 0x00});
    REQUIRE(pixel(rgb(8, 8, 3, 3, 2), 0xff00ff) == Bytes{0xe3});
    REQUIRE(pixel(with_shifts(rgb(8, 3, 1, 1, 1), 7, 6, 5), 0x80ff7f) == Bytes{0xc0});
    REQUIRE(pixel(colour_map(), 0xffffff) == Bytes{215});
    REQUIRE(pixel(colour_map(), 0x330066) == Bytes{36 + 2});
}

TEST_CASE("a CPIXEL leaves out the byte without colour", "[pixel_convert]")
{
    const PixelFormat native = kNativePixelFormat;
    const PixelFormat high = with_shifts(native, 24, 16, 8);
    REQUIRE(cpixel(native, 0x112233) == Bytes{0x33, 0x22, 0x11});
    REQUIRE(cpixel(big_endian(native), 0x112233) == Bytes{0x11, 0x22, 0x33});
    REQUIRE(cpixel(with_shifts(native, 0, 8, 16), 0x112233) == Bytes{0x11, 0x22, 0x33});
    REQUIRE(cpixel(high, 0x112233) == Bytes{0x33, 0x22, 0x11});
    REQUIRE(cpixel(big_endian(high), 0x112233) == Bytes{0x11, 0x22, 0x33});
    REQUIRE(cpixel(rgb(32, 16, 5, 6, 5), 0xff00ff) == Bytes{0x1f, 0xf8, 0x00});
    // Colour in the two bytes in the middle is in the low and in the high three: low wins.
    const PixelFormat middle = with_shifts(rgb(32, 16, 5, 6, 5), 19, 13, 8);
    REQUIRE(cpixel(middle, 0xff00ff) == Bytes{0x00, 0x1f, 0xf8});
    REQUIRE(cpixel(big_endian(middle), 0xff00ff) == Bytes{0xf8, 0x1f, 0x00});
}

TEST_CASE("a CPIXEL is the whole PIXEL where all bytes matter", "[pixel_convert]")
{
    const PixelFormat depth32 = rgb(32, 32, 8, 8, 8);
    REQUIRE(cpixel(depth32, 0x112233) == Bytes{0x33, 0x22, 0x11, 0});
    REQUIRE(cpixel(big_endian(depth32), 0x112233) == Bytes{0, 0x11, 0x22, 0x33});
    REQUIRE(cpixel(with_shifts(kNativePixelFormat, 24, 8, 0), 0x112233) ==
            Bytes{0x33, 0x22, 0, 0x11});
    REQUIRE(cpixel(rgb(16, 16, 5, 6, 5), 0xff0000) == Bytes{0x00, 0xf8});
    REQUIRE(cpixel(colour_map(), 0xffffff) == Bytes{215});
}

TEST_CASE("each channel is rounded to its nearest level", "[pixel_convert]")
{
    for (const PixelFormat& format : all_formats()) {
        CAPTURE(format.describe());
        for (std::uint32_t level = 0; level < 256; ++level) {
            for (const std::uint32_t one : {level << 16U, level << 8U, level, level * 0x010101}) {
                const std::uint32_t value = value_of(format, pixel(format, one));
                REQUIRE(decoded_pixel(format, value) == expected_pixel(format, one));
                REQUIRE((value & ~format.colour_mask()) == 0);
            }
        }
    }
}

TEST_CASE("the undefined top byte reaches no format", "[pixel_convert]")
{
    for (const PixelFormat& format : all_formats()) {
        CAPTURE(format.describe());
        REQUIRE(pixel(format, 0xff123456) == pixel(format, 0x00123456));
        REQUIRE(cpixel(format, 0x80ffffff) == cpixel(format, 0x00ffffff));
    }
}

TEST_CASE("rows are packed without gaps whatever the stride and alignment", "[pixel_convert]")
{
    Random random(2);
    const Picture picture = noise({37, 11}, random);
    const PixelView part = picture.view().part({5, 2, 19, 7});
    for (const PixelFormat& format : all_formats()) {
        CAPTURE(format.describe());
        const PixelConverter converter(format, PixelPacking::kPixel);
        const std::size_t bytes = converter.slot_bytes();
        REQUIRE(bytes == converter.wire_bytes());
        Bytes out(19 * 7 * bytes + 2, 0xee);
        converter.convert(part, out.data() + 1);
        Bytes one_by_one{0xee};
        for (std::int32_t y = 0; y < 7; ++y) {
            for (std::int32_t x = 0; x < 19; ++x) {
                const Bytes one = pixel(format, part.at(x, y));
                one_by_one.insert(one_by_one.end(), one.begin(), one.end());
            }
        }
        one_by_one.push_back(0xee);
        REQUIRE(out == one_by_one);
    }
}

TEST_CASE("a converter refuses a format that is not valid", "[pixel_convert]")
{
    PixelFormat format;
    format.red_shift = 255;
    REQUIRE_THROWS_AS(PixelConverter(format, PixelPacking::kPixel), PixelFormatError);
}
