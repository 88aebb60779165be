// The bar of colours that drifts across the pattern display. Not thread-safe; no I/O.
#pragma once

#include "encodings/encode.h"
#include "encodings/region.h"

#include <chrono>
#include <vector>

namespace covnc {

class PatternHue
{
public:
    // bar: in the display; may be empty. Nothing is drawn there yet.
    void resize(const Rect& bar);

    // The colours move left by whole pixels, so that all but the right end can be moved.
    void paint(WritablePixelView back,
               std::chrono::nanoseconds time,
               Region& damage,
               std::vector<CopyRect>& moves);

private:
    void paint_columns(WritablePixelView back, std::int32_t first);

    Rect bar_;
    bool is_drawn_ = false;
    std::int64_t shift_ = 0; // as drawn; pixels
};

} // namespace covnc
