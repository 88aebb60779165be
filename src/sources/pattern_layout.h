// Where the parts of the pattern display are, for any size. Pure; any thread.
#pragma once

#include "encodings/geometry.h"

namespace covnc {

// A part that does not fit is empty. All lie inside the display and do not overlap.
struct PatternLayout
{
    Rect title;
    Rect scene;   // the moving shapes
    Rect canvas;  // to draw on
    Rect status;  // figures
    Rect log;     // keys and buttons as they arrive
    Rect console; // to type into

    static PatternLayout of(Size size);
};

} // namespace covnc
