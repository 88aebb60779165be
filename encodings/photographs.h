// Photographs as JPEG, in whatever carries it: Tight (rfbproto.rst, "Tight Encoding"), TightPNG or
// the JPEG encoding. Pure functions; any thread.
#pragma once

#include "encodings/encode.h"

#include <span>

namespace covnc {

// Appends them with their heads, in parts where they are very large, and adds to update.lossy.
// settings.lossy must be set. Throws std::bad_alloc.
void append_photographs(std::span<const SourceRect> photographs,
                        const EncodeSettings& settings,
                        EncodedUpdate& update);

} // namespace covnc
