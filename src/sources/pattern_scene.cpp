#include "src/sources/pattern_scene.h"

#include "src/sources/bitmap_font.h"

#include <algorithm>
#include <cmath>

namespace covnc {

namespace {

constexpr std::array<std::uint32_t, 7> kColours{
    0xf0716e, 0xf5a25d, 0xf2d16b, 0x8fcf7f, 0x62c8d8, 0x7a9bf0, 0xc58af0};
constexpr std::uint32_t kFirstCorner = 0x1a2145;
constexpr std::uint32_t kMiddle = 0x1c3d55;
constexpr std::uint32_t kLastCorner = 0x3a2752;
constexpr std::uint32_t kGridDot = 0x6f86b0;
constexpr std::int32_t kGrid = 32;

// 0 .. steps - 1, evenly.
std::vector<std::uint8_t> steps_along(std::int32_t length, std::size_t count)
{
    std::vector<std::uint8_t> steps(static_cast<std::size_t>(length));
    for (std::size_t i = 0; i < steps.size(); ++i) {
        steps[i] = static_cast<std::uint8_t>(i * count / steps.size());
    }
    return steps;
}

// There and back again between 0 and `length`.
double bounce(double way, double length)
{
    if (length <= 0) {
        return 0;
    }
    const double phase = std::fmod(std::abs(way), 2 * length);
    return phase < length ? phase : 2 * length - phase;
}

} // namespace

void PatternScene::resize(const Rect& place, int scale)
{
    place_ = place;
    scale_ = scale;
    column_steps_ = steps_along(place.width, kSteps / 2);
    row_steps_ = steps_along(place.height, kSteps / 2);
    drawn_ = {};
    for (std::size_t step = 0; step < kSteps; ++step) {
        const auto share = static_cast<unsigned>(step % (kSteps / 2) * 2 * 255 / kSteps);
        colours_[step] = step < kSteps / 2 ? blend(kFirstCorner, kMiddle, share)
                                           : blend(kMiddle, kLastCorner, share);
    }
}

std::uint32_t PatternScene::background_at(std::int32_t x, std::int32_t y) const
{
    const std::int32_t column = x - place_.x;
    const std::int32_t row = y - place_.y;
    const std::int32_t grid = kGrid * scale_;
    if ((column + grid / 2) % grid < scale_ && (row + grid / 2) % grid < scale_) {
        return kGridDot;
    }
    return colours_[std::size_t{column_steps_[static_cast<std::size_t>(column)]} +
                    row_steps_[static_cast<std::size_t>(row)]];
}

void PatternScene::restore(WritablePixelView back, const Rect& rect)
{
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        std::uint32_t* const row = back.row(y);
        for (std::int32_t x = rect.x; x < rect.right(); ++x) {
            row[x] = background_at(x, y);
        }
    }
}

void PatternScene::paint_background(WritablePixelView back)
{
    restore(back, place_);
}

void PatternScene::paint(WritablePixelView back, std::chrono::nanoseconds time, Region& damage)
{
    if (place_.is_empty()) {
        return;
    }
    for (const Rect& old : drawn_) {
        restore(back, old);
        damage |= old;
    }
    const double seconds = std::chrono::duration<double>(time).count();
    const double largest =
        std::clamp(std::min(place_.width, place_.height) / 6.0, 0.5, 64.0 * scale_);
    for (std::size_t i = 0; i < kBalls; ++i) {
        const auto order = static_cast<double>(i);
        const double radius = std::max(largest * (1 - order / 12), 0.5);
        const double speed = largest * (0.55 + order * 0.13); // pixels a second
        const Spot centre{
            place_.x + radius +
                bounce(seconds * speed + order * largest * 2.3, place_.width - 2 * radius),
            place_.y + radius +
                bounce(seconds * speed * 0.73 + order * largest * 1.7, place_.height - 2 * radius)};
        draw_ball(back, place_, centre, radius, kColours[i]);
        drawn_[i] = disc_bounds(centre, radius).intersected(place_);
        damage |= drawn_[i];
    }
}

} // namespace covnc
