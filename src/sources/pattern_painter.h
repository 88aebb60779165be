// Draws the pattern display, and what people type and draw on it. Not thread-safe; no I/O.
#pragma once

#include "encodings/encode.h"
#include "encodings/region.h"
#include "src/sources/pattern_layout.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace covnc {

// What the display tells about itself.
struct PatternInfo
{
    std::chrono::nanoseconds time{}; // since the start
    std::uint64_t frame = 0;
    double frames_per_second = 0;
    std::size_t viewers = 0;
};

// What a call of paint() did.
struct PatternFrame
{
    Region damage; // every pixel that may have changed, destinations of moves included
    std::vector<CopyRect> moves; // of the picture before the frame; what else changed came after
};

class PatternPainter
{
public:
    // Any size that is not empty.
    explicit PatternPainter(Size size) { resize(size); }

    // Everything is drawn anew by the next paint(); what was drawn and typed is gone.
    void resize(Size size);

    // Brings `back` up to date. It has the painter's size and keeps its pixels between calls.
    PatternFrame paint(WritablePixelView back, const PatternInfo& info);

    // Shown by the next paint(). keysym: X11. Escape clears the canvas, Return the typed line.
    void key(std::uint32_t keysym, bool down);
    // position: pixels. buttons: bit 0 is the left one; any button draws on the canvas.
    void pointer(Point position, std::uint16_t buttons);

private:
    struct Stroke
    {
        Point from;
        Point to;
        std::uint16_t buttons = 0;
    };

    void paint_background(WritablePixelView back);
    void paint_scene(WritablePixelView back, std::chrono::nanoseconds time, Region& damage);
    void paint_status(WritablePixelView back, const PatternInfo& info, Region& damage);
    void paint_log(WritablePixelView back, PatternFrame& frame);
    void paint_canvas(WritablePixelView back, Region& damage);
    void paint_console(WritablePixelView back, const PatternInfo& info, Region& damage);
    void log(std::string line);

    static constexpr std::size_t kDiscs = 6;

    Size size_;
    PatternLayout layout_;
    bool is_new_ = true;               // nothing is drawn yet
    std::array<Rect, kDiscs> discs_{}; // where they are drawn
    std::vector<std::string> status_;  // lines as drawn
    std::deque<std::string> new_lines_;
    std::int32_t log_used_ = 0; // rows of the log in use
    std::vector<Stroke> strokes_;
    bool clear_canvas_ = false;
    Point pointer_;
    std::uint16_t buttons_ = 0;
    std::string typed_;
    std::string typed_drawn_;
    bool caret_drawn_ = false;
};

} // namespace covnc
