// The decoders of single encodings. Internal to encodings/; see decoder.h. Each fills `out`, which
// is the rectangle's part of the framebuffer. They throw DecodeError.
#pragma once

#include "encodings/inflate.h"
#include "encodings/pixel_reader.h"
#include "encodings/pixel_view.h"

#include <array>
#include <cstdint>
#include <span>

namespace covnc {

inline void fill_pixels(const WritablePixelView& out, const Rect& rect, std::uint32_t rgb)
{
    if (!Rect::of(out.size()).contains(rect)) {
        throw DecodeError("a subrectangle leaves its rectangle");
    }
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        std::fill_n(out.row(y) + rect.x, rect.width, rgb);
    }
}

// Calls use(tile) for the tiles of a picture, row by row.
template <typename Function>
void for_each_tile(const Rect& rect, std::int32_t side, Function use)
{
    for (std::int32_t y = rect.y; y < rect.bottom(); y += side) {
        for (std::int32_t x = rect.x; x < rect.right(); x += side) {
            use(Rect{x, y, side, side}.intersected(rect));
        }
    }
}

void decode_raw(const PixelReader& reader, const WritablePixelView& out, DecodeCursor& in);
// is_compact: CoRRE, whose subrectangles have sides of a byte.
void decode_rre(const PixelReader& reader,
                const WritablePixelView& out,
                bool is_compact,
                DecodeCursor& in);
void decode_hextile(const PixelReader& reader, const WritablePixelView& out, DecodeCursor& in);
// TRLE with tiles of 16, or the inflated data of ZRLE with tiles of 64.
void decode_tiles(const PixelReader& reader,
                  const WritablePixelView& out,
                  std::int32_t side,
                  DecodeCursor& in);
void decode_tight(const PixelReader& reader,
                  const WritablePixelView& out,
                  std::array<InflateStream, 4>& streams,
                  DecodeCursor& in);
// Tight with PNG pictures instead of compressed pixels.
void decode_tight_png(const PixelReader& reader, const WritablePixelView& out, DecodeCursor& in);
// A PNG picture of exactly out's size, by libpng. Transparency is not looked at.
void decode_png(const WritablePixelView& out, std::span<const std::uint8_t> data);

} // namespace covnc
