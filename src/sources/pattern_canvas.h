// The part of the pattern display to draw on. Not thread-safe; no I/O.
#pragma once

#include "encodings/region.h"
#include "src/sources/pattern_draw.h"

#include <vector>

namespace covnc {

class PatternCanvas
{
public:
    // panel: in the display; may be empty. What was drawn is gone.
    void resize(const Rect& panel, int scale);

    // Shown by the next paint(); what lies outside of the panel is cut off. goes_on: `from` is
    // where the last one ended.
    void stroke(Point from, Point to, std::uint32_t colour, bool goes_on);
    // Back to the empty canvas.
    void clear();

    void paint(WritablePixelView back, Region& damage);

private:
    struct Stroke
    {
        Point from;
        Point to;
        std::uint32_t colour = 0;
        bool goes_on = false;
    };

    void paint_empty(WritablePixelView back);
    void paint_stroke(WritablePixelView back, const Stroke& stroke, std::vector<Rect>& touched);

    Rect panel_; // without its border
    int scale_ = 1;
    bool is_cleared_ = true;
    std::vector<Stroke> strokes_;
};

} // namespace covnc
