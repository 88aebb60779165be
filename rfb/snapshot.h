// A copy of some pixels of the front surface, for workers to encode while the display goes on.
#pragma once

#include "encodings/encode.h"
#include "encodings/region.h"
#include "rfb/memory_budget.h"

#include <cstdint>
#include <span>
#include <vector>

namespace covnc {

// Immutable once made; may be read on any thread, is made and let go on the loop thread.
class Snapshot
{
public:
    // Copies `region` of `front`; what lies outside of front is black (viewers that cannot resize).
    Snapshot(PixelView front, const Region& region, MemoryBudget& budget);

    std::span<const SourceRect> rects() const { return rects_; }

private:
    Snapshot(PixelView front, const std::vector<Rect>& rects, MemoryBudget& budget);

    MemoryBudget::Share share_;
    std::vector<std::uint32_t> pixels_;
    std::vector<SourceRect> rects_;
};

// The rectangles that `region` is sent as: its own, or where those are very many, the bounds of
// each band of rows. Covers at least the region, inside its bounds.
std::vector<Rect> update_rectangles(const Region& region);

} // namespace covnc
