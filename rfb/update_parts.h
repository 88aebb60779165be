// A large update cut into parts that workers encode at the same time. Pure; any thread.
#pragma once

#include "encodings/encode.h"

#include <cstdint>
#include <span>
#include <vector>

namespace covnc {

// The rectangles in their order, in parts of about `area` pixels; a rectangle that is larger is cut
// into bands of rows, at multiples of 64 from its top so that no tile is cut. It depends on the
// arguments alone, so that equal updates are cut, and encoded, equally. area: at least 1.
std::vector<std::vector<SourceRect>> cut_for_workers(std::span<const SourceRect> rects,
                                                     std::int64_t area);

} // namespace covnc
