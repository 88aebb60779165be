#include "src/sources/pattern_canvas.h"

#include "src/sources/bitmap_font.h"

#include <algorithm>
#include <cmath>

namespace covnc {

namespace {

constexpr std::int32_t kBorder = 4;
constexpr double kBrush = 3;         // radius
constexpr double kLongestPiece = 24; // keeps the damage close to the line
constexpr std::size_t kMostStrokes = 200;

} // namespace

void PatternCanvas::resize(const Rect& panel, int scale)
{
    panel_ = inset(panel, kBorder * scale);
    scale_ = scale;
    clear();
}

void PatternCanvas::stroke(Point from, Point to, std::uint32_t colour, bool goes_on)
{
    // However fast a viewer sends, and however rarely somebody looks, a frame stays cheap: what
    // comes on top goes straight to where it ends.
    if (strokes_.size() == kMostStrokes) {
        strokes_.back().to = to;
        return;
    }
    strokes_.push_back({from, to, colour, goes_on});
}

void PatternCanvas::clear()
{
    strokes_.clear();
    is_cleared_ = true;
}

void PatternCanvas::paint(WritablePixelView back, Region& damage)
{
    if (is_cleared_) {
        paint_empty(back);
        damage |= panel_;
        is_cleared_ = false;
    }
    std::vector<Rect> touched; // many and small: quicker to join at once
    for (const Stroke& stroke : strokes_) {
        paint_stroke(back, stroke, touched);
    }
    damage |= Region(touched);
    strokes_.clear();
}

void PatternCanvas::paint_empty(WritablePixelView back)
{
    fill(back, panel_, pattern_colour::kPanel);
    const Rect inner = inset(panel_, kBorder * 2 * scale_);
    const std::int32_t height = kGlyphSize.height * scale_;
    if (inner.height < height) {
        return;
    }
    const Rect line{inner.x, inner.y, inner.width, height};
    constexpr std::string_view kHint = "draw here";
    constexpr std::string_view kLongHint = "draw here - Escape clears";
    const bool is_wide = inner.width >= text_size(kLongHint, scale_).width;
    write_line(back, line, is_wide ? kLongHint : kHint, pattern_colour::kFaint, scale_);
}

void PatternCanvas::paint_stroke(WritablePixelView back,
                                 const Stroke& stroke,
                                 std::vector<Rect>& touched)
{
    const double radius = kBrush * scale_;
    const Spot from{stroke.from.x + 0.5, stroke.from.y + 0.5};
    const Spot way{double(stroke.to.x) - stroke.from.x, double(stroke.to.y) - stroke.from.y};
    const double length = std::hypot(way.x, way.y);
    const int pieces = std::max(static_cast<int>(std::ceil(length / (kLongestPiece * scale_))), 1);
    for (int i = 0; i < pieces; ++i) {
        const Spot start{from.x + way.x * i / pieces, from.y + way.y * i / pieces};
        const Spot end{from.x + way.x * (i + 1) / pieces, from.y + way.y * (i + 1) / pieces};
        const bool is_joined = stroke.goes_on || i > 0;
        draw_line(back,
                  panel_,
                  start,
                  end,
                  radius,
                  stroke.colour,
                  is_joined ? LineStart::kJoined : LineStart::kRound);
        touched.push_back(line_bounds(start, end, radius).intersected(panel_));
    }
}

} // namespace covnc
