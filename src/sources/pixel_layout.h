// Pixel formats as QEMU names them, by pixman's codes, and how they become 0x00RRGGBB. Pure.
#pragma once

#include "encodings/pixel_view.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace covnc {

class PixelLayout
{
public:
    // code: bits << 24 | type << 16 | bits of alpha << 12, red << 8, green << 4, blue;
    // little-endian pixels of 16, 24 or 32 bits, colours in the orders ARGB, ABGR, BGRA and RGBA
    // with 4 to 8 bits each. Nothing for any other.
    static std::optional<PixelLayout> from_pixman(std::uint32_t code);

    std::size_t bytes_per_pixel() const { return bytes_; }
    // Whether a pixel is 0x??RRGGBB as it is.
    bool is_native() const { return is_native_; }
    // Bytes that a picture takes, without what may pad its last row.
    std::size_t bytes_needed(Size size, std::size_t stride) const;

    // Converts a picture as large as `to`. source: at least bytes_needed(to.size(), stride) bytes,
    // of any alignment. stride: bytes, at least a row's.
    void convert(const std::uint8_t* source, std::size_t stride, WritablePixelView to) const;

private:
    struct Channel
    {
        unsigned shift = 0;
        unsigned bits = 8;
    };

    PixelLayout() = default;
    static std::uint32_t widen(std::uint32_t pixel, Channel channel);

    std::size_t bytes_ = 4;
    Channel red_;
    Channel green_;
    Channel blue_;
    bool is_native_ = false;
};

} // namespace covnc
