// The 12 bytes in front of a rectangle (rfbproto.rst, "FramebufferUpdate"). Internal to encodings/.
// Pure functions; any thread.
#pragma once

#include "encodings/big_endian.h"
#include "encodings/encode.h"

#include <cstddef>
#include <cstdint>

namespace covnc {

inline constexpr std::size_t kRectHeadSize = 12;

// Begins one more rectangle of the update.
inline void append_rect_head(const Rect& position, Encoding encoding, EncodedUpdate& update)
{
    append_u16(update.body, static_cast<std::uint32_t>(position.x));
    append_u16(update.body, static_cast<std::uint32_t>(position.y));
    append_u16(update.body, static_cast<std::uint32_t>(position.width));
    append_u16(update.body, static_cast<std::uint32_t>(position.height));
    append_u32(update.body, static_cast<std::uint32_t>(encoding));
    ++update.rectangle_count;
}

} // namespace covnc
