// A part of a picture on its way into Tight's rectangles. Internal to encodings/. One thread.
#pragma once

#include "encodings/pixel_convert.h"
#include "encodings/tight_split.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace covnc {

inline constexpr std::int32_t kMostTightWidth = 2048;
// Pixels of a piece, as other servers have it: viewers can rely on it.
inline constexpr std::int32_t kMostTightPixels = 65536;

inline std::int32_t tight_piece_height(std::int32_t width)
{
    return kMostTightPixels / std::min(width, kMostTightWidth);
}

// Calls use(part) for the parts of a picture that may be a rectangle of Tight, row by row.
template <typename Function>
void for_each_tight_piece(Size size, Function use)
{
    const std::int32_t height = tight_piece_height(size.width);
    for (std::int32_t y = 0; y < size.height; y += height) {
        for (std::int32_t x = 0; x < size.width; x += kMostTightWidth) {
            use(Rect{x, y, kMostTightWidth, height}.intersected(Rect::of(size)));
        }
    }
}

// Holds the pixels as numbers that are equal where the viewer sees no difference.
class TightPiece
{
public:
    explicit TightPiece(const PixelFormat& format) : converter_(format, PixelPacking::kTPixel) {}

    // Bytes of a TPIXEL.
    std::size_t pixel_bytes() const { return converter_.wire_bytes(); }
    void load(const PixelView& pixels);
    // Until the next load().
    const PixelView& pixels() const { return view_; }

    // What an area's data is before deflate; each is valid until the next call of any.
    std::span<const std::uint8_t> tpixels_of(const Rect& area);
    // One byte a pixel, at most 256 different ones; palette() has what they mean.
    std::span<const std::uint8_t> indices_of(const Rect& area);
    // One bit a pixel, the leftmost in the highest, rows padded; two different ones.
    std::span<const std::uint8_t> bits_of(const Rect& area);

    const TightPalette& palette() const { return palette_; }
    void append_tpixel(std::uint32_t pixel, std::vector<std::uint8_t>& out) const;

private:
    PixelConverter converter_;
    std::vector<std::uint32_t> pixels_; // TPIXELs, zero bytes behind them
    PixelView view_;                    // shows them
    TightPalette palette_;
    std::vector<std::uint8_t> bytes_;
};

} // namespace covnc
