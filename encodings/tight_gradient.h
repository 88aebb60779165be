// Tight's gradient filter (rfbproto.rst, "Tight Encoding"): differences from what the neighbours
// let expect, which deflate packs better where colours change by little everywhere. Internal to
// encodings/. Pure functions; any thread.
#pragma once

#include "encodings/geometry.h"

#include <cstdint>
#include <span>
#include <vector>

namespace covnc {

// Whether the filter pays. tpixels: red, green, blue of each pixel, row after row; not empty. Looks
// at a part of them.
bool is_smooth(std::span<const std::uint8_t> tpixels, Size size);

// As many bytes as tpixels, written to `out` from the start.
void filter_gradient(std::span<const std::uint8_t> tpixels,
                     Size size,
                     std::vector<std::uint8_t>& out);

} // namespace covnc
