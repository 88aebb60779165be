// RFB's PIXEL_FORMAT (rfbproto.rst, "ServerInit"): what a viewer wants a pixel to look like.
// Values and pure functions; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace covnc {

// A pixel format that no decoder could mean. The text says which field is wrong.
class PixelFormatError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

struct PixelFormat
{
    std::uint8_t bits_per_pixel = 32;
    std::uint8_t depth = 24;
    bool big_endian = false;
    bool true_colour = true; // false: 8 bits index our fixed colour map
    std::uint16_t red_max = 255;
    std::uint16_t green_max = 255;
    std::uint16_t blue_max = 255;
    std::uint8_t red_shift = 16;
    std::uint8_t green_shift = 8;
    std::uint8_t blue_shift = 0;

    static constexpr std::size_t kWireSize = 16;
    // Reads the 16 bytes as they are, then validates. Throws PixelFormatError.
    static PixelFormat parse(std::span<const std::uint8_t, kWireSize> bytes);
    // Padding is zero.
    std::array<std::uint8_t, kWireSize> wire() const;
    // Throws PixelFormatError unless: bits_per_pixel is 8, 16 or 32; depth is 1 .. bits_per_pixel;
    // a colour map has 8 bits per pixel; and, of true colour only: each max is 2^n - 1 with
    // n 1 .. 8; shift + n fits into bits_per_pixel; the masks are disjoint; the sum of the n is at
    // most depth. With a colour map max and shift mean nothing and may be anything.
    void validate() const;

    std::size_t bytes_per_pixel() const { return bits_per_pixel / 8U; }
    // Bytes of a ZRLE CPIXEL: 3 where all colour bits lie in the low or the high three bytes of a
    // 32-bit true-colour pixel of depth <= 24, else bytes_per_pixel().
    std::size_t bytes_per_cpixel() const;
    // Bytes of a Tight TPIXEL: 3 (red, green, blue) for 32-bit true colour of depth 24 with maxima
    // of 255, else bytes_per_pixel().
    std::size_t bytes_per_tpixel() const;
    // The bits of a pixel's value that carry colour; all of them with a colour map. The format must
    // be valid.
    std::uint32_t colour_mask() const;
    // Short form for logs: "32 bpp depth 24 le rgb888", channels from the highest bit down; where
    // they leave gaps "16 bpp depth 15 le max 31/31/31 shift 11/6/1".
    std::string describe() const;

    friend bool operator==(const PixelFormat&, const PixelFormat&) = default;
};

// What a Framebuffer holds and what ServerInit announces: 32 bpp, depth 24, little endian, R16 G8
// B0.
inline constexpr PixelFormat kNativePixelFormat{};

// What SetColourMapEntries says of one index, 0 .. 65535 each.
struct ColourMapEntry
{
    std::uint16_t red = 0;
    std::uint16_t green = 0;
    std::uint16_t blue = 0;

    friend bool operator==(const ColourMapEntry&, const ColourMapEntry&) = default;
};

// The fixed colour map that viewers without true colour get: a 6x6x6 cube, which unlike 3-3-2 has
// true greys. Entry 36 r + 6 g + b, r, g and b 0 .. 5, is the colour (r, g, b) * 65535 / 5; the
// entries from 216 on are black and never used.
inline constexpr std::uint32_t kColourCubeSide = 6;
const std::array<ColourMapEntry, 256>& fixed_colour_map();

} // namespace covnc
