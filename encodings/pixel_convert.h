// From a Framebuffer's 0x00RRGGBB to the pixels of any valid PixelFormat. Values; built once for an
// update, used on any thread.
#pragma once

#include "encodings/pixel_format.h"
#include "encodings/pixel_view.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace covnc {

// The shapes in which RFB sends a pixel.
enum class PixelPacking : std::uint8_t {
    kPixel,  // PIXEL: bits_per_pixel / 8 bytes
    kCPixel, // ZRLE's CPIXEL: as PIXEL, but 3 bytes where a fourth would carry no colour
    kTPixel, // Tight's TPIXEL: as PIXEL, but red, green, blue where each has a byte of 24 bits
};

// Writes pixels in the byte order of the wire. A channel c of 0 .. 255 becomes
// (c * max + 127) / 255, rounded to the nearest; with a colour map max is 5, and the pixel the
// index into fixed_colour_map(). Bits that carry no colour are zero. The top byte of the source
// does not matter.
class PixelConverter
{
public:
    // Throws PixelFormatError when the format is not valid.
    PixelConverter(const PixelFormat& format, PixelPacking packing);

    // Bytes of a pixel on the wire: 1 to 4.
    std::size_t wire_bytes() const { return wire_bytes_; }
    // Bytes of a pixel as convert() writes it: 1, 2 or 4. More than wire_bytes() only for a 3-byte
    // CPIXEL or TPIXEL, behind which comes a zero byte.
    std::size_t slot_bytes() const { return slot_bytes_; }

    // Writes pixels.size() * slot_bytes() bytes to `out`, which needs no alignment.
    void convert(std::span<const std::uint32_t> pixels, std::uint8_t* out) const;
    // Row after row, without gaps.
    void convert(const PixelView& pixels, std::uint8_t* out) const;

private:
    enum class Path : std::uint8_t {
        kMask,   // the source's own layout
        kShifts, // three whole bytes in another order
        kTables,
    };

    void fill_tables(const PixelFormat& format, PixelPacking packing);
    void choose_path();

    std::size_t wire_bytes_;
    std::size_t slot_bytes_;
    Path path_ = Path::kTables;
    // kShifts: where each channel's byte goes in a slot.
    unsigned red_shift_ = 0;
    unsigned green_shift_ = 0;
    unsigned blue_shift_ = 0;
    // What each value of each channel adds to a slot, byte order included.
    std::array<std::uint32_t, 256> red_{};
    std::array<std::uint32_t, 256> green_{};
    std::array<std::uint32_t, 256> blue_{};
};

} // namespace covnc
