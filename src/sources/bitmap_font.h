// A small monospaced font for pictures that covncd draws itself. Pure; any thread.
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
// `surface`. position: upper left corner. colour: 0x00RRGGBB. scale: 1 or more.
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
// bitmap_font_data.cpp: glyph after glyph from 0x20 on, row by row, 4 bits a pixel, low first.
extern const std::uint64_t kFontCoverage[];
} // namespace detail

} // namespace covnc
