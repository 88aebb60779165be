// The machine's pointer picture, and how viewers get it. Pure; any thread.
#pragma once

#include "encodings/geometry.h"
#include "encodings/pixel_format.h"
#include "rfb/wire.h"

#include <cstdint>
#include <vector>

namespace covnc {

// 32 bits a pixel, 0xAARRGGBB with straight alpha, rows without padding: exactly size.area() of
// them. An empty size hides the pointer.
struct Cursor
{
    Size size;
    Point hotspot;
    std::vector<std::uint32_t> pixels;
};

// A Cursor rectangle (rfbproto.rst, "Cursor Pseudo-encoding"): pixels in the viewer's format, a
// pixel is shown where it is at least half opaque.
void append_cursor_for(Bytes& out, const Cursor& cursor, const PixelFormat& format);

} // namespace covnc
