#include "src/sources/pattern_marker.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr double kRadius = 9;
constexpr double kThickness = 2.5;

} // namespace

void PatternMarker::forget()
{
    covered_ = {};
    saved_.clear();
}

void PatternMarker::remove(WritablePixelView back, Region& damage)
{
    const std::uint32_t* saved = saved_.data();
    for (std::int32_t y = covered_.y; y < covered_.bottom(); ++y) {
        std::copy_n(saved, covered_.width, back.row(y) + covered_.x);
        saved += covered_.width;
    }
    damage |= covered_;
    forget();
}

void PatternMarker::draw(
    WritablePixelView back, Point at, int scale, std::uint32_t colour, Region& damage)
{
    const Spot centre{at.x + 0.5, at.y + 0.5};
    const double thickness = kThickness * scale;
    covered_ =
        disc_bounds(centre, kRadius * scale + thickness / 2).intersected(Rect::of(back.size()));
    saved_.clear();
    for (std::int32_t y = covered_.y; y < covered_.bottom(); ++y) {
        const std::uint32_t* const row = back.row(y) + covered_.x;
        saved_.insert(saved_.end(), row, row + covered_.width);
    }
    draw_ring(back, covered_, centre, kRadius * scale, thickness, colour);
    damage |= covered_;
}

} // namespace covnc
