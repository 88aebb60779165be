// Pixels in an encoding that loses nothing: the one place that knows which encoder an encoding has.
// Pure functions; any thread.
#pragma once

#include "encodings/deflate.h"
#include "encodings/encode.h"

#include <span>

namespace covnc {

// Appends the rectangles with their heads; empty ones are left out. window: where ZRLE and Zlib
// compress. Throws std::invalid_argument where the encoding does not carry exact pixels,
// std::bad_alloc.
void append_exact(std::span<const SourceRect> rects,
                  const PixelFormat& format,
                  const EncodeSettings& settings,
                  Effort effort,
                  DeflateUnit& window,
                  EncodedUpdate& update);

// Bytes that it appends at most.
std::size_t
exact_bound(std::span<const SourceRect> rects, const PixelFormat& format, Encoding encoding);

} // namespace covnc
