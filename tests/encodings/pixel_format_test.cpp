#include "encodings/pixel_format.h"
#include "tests/encodings/encoding_support.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

using Wire = std::array<std::uint8_t, PixelFormat::kWireSize>;

constexpr Wire kNativeWire{32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0};

Wire with(std::size_t at, std::uint8_t value)
{
    Wire wire = kNativeWire;
    wire[at] = value;
    return wire;
}

void check_refused(const Wire& wire)
{
    CAPTURE(std::vector<int>(wire.begin(), wire.end()));
    REQUIRE_THROWS_AS(PixelFormat::parse(wire), PixelFormatError);
}

} // namespace

TEST_CASE("the native format is written as the protocol lays it out", "[pixel_format]")
{
    REQUIRE(kNativePixelFormat.wire() == kNativeWire);
    REQUIRE(PixelFormat::parse(kNativeWire) == kNativePixelFormat);
}

TEST_CASE("formats survive the wire", "[pixel_format]")
{
    for (const PixelFormat& format : all_formats()) {
        CAPTURE(format.describe());
        REQUIRE(PixelFormat::parse(format.wire()) == format);
    }
}

TEST_CASE("any flag but zero is true and padding is ignored", "[pixel_format]")
{
    Wire wire = kNativeWire;
    wire[2] = 2;
    wire[3] = 255;
    wire[13] = wire[14] = wire[15] = 0xaa;
    const PixelFormat format = PixelFormat::parse(wire);
    REQUIRE(format.big_endian);
    REQUIRE(format.true_colour);
    REQUIRE(format.wire()[2] == 1);
    REQUIRE(format.wire()[15] == 0);
}

TEST_CASE("bits per pixel other than 8, 16 and 32 are refused", "[pixel_format]")
{
    for (int bits = 0; bits < 256; ++bits) {
        if (bits != 32) {
            check_refused(with(0, static_cast<std::uint8_t>(bits))); // 8, 16: depth 24 is too much
        }
    }
    PixelFormat format = rgb(32, 24, 5, 5, 5);
    format.bits_per_pixel = 24;
    REQUIRE_THROWS_AS(format.validate(), PixelFormatError);
}

TEST_CASE("a depth of none or of more than the pixel is refused", "[pixel_format]")
{
    check_refused(with(1, 0));
    check_refused(with(1, 33));
    check_refused(with(1, 255));
    REQUIRE_NOTHROW(PixelFormat::parse(with(1, 32)));
}

TEST_CASE("a depth below the channels' bits is refused", "[pixel_format]")
{
    check_refused(with(1, 23));
    REQUIRE_THROWS_AS(rgb(16, 15, 5, 6, 5).validate(), PixelFormatError);
    REQUIRE_THROWS_AS(rgb(8, 2, 1, 1, 1).validate(), PixelFormatError);
}

TEST_CASE("a max that is not 2^n-1 with n 1 to 8 is refused", "[pixel_format]")
{
    for (std::size_t channel = 0; channel < 3; ++channel) {
        for (std::uint32_t max = 0; max <= 0xffff; ++max) {
            Wire wire = with(4 + 2 * channel, static_cast<std::uint8_t>(max >> 8U));
            wire[5 + 2 * channel] = static_cast<std::uint8_t>(max);
            const bool is_legal = max == 1 || max == 3 || max == 7 || max == 15 || max == 31 ||
                                  max == 63 || max == 127 || max == 255;
            bool is_accepted = true;
            try {
                PixelFormat::parse(wire);
            } catch (const PixelFormatError&) {
                is_accepted = false;
            }
            if (is_accepted != is_legal) {
                FAIL("channel " << channel << " max " << max);
            }
        }
    }
}

TEST_CASE("a shift that leaves the pixel is refused", "[pixel_format]")
{
    for (std::size_t at = 10; at < 13; ++at) {
        for (const int shift : {25, 31, 32, 33, 63, 64, 128, 255}) {
            check_refused(with(at, static_cast<std::uint8_t>(shift)));
        }
    }
    REQUIRE_NOTHROW(PixelFormat::parse(with(10, 24)));
    REQUIRE_THROWS_AS(with_shifts(rgb(16, 16, 5, 6, 5), 12, 5, 0).validate(), PixelFormatError);
    REQUIRE_THROWS_AS(with_shifts(rgb(8, 3, 1, 1, 1), 8, 1, 0).validate(), PixelFormatError);
}

TEST_CASE("channels that overlap are refused", "[pixel_format]")
{
    check_refused(with(10, 8));
    check_refused(with(10, 15));
    check_refused(with(11, 0));
    check_refused(with(12, 1));
    REQUIRE_THROWS_AS(with_shifts(rgb(8, 3, 1, 1, 1), 0, 0, 0).validate(), PixelFormatError);
}

TEST_CASE("the odd formats of real viewers are accepted", "[pixel_format]")
{
    for (const PixelFormat& format : all_formats()) {
        CAPTURE(format.describe());
        REQUIRE_NOTHROW(format.validate());
    }
    REQUIRE_NOTHROW(with_shifts(rgb(8, 8, 3, 3, 2), 5, 2, 0).validate());
    PixelFormat five = rgb(16, 16, 5, 6, 5);
    five.green_max = 31;
    REQUIRE_NOTHROW(with_shifts(five, 11, 5, 0).validate()); // a hole at bit 10
}

TEST_CASE("a colour map needs 8 bits, its channels mean nothing", "[pixel_format]")
{
    PixelFormat format = colour_map();
    format.red_max = 0;
    format.green_max = 254;
    format.blue_shift = 255;
    REQUIRE_NOTHROW(format.validate());
    REQUIRE(format.colour_mask() == 0xff);
    REQUIRE(format.bytes_per_cpixel() == 1);
    format.depth = 9;
    REQUIRE_THROWS_AS(format.validate(), PixelFormatError);
    Wire wire = kNativeWire;
    wire[3] = 0;
    check_refused(wire);
    format = rgb(16, 16, 5, 6, 5);
    format.true_colour = false;
    REQUIRE_THROWS_AS(format.validate(), PixelFormatError);
}

TEST_CASE("the text of a refusal names the field", "[pixel_format]")
{
    REQUIRE_THROWS_WITH(PixelFormat::parse(with(11, 255)), Catch::Contains("green shift 255"));
    REQUIRE_THROWS_WITH(PixelFormat::parse(with(9, 254)), Catch::Contains("blue max 254"));
    REQUIRE_THROWS_WITH(PixelFormat::parse(with(1, 33)), Catch::Contains("depth 33"));
    REQUIRE_THROWS_WITH(PixelFormat::parse(with(0, 24)), Catch::Contains("bits per pixel 24"));
}

TEST_CASE("a CPIXEL has 3 bytes only where a fourth carries no colour", "[pixel_format]")
{
    const PixelFormat native = kNativePixelFormat;
    REQUIRE(native.bytes_per_cpixel() == 3);
    REQUIRE(big_endian(native).bytes_per_cpixel() == 3);
    REQUIRE(with_shifts(native, 24, 16, 8).bytes_per_cpixel() == 3);
    REQUIRE(with_shifts(native, 24, 8, 0).bytes_per_cpixel() == 4);
    REQUIRE(with_shifts(native, 20, 12, 4).bytes_per_cpixel() == 4);
    REQUIRE(rgb(32, 32, 8, 8, 8).bytes_per_cpixel() == 4); // depth 32
    REQUIRE(rgb(32, 25, 8, 8, 8).bytes_per_cpixel() == 4);
    REQUIRE(rgb(32, 16, 5, 6, 5).bytes_per_cpixel() == 3);
    REQUIRE(rgb(16, 16, 5, 6, 5).bytes_per_cpixel() == 2);
    REQUIRE(rgb(8, 8, 3, 3, 2).bytes_per_cpixel() == 1);
}

TEST_CASE("formats describe themselves", "[pixel_format]")
{
    const PixelFormat native = kNativePixelFormat;
    REQUIRE(native.describe() == "32 bpp depth 24 le rgb888");
    REQUIRE(big_endian(with_shifts(native, 0, 8, 16)).describe() == "32 bpp depth 24 be bgr888");
    REQUIRE(with_shifts(native, 24, 16, 8).describe() ==
            "32 bpp depth 24 le max 255/255/255 shift 24/16/8");
    REQUIRE(rgb(16, 16, 5, 6, 5).describe() == "16 bpp depth 16 le rgb565");
    REQUIRE(with_shifts(rgb(16, 15, 5, 5, 5), 11, 6, 1).describe() ==
            "16 bpp depth 15 le max 31/31/31 shift 11/6/1");
    REQUIRE(with_shifts(rgb(8, 8, 3, 3, 2), 0, 3, 6).describe() == "8 bpp depth 8 bgr233");
    REQUIRE(colour_map().describe() == "8 bpp depth 8 colour map");
}

TEST_CASE("the fixed colour map is a cube of six levels with true greys", "[pixel_format]")
{
    const auto& map = fixed_colour_map();
    REQUIRE(map[0] == ColourMapEntry{0, 0, 0});
    REQUIRE(map[1] == ColourMapEntry{0, 0, 13107});
    REQUIRE(map[6] == ColourMapEntry{0, 13107, 0});
    REQUIRE(map[36] == ColourMapEntry{13107, 0, 0});
    REQUIRE(map[43 * 2] == ColourMapEntry{26214, 26214, 26214});
    REQUIRE(map[215] == ColourMapEntry{65535, 65535, 65535});
    REQUIRE(map[216] == ColourMapEntry{});
    REQUIRE(map[255] == ColourMapEntry{});
}
