// Encoding 1: pixels that the viewer has elsewhere (rfbproto.rst, "CopyRect Encoding"). Pure
// functions; any thread.
#pragma once

#include "encodings/geometry.h"

#include <cstdint>
#include <vector>

namespace covnc {

// Appends the rectangle's data: where its pixels come from. Coordinates are 0 .. 65535.
void append_copy_source(Point source, std::vector<std::uint8_t>& out);

} // namespace covnc
