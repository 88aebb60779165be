// The figures and the clock of the pattern display. Not thread-safe; no I/O.
#pragma once

#include "encodings/region.h"
#include "src/sources/pattern_draw.h"
#include "src/sources/pattern_info.h"

#include <string>
#include <vector>

namespace covnc {

class PatternStatus
{
public:
    // panel: in a display of this size; may be empty. A panel of one line has fewer figures, and
    // no clock.
    void resize(Size display, const Rect& panel, int scale);

    // Draws what is not as it was in the last call.
    void paint(WritablePixelView back, const PatternInfo& info, Point pointer, Region& damage);

private:
    std::vector<std::string> figures(const PatternInfo& info, Point pointer) const;
    void paint_clock(WritablePixelView back, std::chrono::seconds time, Region& damage);

    Size display_;
    bool is_short_ = false;
    Rect lines_;
    Rect clock_; // a square; may be empty
    int scale_ = 1;
    std::vector<std::string> drawn_;
    std::chrono::seconds clock_drawn_{-1};
};

} // namespace covnc
