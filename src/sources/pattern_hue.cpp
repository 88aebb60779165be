#include "src/sources/pattern_hue.h"

#include "src/sources/pattern_draw.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr std::chrono::milliseconds kStep{80}; // a pixel

} // namespace

void PatternHue::resize(const Rect& bar)
{
    bar_ = bar;
    is_drawn_ = false;
}

void PatternHue::paint(WritablePixelView back,
                       std::chrono::nanoseconds time,
                       Region& damage,
                       std::vector<CopyRect>& moves)
{
    const std::int64_t before = shift_;
    shift_ = time / kStep;
    const std::int64_t steps = shift_ - before;
    if (bar_.is_empty() || (is_drawn_ && steps == 0)) {
        return;
    }
    damage |= bar_;
    if (!is_drawn_ || steps < 0 || steps >= bar_.width) {
        paint_columns(back, 0);
        is_drawn_ = true;
        return;
    }
    const auto by = static_cast<std::int32_t>(steps);
    const Rect to{bar_.x, bar_.y, bar_.width - by, bar_.height};
    for (std::int32_t y = to.y; y < to.bottom(); ++y) {
        std::uint32_t* const row = back.row(y) + bar_.x;
        std::copy_n(row + by, to.width, row);
    }
    moves.push_back({to, {to.x + by, to.y}});
    paint_columns(back, to.width);
}

void PatternHue::paint_columns(WritablePixelView back, std::int32_t first)
{
    for (std::int32_t column = first; column < bar_.width; ++column) {
        const auto place = static_cast<double>((column + shift_) % bar_.width);
        const std::uint32_t colour = hue_colour(place / bar_.width);
        fill(back, {bar_.x + column, bar_.y, 1, bar_.height}, colour);
    }
}

} // namespace covnc
