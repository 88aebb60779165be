// Encoding 5: 16x16 tiles of a background and rectangles on it (rfbproto.rst, "Hextile Encoding").
// Pure functions; any thread.
#pragma once

#include "encodings/geometry.h"
#include "encodings/pixel_convert.h"
#include "encodings/pixel_view.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace covnc {

// Appends the rectangle's data. `converter` makes PIXELs. Each tile is raw, or its most frequent
// colour with rectangles of one or of several colours, whatever is smallest.
void append_hextile(const PixelView& pixels,
                    const PixelConverter& converter,
                    std::vector<std::uint8_t>& out);

// Bytes that append_hextile() appends at most: all tiles raw.
std::size_t hextile_bound(Size size, std::size_t pixel_bytes);

} // namespace covnc
