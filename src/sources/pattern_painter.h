// Draws the pattern display, and what people type and draw on it. Not thread-safe; no I/O.
#pragma once

#include "encodings/encode.h"
#include "encodings/region.h"
#include "src/sources/pattern_canvas.h"
#include "src/sources/pattern_console.h"
#include "src/sources/pattern_hue.h"
#include "src/sources/pattern_info.h"
#include "src/sources/pattern_layout.h"
#include "src/sources/pattern_log.h"
#include "src/sources/pattern_marker.h"
#include "src/sources/pattern_scene.h"
#include "src/sources/pattern_status.h"

#include <vector>

namespace covnc {

// What a call of paint() did.
struct PatternFrame
{
    Region damage; // every pixel that may have changed, destinations of moves included
    // Of the picture before the frame. In their destinations nothing else changed, and no
    // destination lies in the source of another move.
    std::vector<CopyRect> moves;
};

class PatternPainter
{
public:
    // Any size that is not empty.
    explicit PatternPainter(Size size) { resize(size); }

    // Everything is drawn anew by the next paint(). Text and events stay, the drawing is gone.
    void resize(Size size);

    // Brings `back` up to date. It has the painter's size and keeps its pixels between calls.
    PatternFrame paint(WritablePixelView back, const PatternInfo& info);

    // Shown by the next paint(). keysym: X11. Escape clears the canvas, Return the typed line.
    void key(std::uint32_t keysym, bool down);
    // position: pixels; one outside of the display counts as the nearest inside. buttons: as in
    // rfb/input_sink.h, bit 0 is the left one; left, middle and right draw on the canvas.
    void pointer(Point position, std::uint16_t buttons);

private:
    void paint_background(WritablePixelView back);
    void log_buttons(Point position, std::uint16_t buttons);

    Size size_;
    PatternLayout layout_;
    PatternHue hue_;
    PatternScene scene_;
    PatternStatus status_;
    PatternLog log_;
    PatternCanvas canvas_;
    PatternConsole console_;
    PatternMarker marker_;
    bool is_new_ = true; // nothing is drawn yet
    bool pointer_is_known_ = false;
    Point pointer_;
    std::uint16_t buttons_ = 0;
};

} // namespace covnc
