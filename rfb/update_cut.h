// Which part of what a viewer lacks goes first where the link cannot take all of it soon. Pure.
#pragma once

#include "encodings/region.h"

#include <cstdint>

namespace covnc {

// A part of `needed` of about most_area pixels, never empty where needed is not. What is also in
// `calm` comes first, small pieces before large ones, up to a half: it is what a person waits for,
// a letter that was typed beside a film. The rest is taken in strips, as wide as there is room for,
// from `next` on, which is moved along: each pixel has its turn however often others change.
Region cut_region(const Region& needed, const Region& calm, std::int64_t most_area, Point& next);

} // namespace covnc
