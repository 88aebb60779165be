// The fixed picture of `pattern:...,still`. Pure; any thread.
#pragma once

#include "encodings/pixel_view.h"

namespace covnc {

// Pixel (x, y) is red x*255/(w-1), green y*255/(h-1), blue 255 where x/32 + y/32 is odd, all in
// integers; a side of one pixel has 0. Tests of viewers rely on the formula.
void paint_still(WritablePixelView surface);

} // namespace covnc
