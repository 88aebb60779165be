#include "src/sources/pattern_draw.h"

#include "src/sources/bitmap_font.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace covnc {

namespace {

constexpr double kBallOpacity = 0.82;
constexpr std::size_t kBallShades = 128;
constexpr double kPureColour = 0.2; // the share of the shades that are brighter than the colour
constexpr std::uint32_t kNight = 0x0b1020;
constexpr double kRingOpacity = 0.8;

unsigned coverage(double share)
{
    return static_cast<unsigned>(std::clamp(share, 0.0, 1.0) * 255);
}

// Calls shade(pixel, dx, dy) for each visible pixel of `box`, with its centre's way from `centre`.
template <typename Shade>
void for_each_pixel(
    WritablePixelView surface, const Rect& clip, const Rect& box, Spot centre, Shade shade)
{
    const Rect visible = box.intersected(clip).intersected(Rect::of(surface.size()));
    for (std::int32_t y = visible.y; y < visible.bottom(); ++y) {
        std::uint32_t* const row = surface.row(y);
        for (std::int32_t x = visible.x; x < visible.right(); ++x) {
            shade(row[x], x + 0.5 - centre.x, y + 0.5 - centre.y);
        }
    }
}

} // namespace

Rect inset(const Rect& rect, std::int32_t by)
{
    const Rect smaller{rect.x + by, rect.y + by, rect.width - 2 * by, rect.height - 2 * by};
    return smaller.is_empty() ? Rect{} : smaller;
}

Rect disc_bounds(Spot centre, double radius)
{
    const double reach = radius + 1;
    const auto left = static_cast<std::int32_t>(std::floor(centre.x - reach));
    const auto top = static_cast<std::int32_t>(std::floor(centre.y - reach));
    return {left,
            top,
            static_cast<std::int32_t>(std::ceil(centre.x + reach)) - left,
            static_cast<std::int32_t>(std::ceil(centre.y + reach)) - top};
}

Rect line_bounds(Spot from, Spot to, double radius)
{
    const Rect first = disc_bounds(from, radius);
    const Rect last = disc_bounds(to, radius);
    const std::int32_t left = std::min(first.x, last.x);
    const std::int32_t top = std::min(first.y, last.y);
    return {left,
            top,
            std::max(first.right(), last.right()) - left,
            std::max(first.bottom(), last.bottom()) - top};
}

void fill(WritablePixelView surface, const Rect& rect, std::uint32_t colour)
{
    const Rect visible = rect.intersected(Rect::of(surface.size()));
    for (std::int32_t y = visible.y; y < visible.bottom(); ++y) {
        std::fill_n(surface.row(y) + visible.x, visible.width, colour);
    }
}

void draw_panel(WritablePixelView surface, const Rect& rect, std::int32_t radius)
{
    const double half_width = rect.width / 2.0;
    const double half_height = rect.height / 2.0;
    const double round = std::min({double(radius), half_width, half_height});
    const Spot middle{rect.x + half_width, rect.y + half_height};
    for_each_pixel(surface, rect, rect, middle, [&](std::uint32_t& pixel, double dx, double dy) {
        const double over_x = std::abs(dx) - (half_width - round);
        const double over_y = std::abs(dy) - (half_height - round);
        const double corner = std::hypot(std::max(over_x, 0.0), std::max(over_y, 0.0));
        const double outside = corner + std::min(std::max(over_x, over_y), 0.0) - round;
        const std::uint32_t colour =
            blend(pattern_colour::kBorder, pattern_colour::kPanel, coverage(-0.5 - outside));
        pixel = blend(pixel, colour, coverage(0.5 - outside));
    });
}

void draw_ball(
    WritablePixelView surface, const Rect& clip, Spot centre, double radius, std::uint32_t colour)
{
    // From the brightest point, which is up and left of the centre, to the other end.
    std::array<std::uint32_t, kBallShades> shades{};
    for (std::size_t i = 0; i < kBallShades; ++i) {
        const double dark = static_cast<double>(i) / kBallShades;
        shades[i] = dark < kPureColour
                        ? blend(colour, 0xffffff, coverage((kPureColour - dark) * 1.6))
                        : blend(colour, kNight, coverage((dark - kPureColour) * 0.4));
    }
    const double light = radius * 0.4;
    const double steps = kBallShades / (radius * radius * 2.2); // by squared distance
    const double inner = std::max(radius - 1, 0.0);             // no edge to smooth in here
    const auto ball = [&](std::uint32_t& pixel, double dx, double dy) {
        const double square = dx * dx + dy * dy;
        double share = 1;
        if (square > inner * inner) {
            share = radius + 0.5 - std::sqrt(square);
            if (share <= 0) {
                return;
            }
        }
        const double step = ((dx + light) * (dx + light) + (dy + light) * (dy + light)) * steps;
        const auto shade = static_cast<std::size_t>(std::min(step, kBallShades - 1.0));
        pixel = blend(pixel, shades[shade], coverage(std::min(share, 1.0) * kBallOpacity));
    };
    for_each_pixel(surface, clip, disc_bounds(centre, radius), centre, ball);
}

void draw_ring(WritablePixelView surface,
               const Rect& clip,
               Spot centre,
               double radius,
               double thickness,
               std::uint32_t colour)
{
    const Rect box = disc_bounds(centre, radius + thickness / 2);
    for_each_pixel(surface, clip, box, centre, [&](std::uint32_t& pixel, double dx, double dy) {
        const double away = std::abs(std::sqrt(dx * dx + dy * dy) - radius);
        const double share = std::clamp(thickness / 2 + 0.5 - away, 0.0, 1.0);
        pixel = blend(pixel, colour, coverage(share * kRingOpacity));
    });
}

void draw_line(WritablePixelView surface,
               const Rect& clip,
               Spot from,
               Spot to,
               double radius,
               std::uint32_t colour,
               LineStart start)
{
    const Spot way{to.x - from.x, to.y - from.y};
    const double square = way.x * way.x + way.y * way.y;
    const Rect box = line_bounds(from, to, radius);
    for_each_pixel(surface, clip, box, from, [&](std::uint32_t& pixel, double dx, double dy) {
        const double reached = square > 0 ? (dx * way.x + dy * way.y) / square : 0.0;
        if (reached <= 0 && start == LineStart::kJoined) {
            return;
        }
        const double along = std::clamp(reached, 0.0, 1.0);
        const double off_x = dx - along * way.x;
        const double off_y = dy - along * way.y;
        const double away = std::sqrt(off_x * off_x + off_y * off_y);
        pixel = blend(pixel, colour, coverage(radius + 0.5 - away));
    });
}

void write_line(WritablePixelView surface,
                const Rect& line,
                std::string_view text,
                std::uint32_t colour,
                int scale)
{
    fill(surface, line, pattern_colour::kPanel);
    const auto fitting = static_cast<std::size_t>(line.width / (kGlyphSize.width * scale));
    if (line.height >= kGlyphSize.height * scale) {
        draw_text(surface, line.origin(), text.substr(0, fitting), colour, scale);
    }
}

std::uint32_t hue_colour(double turn)
{
    const auto channel = [&](double offset) {
        const double wave = std::cos(2 * std::numbers::pi * (turn + offset));
        return static_cast<std::uint32_t>(142 + 88 * wave);
    };
    return channel(0) << 16U | channel(2.0 / 3) << 8U | channel(1.0 / 3);
}

} // namespace covnc
