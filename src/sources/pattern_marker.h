// A ring around the pointer of the pattern display, on top of everything. Not thread-safe; no I/O.
#pragma once

#include "encodings/region.h"
#include "src/sources/pattern_draw.h"

#include <vector>

namespace covnc {

class PatternMarker
{
public:
    // After a resize: nothing is on the surface.
    void forget();

    // Puts back what the ring covered. The rest of the frame is drawn before draw().
    void remove(WritablePixelView back, Region& damage);
    void draw(WritablePixelView back, Point at, int scale, std::uint32_t colour, Region& damage);

    // Where it is now.
    const Rect& covered() const { return covered_; }

private:
    Rect covered_;
    std::vector<std::uint32_t> saved_; // the pixels of covered_ without the ring
};

} // namespace covnc
