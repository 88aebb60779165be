// The tests' own decoder of PNG (its specification, ISO/IEC 15948): what a browser shows, and only
// what our encoder has reason to write. One thread.
#pragma once

#include "encodings/geometry.h"

#include <cstdint>
#include <span>
#include <vector>

namespace covnc::test {

// Pixels 0x00RRGGBB of a picture of exactly this size. Throws DecodeError: also for chunks but
// IHDR, PLTE, IDAT and IEND, and for all but RGB of 8 bits and palettes of up to 8.
std::vector<std::uint32_t> decode_png_strictly(std::span<const std::uint8_t> png, Size size);

} // namespace covnc::test
