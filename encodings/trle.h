// Encoding 15: 16x16 tiles, each in its smallest form (RFC 6143, 7.7.5, "TRLE"; rfbproto.rst has
// its tiles in "ZRLE Encoding"). Pure functions; any thread.
#pragma once

#include "encodings/geometry.h"
#include "encodings/pixel_convert.h"
#include "encodings/pixel_view.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace covnc {

// Appends the rectangle's data. `converter` makes CPIXELs. Of all forms of a tile the one with the
// fewest bytes is taken. A palette is used again only by the tile right behind one that has it:
// viewers differ in what they keep over others.
void append_trle(const PixelView& pixels,
                 const PixelConverter& converter,
                 std::vector<std::uint8_t>& out);

// Bytes that append_trle() appends at most: all tiles raw. cpixel_bytes: bytes of a CPIXEL.
std::size_t trle_bound(Size size, std::size_t cpixel_bytes);

} // namespace covnc
