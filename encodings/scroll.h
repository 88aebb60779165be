// Finds what moved from one picture to the next, so that it can be sent as copies: text that
// scrolled, on the whole screen or in a part of it. A pure function; any thread.
#pragma once

#include "encodings/encode.h"
#include "encodings/pixel_view.h"
#include "encodings/region.h"

#include <vector>

namespace covnc {

// At most so many copies are found, the most useful ones.
constexpr std::size_t kMostMoves = 8;

// Copies that turn most of what differs of `before` into `now`. Both have the same size. They are a
// guess: rows are compared by their hashes, and what they leave must be looked for. where: the
// pictures differ there, roughly; no copy leaves its bounds,
// with what it reads.
//
// The copies are to be done one after the other, each as if through a temporary, as viewers do
// (rfbproto.rst, "CopyRect Encoding"); their destinations are disjoint, and none overwrites what a
// later one reads. Only vertical moves are found. Empty where too little changed to be worth it,
// and where nothing moved. Throws std::bad_alloc.
std::vector<CopyRect> find_moves(PixelView before, PixelView now, const Region& where);

} // namespace covnc
