// Encoding 0: pixels as they are (rfbproto.rst, "Raw Encoding"). Pure functions; any thread.
#pragma once

#include "encodings/pixel_convert.h"
#include "encodings/pixel_view.h"

#include <cstdint>
#include <vector>

namespace covnc {

// Appends the rectangle's data: width * height PIXELs, rows top down. `converter` makes PIXELs.
void append_raw(const PixelView& pixels,
                const PixelConverter& converter,
                std::vector<std::uint8_t>& out);

} // namespace covnc
