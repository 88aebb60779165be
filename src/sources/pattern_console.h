// The line of the pattern display to type into. Not thread-safe; no I/O.
#pragma once

#include "encodings/region.h"
#include "src/sources/pattern_draw.h"

#include <chrono>
#include <string>

namespace covnc {

class PatternConsole
{
public:
    // panel: in the display; may be empty. What was typed is shown again.
    void resize(const Rect& panel, int scale);

    // An X11 keysym that went down. Shown by the next paint(); BackSpace takes the last character
    // away, Return all of them.
    void key(std::uint32_t keysym);

    // time: since the start; the caret blinks by it.
    void paint(WritablePixelView back, std::chrono::nanoseconds time, Region& damage);

private:
    Rect line_;
    int scale_ = 1;
    std::string typed_;
    bool is_changed_ = true; // since it was drawn
    bool caret_drawn_ = false;
    std::chrono::nanoseconds typed_at_{}; // the caret is steady for a moment after a key
};

} // namespace covnc
