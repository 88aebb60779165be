// From the pixels of any valid PixelFormat, as they are on the wire, to 0x00RRGGBB: the opposite of
// PixelConverter. Values; any thread.
#pragma once

#include "encodings/decode_error.h"
#include "encodings/pixel_format.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace covnc {

class PixelReader
{
public:
    // Throws PixelFormatError when the format is not valid.
    explicit PixelReader(const PixelFormat& format);

    // Bytes of a PIXEL, of ZRLE's CPIXEL and of Tight's TPIXEL.
    std::size_t pixel_bytes() const { return pixel_bytes_; }
    std::size_t cpixel_bytes() const { return cpixel_bytes_; }
    std::size_t tpixel_bytes() const { return has_tpixel_ ? 3 : pixel_bytes_; }

    // Each reads one pixel; a channel c of 0 .. max becomes c * 255 / max, rounded.
    std::uint32_t pixel(DecodeCursor& in) const;
    std::uint32_t cpixel(DecodeCursor& in) const;
    std::uint32_t tpixel(DecodeCursor& in) const;
    // Writes out.size() PIXELs that lie one behind the other.
    void pixels(DecodeCursor& in, std::span<std::uint32_t> out) const;

    // What SetColourMapEntries says; for formats without true colour.
    void set_colour(std::size_t index, const ColourMapEntry& entry);

private:
    std::uint32_t rgb_of(std::uint32_t value) const;
    std::uint32_t gather(std::span<const std::uint8_t> bytes) const;

    PixelFormat format_;
    std::size_t pixel_bytes_;
    std::size_t cpixel_bytes_;
    unsigned cpixel_shift_ = 0; // of a 3-byte CPIXEL's value within the pixel's
    bool has_tpixel_;
    bool is_native_;
    std::array<std::uint8_t, 256> red_{};
    std::array<std::uint8_t, 256> green_{};
    std::array<std::uint8_t, 256> blue_{};
    std::array<std::uint32_t, 256> map_{}; // without true colour
};

} // namespace covnc
