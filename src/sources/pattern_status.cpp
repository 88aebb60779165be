#include "src/sources/pattern_status.h"

#include "src/sources/bitmap_font.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace covnc {

namespace {

constexpr std::int32_t kPadding = 12;
constexpr std::int32_t kFigures = 6;
constexpr std::size_t kColumns = 21; // of the figures; what is left over is the clock's
constexpr std::int32_t kSmallestClock = 60;

// A way round the clock, from its middle. turn: 0 is up, 0.25 is right.
Spot on_clock(Spot middle, double turn, double distance)
{
    const double angle = 2 * std::numbers::pi * turn;
    return {middle.x + distance * std::sin(angle), middle.y - distance * std::cos(angle)};
}

} // namespace

void PatternStatus::resize(Size display, const Rect& panel, int scale)
{
    display_ = display;
    scale_ = scale;
    drawn_.clear();
    clock_ = {};
    clock_drawn_ = std::chrono::seconds{-1};
    const std::int32_t height = kGlyphSize.height * scale;
    is_short_ = panel.height < 2 * height;
    if (is_short_) {
        lines_ = panel;
        lines_.x += kPadding / 2;
        lines_.width = std::max(lines_.width - kPadding, 0);
        return;
    }
    const std::int32_t padding = kPadding * scale;
    const std::int32_t rows = std::min(panel.height / height, kFigures);
    lines_ = {panel.x + padding,
              panel.y + (panel.height - rows * height) / 2,
              panel.width - 2 * padding,
              rows * height};
    const std::int32_t text = kGlyphSize.width * scale * static_cast<std::int32_t>(kColumns);
    const std::int32_t side = std::min(lines_.width - text, lines_.height);
    if (side >= kSmallestClock * scale) {
        clock_ = {lines_.right() - side, lines_.y + (lines_.height - side) / 2, side, side};
        lines_.width = text;
    }
}

std::vector<std::string> PatternStatus::figures(const PatternInfo& info, Point pointer) const
{
    if (is_short_) {
        return {fmt::format("frame {}  {:.1f}/s", info.frame, info.frames_per_second)};
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(info.time).count();
    return {
        fmt::format("size    {} x {}", display_.width, display_.height),
        fmt::format("frame   {}", info.frame),
        fmt::format("rate    {:.1f}/s", info.frames_per_second),
        fmt::format("viewers {}", info.viewers),
        fmt::format("running {}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
        fmt::format("pointer {},{}", pointer.x, pointer.y),
    };
}

void PatternStatus::paint(WritablePixelView back,
                          const PatternInfo& info,
                          Point pointer,
                          Region& damage)
{
    const std::int32_t height = kGlyphSize.height * scale_;
    const std::int32_t rows = lines_.height / height;
    if (rows <= 0) {
        return;
    }
    std::vector<std::string> lines = figures(info, pointer);
    lines.resize(std::min(lines.size(), static_cast<std::size_t>(rows)));
    drawn_.resize(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (lines[i] != drawn_[i]) {
            const auto row = static_cast<std::int32_t>(i);
            const Rect line{lines_.x, lines_.y + row * height, lines_.width, height};
            write_line(back,
                       line,
                       lines[i],
                       i == 0 ? pattern_colour::kAccent : pattern_colour::kBright,
                       scale_);
            damage |= line;
        }
    }
    drawn_ = std::move(lines);
    paint_clock(back, std::chrono::duration_cast<std::chrono::seconds>(info.time), damage);
}

void PatternStatus::paint_clock(WritablePixelView back, std::chrono::seconds time, Region& damage)
{
    if (clock_.is_empty() || time == clock_drawn_) {
        return;
    }
    fill(back, clock_, pattern_colour::kPanel);
    const Spot middle{clock_.x + clock_.width / 2.0, clock_.y + clock_.height / 2.0};
    const double radius = clock_.width / 2.0 - 2 * scale_;
    draw_ring(back, clock_, middle, radius, 2 * scale_, pattern_colour::kFaint);
    for (int hour = 0; hour < 12; ++hour) {
        const double inner = hour % 3 == 0 ? 0.8 : 0.88;
        draw_line(back,
                  clock_,
                  on_clock(middle, hour / 12.0, radius * inner),
                  on_clock(middle, hour / 12.0, radius * 0.92),
                  0.7 * scale_,
                  pattern_colour::kDim);
    }
    const auto hand = [&](double turn, double length, double thickness, std::uint32_t colour) {
        draw_line(back, clock_, middle, on_clock(middle, turn, radius * length), thickness, colour);
    };
    const auto seconds = static_cast<double>(time.count());
    hand(seconds / 43200, 0.45, 1.8 * scale_, pattern_colour::kDim);
    hand(seconds / 3600, 0.66, 1.3 * scale_, pattern_colour::kBright);
    hand(seconds / 60, 0.76, 0.7 * scale_, pattern_colour::kAccent);
    damage |= clock_;
    clock_drawn_ = time;
}

} // namespace covnc
