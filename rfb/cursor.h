// The machine's pointer picture, and how viewers get it. Pure; any thread.
#pragma once

#include "encodings/geometry.h"
#include "encodings/pixel_format.h"
#include "rfb/encoding_set.h"
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

// The rectangles that carry a cursor (rfbproto.rst, "... Pseudo-encoding"), best first.
enum class CursorForm : std::uint8_t {
    kAlpha,      // "Cursor With Alpha": alpha, premultiplied
    kVmware,     // "VMware Cursor": alpha, straight
    kMasked,     // "Cursor": pixels in the viewer's format, shown or not
    kTwoColours, // "X Cursor"
    kNone,       // the viewer can show none
};

// The best of those that the viewer lists.
CursorForm best_cursor_form(const EncodingSet& encodings);

// One rectangle in that form, or nothing with kNone. format: the viewer's, for kMasked. Where there
// is no alpha a pixel is shown if it is at least half opaque. A hotspot outside of the picture is
// moved to its edge; a picture beyond kMaxSentCursorSide is cut to the part around the hotspot.
// Throws std::invalid_argument unless the cursor has size.area() pixels.
void append_cursor_for(Bytes& out,
                       const Cursor& cursor,
                       const PixelFormat& format,
                       CursorForm form);

} // namespace covnc
