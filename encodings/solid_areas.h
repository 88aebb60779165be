// Large areas of one colour inside a picture. Internal to encodings/. One thread.
#pragma once

#include "encodings/geometry.h"
#include "encodings/pixel_view.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace covnc {

// Keeps its memory from picture to picture.
class SolidFinder
{
public:
    // Disjoint rectangles of at least `least` pixels, each of one colour, that begin and end on a
    // grid of 8x8 pixels or at the picture's edge; some others may be left out. Pixels are compared
    // as they are, top byte included.
    std::vector<Rect> find(const PixelView& pixels, std::int64_t least);

private:
    struct Cell
    {
        bool is_solid = false; // and in no area yet
        std::uint32_t colour = 0;
    };

    Cell& cell(std::int32_t column, std::int32_t row);
    Rect pixels_of(const Rect& cells) const;
    void look_at_cells();
    Rect largest_from(std::int32_t column, std::int32_t row);
    void take(const Rect& cells);

    PixelView pixels_;
    Size grid_;
    std::vector<Cell> cells_;
};

} // namespace covnc
