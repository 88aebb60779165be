// Encodings 2 and 4: a background and rectangles on it (rfbproto.rst, "RRE Encoding", "CoRRE
// Encoding"). Pure functions; any thread.
#pragma once

#include "encodings/geometry.h"
#include "encodings/pixel_convert.h"
#include "encodings/pixel_view.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace covnc {

// A rectangle is sent as several of at most this side. CoRRE allows 255. Small ones have a better
// background each, and stay below 10000 subrectangles, where some programs suspect an attack.
inline constexpr std::int32_t kRreBlockSide = 128;

// The forms of a subrectangle's position and size.
enum class RreForm : std::uint8_t {
    kRre,     // U16 each
    kCompact, // U8 each: CoRRE
};

// Appends the data of a block, or nothing and returns false where that is not smaller than Raw.
// pixels: not empty, sides of at most kRreBlockSide. `converter` makes PIXELs. The background is
// the most frequent of the first 254 colours.
bool append_rre(const PixelView& pixels,
                const PixelConverter& converter,
                RreForm form,
                std::vector<std::uint8_t>& out);

// Blocks of a rectangle of that size.
std::size_t rre_blocks(Size size);

} // namespace covnc
