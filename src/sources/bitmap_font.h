// A monospaced font for pictures that covncd draws itself. Pure; any thread.
//
// The glyphs are drawn from DejaVu Sans Mono, which may be embedded freely, by tools/make_font.py.
#pragma once

#include "encodings/pixel_view.h"

#include <cstdint>
#include <string_view>

namespace covnc {

// Pixels of one character at scale 1.
inline constexpr Size kGlyphSize{10, 20};

// Draws printable ASCII (anything else as '?'), blended over what is there and clipped to
// `surface`. position: upper left corner. colour: 0x00RRGGBB. scale: 1 or more; there are glyphs
// of their own for 1 and 2, larger ones are made from those of 2.
void draw_text(WritablePixelView surface,
               Point position,
               std::string_view text,
               std::uint32_t colour,
               int scale = 1);

// Pixels that `text` takes.
Size text_size(std::string_view text, int scale = 1);

// `over` on `under`, coverage 0 .. 255.
std::uint32_t blend(std::uint32_t under, std::uint32_t over, unsigned coverage);

namespace detail {

// The glyphs from 0x20 to 0x7e, one after the other, row by row. A character holds two pixels:
// '0' + left + 8 * right, each from 0 (nothing) to 7 (covered).
struct FontData
{
    Size cell;
    std::int32_t first_row = 0; // of the cell; the rows above are empty in all glyphs
    std::int32_t rows = 0;      // stored ones; those below are empty as well
    const char* pixels = nullptr;
};

// bitmap_font_data.cpp
extern const FontData kSmallFont; // kGlyphSize
extern const FontData kLargeFont; // twice that

} // namespace detail

} // namespace covnc
