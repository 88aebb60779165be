// The moving shapes of the pattern display. Not thread-safe; no I/O.
#pragma once

#include "encodings/region.h"
#include "src/sources/pattern_draw.h"

#include <array>
#include <chrono>
#include <vector>

namespace covnc {

class PatternScene
{
public:
    // place: in the display; may be empty. scale: of speeds and sizes.
    void resize(const Rect& place, int scale);

    // Everything but the balls. The place is all the scene's.
    void paint_background(WritablePixelView back);
    // Moves the balls to where they are at `time`, since the start.
    void paint(WritablePixelView back, std::chrono::nanoseconds time, Region& damage);

private:
    static constexpr std::size_t kBalls = 7;

    // Colours of the background, from the upper left corner to the lower right one. Few enough that
    // runs of equal pixels remain.
    static constexpr std::size_t kSteps = 96;

    std::uint32_t background_at(std::int32_t x, std::int32_t y) const;
    void restore(WritablePixelView back, const Rect& rect);

    Rect place_;
    int scale_ = 1;
    std::array<std::uint32_t, kSteps> colours_{};
    // The step of a pixel is that of its column plus that of its row.
    std::vector<std::uint8_t> column_steps_;
    std::vector<std::uint8_t> row_steps_;
    std::array<Rect, kBalls> drawn_{};
};

} // namespace covnc
