#include "encodings/solid_areas.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr std::int32_t kCellSide = 8;

bool is_solid(const PixelView& pixels)
{
    const std::uint32_t colour = pixels.at(0, 0);
    for (std::int32_t y = 0; y < pixels.height(); ++y) {
        const std::uint32_t* const row = pixels.row(y);
        std::uint32_t difference = 0;
        for (std::int32_t x = 0; x < pixels.width(); ++x) {
            difference |= row[x] ^ colour;
        }
        if (difference != 0) {
            return false;
        }
    }
    return true;
}

} // namespace

std::vector<Rect> SolidFinder::find(const PixelView& pixels, std::int64_t least)
{
    pixels_ = pixels;
    look_at_cells();
    std::vector<Rect> found;
    for (std::int32_t row = 0; row < grid_.height; ++row) {
        for (std::int32_t column = 0; column < grid_.width; ++column) {
            if (!cell(column, row).is_solid) {
                continue;
            }
            const Rect cells = largest_from(column, row);
            if (pixels_of(cells).area() >= least) {
                found.push_back(pixels_of(cells));
                take(cells);
            }
        }
    }
    return found;
}

SolidFinder::Cell& SolidFinder::cell(std::int32_t column, std::int32_t row)
{
    return cells_[static_cast<std::size_t>(row) * static_cast<std::size_t>(grid_.width) +
                  static_cast<std::size_t>(column)];
}

Rect SolidFinder::pixels_of(const Rect& cells) const
{
    const Rect whole{cells.x * kCellSide,
                     cells.y * kCellSide,
                     cells.width * kCellSide,
                     cells.height * kCellSide};
    return whole.intersected(Rect::of(pixels_.size()));
}

void SolidFinder::look_at_cells()
{
    const auto cells_along = [](std::int32_t side) { return (side + kCellSide - 1) / kCellSide; };
    grid_ = {cells_along(pixels_.width()), cells_along(pixels_.height())};
    cells_.resize(static_cast<std::size_t>(grid_.area()));
    for (std::int32_t row = 0; row < grid_.height; ++row) {
        for (std::int32_t column = 0; column < grid_.width; ++column) {
            const PixelView pixels = pixels_.part(pixels_of({column, row, 1, 1}));
            cell(column, row) = {is_solid(pixels), pixels.at(0, 0)};
        }
    }
}

// Of all rectangles of solid cells with this one at their top left corner.
Rect SolidFinder::largest_from(std::int32_t column, std::int32_t row)
{
    const std::uint32_t colour = cell(column, row).colour;
    Rect largest{column, row, 0, 0};
    std::int32_t most = grid_.width - column;
    for (std::int32_t below = row; below < grid_.height && most > 0; ++below) {
        std::int32_t width = 0;
        while (width < most) {
            const Cell& next = cell(column + width, below);
            if (!next.is_solid || next.colour != colour) {
                break;
            }
            ++width;
        }
        most = width;
        const Rect reached{column, row, width, below - row + 1};
        if (reached.area() > largest.area()) {
            largest = reached;
        }
    }
    return largest;
}

void SolidFinder::take(const Rect& cells)
{
    for (std::int32_t row = cells.y; row < cells.bottom(); ++row) {
        for (std::int32_t column = cells.x; column < cells.right(); ++column) {
            cell(column, row).is_solid = false;
        }
    }
}

} // namespace covnc
