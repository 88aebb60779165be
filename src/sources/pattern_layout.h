// Where the parts of the pattern display are, for any size. Pure; any thread.
#pragma once

#include "encodings/geometry.h"

namespace covnc {

// A part that does not fit is empty. All lie inside the display and do not overlap.
struct PatternLayout
{
    int scale = 1; // of the text; 2 and more on very large displays
    Rect title;
    Rect hue;     // the bar of colours
    Rect scene;   // the moving shapes
    Rect canvas;  // to draw on
    Rect status;  // figures and the clock; on small displays one line next to the title
    Rect log;     // keys and buttons as they arrive
    Rect console; // to type into

    static PatternLayout of(Size size);
};

} // namespace covnc
