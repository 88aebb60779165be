// PNG pictures by libpng, as small as a fast compression makes them. Internal to encodings/. Pure
// functions; any thread.
#pragma once

#include "encodings/encode.h"
#include "encodings/geometry.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace covnc {

// Appends a picture. samples: row after row, an index of the palette a pixel, or red, green, blue
// where the palette is empty. palette: up to 256 colours 0x00RRGGBB. Throws std::bad_alloc.
void append_png(Size size,
                std::span<const std::uint8_t> samples,
                std::span<const std::uint32_t> palette,
                Effort effort,
                std::vector<std::uint8_t>& out);

// Bytes that append_png() appends at most for so many rows and bytes of samples, the palette not
// counted.
std::size_t png_bound(std::size_t rows, std::size_t samples);

} // namespace covnc
