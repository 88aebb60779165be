// Shapes with smooth edges, for the pattern display. Pure; any thread.
//
// Colours are 0x00RRGGBB. Nothing is drawn outside of the surface, nor of `clip` where there is
// one. Coordinates are pixels; a pixel's centre is at its coordinates plus 0.5.
#pragma once

#include "encodings/pixel_view.h"

#include <cstdint>
#include <string_view>

namespace covnc {

// The colours that the parts of the display share.
namespace pattern_colour {
inline constexpr std::uint32_t kPanel = 0x171e2c;
inline constexpr std::uint32_t kBorder = 0x2b3548;
inline constexpr std::uint32_t kBright = 0xe5e9f0;
inline constexpr std::uint32_t kDim = 0x8a96ab;
inline constexpr std::uint32_t kFaint = 0x56627a;
inline constexpr std::uint32_t kAccent = 0x7fd1e0;
} // namespace pattern_colour

struct Spot
{
    double x = 0;
    double y = 0;
};

// rect with `by` pixels less on each side; empty when nothing is left.
Rect inset(const Rect& rect, std::int32_t by);

// The pixels that a shape touches, its smooth edge included.
Rect disc_bounds(Spot centre, double radius);
Rect line_bounds(Spot from, Spot to, double radius);

void fill(WritablePixelView surface, const Rect& rect, std::uint32_t colour);

// A box with round corners and a thin border.
void draw_panel(WritablePixelView surface, const Rect& rect, std::int32_t radius);

// A translucent disc, lit from the upper left.
void draw_ball(
    WritablePixelView surface, const Rect& clip, Spot centre, double radius, std::uint32_t colour);

// A translucent ring. radius: to the middle of the ring.
void draw_ring(WritablePixelView surface,
               const Rect& clip,
               Spot centre,
               double radius,
               double thickness,
               std::uint32_t colour);

// kJoined: another line ends where this one starts, and has drawn the round end already.
enum class LineStart : std::uint8_t { kRound, kJoined };

// A line with round ends. Costs as much as the rectangle around it: keep it short or straight.
void draw_line(WritablePixelView surface,
               const Rect& clip,
               Spot from,
               Spot to,
               double radius,
               std::uint32_t colour,
               LineStart start = LineStart::kRound);

// Text on the panels' colour, which fills all of `line` first. Cut to the characters that fit.
void write_line(WritablePixelView surface,
                const Rect& line,
                std::string_view text,
                std::uint32_t colour,
                int scale);

// A soft colour of the rainbow. turn: 0 .. 1 is once around it, and so on.
std::uint32_t hue_colour(double turn);

} // namespace covnc
