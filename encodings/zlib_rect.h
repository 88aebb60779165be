// Encoding 6: pixels as they are, deflated (rfbproto.rst, "zlib Encoding"). Pure functions; any
// thread.
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
// `converter` makes PIXELs.
void append_zlib(const PixelView& pixels,
                 const PixelConverter& converter,
                 DeflateUnit& deflate,
                 std::vector<std::uint8_t>& out);

// Bytes that append_zlib() appends at most.
std::size_t zlib_bound(Size size, std::size_t pixel_bytes);

} // namespace covnc
