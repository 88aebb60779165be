// Encoding 16: 64x64 tiles, each in its smallest form, deflated (rfbproto.rst, "ZRLE Encoding").
// Pure functions; any thread.
#pragma once

#include "encodings/deflate.h"
#include "encodings/geometry.h"
#include "encodings/pixel_convert.h"
#include "encodings/pixel_view.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace covnc {

// Appends the rectangle's data: U32 length, then that many bytes of `deflate`'s stream, flushed.
// `converter` makes CPIXELs. Of all forms of a tile the one with the fewest bytes before deflate is
// taken; of equals the one that compresses best: solid, packed palette, palette RLE, RLE, raw.
void append_zrle(const PixelView& pixels,
                 const PixelConverter& converter,
                 DeflateUnit& deflate,
                 std::vector<std::uint8_t>& out);

// Bytes that append_zrle() appends at most. cpixel_bytes: bytes of a CPIXEL.
std::size_t zrle_bound(Size size, std::size_t cpixel_bytes);

} // namespace covnc
