#include "encodings/tight_split.h"

#include "encodings/region.h"

#include <algorithm>

namespace covnc {

namespace {

// In pixels. A rectangle costs about 100 bytes of heads and of tables for deflate.
constexpr std::int64_t kLeastHalved = 8192;
constexpr std::int64_t kPixelsPerColour = 32; // from which on a palette pays

} // namespace

const std::vector<TightArea>& TightSplitter::split(const PixelView& pixels)
{
    pixels_ = pixels;
    areas_.clear();
    split_area(Rect::of(pixels.size()), Step::kWhole);
    return areas_;
}

std::size_t TightSplitter::most_areas(std::int64_t pixels)
{
    // Halves are at least a third of what was halved.
    return static_cast<std::size_t>(pixels / (kLeastHalved / 3)) + 1;
}

void TightSplitter::split_area(Rect area, Step step)
{
    area = without_solid_edges(area);
    if (area.is_empty()) {
        return;
    }
    const std::size_t colours = count_colours(area);
    if (colours != 0 || area.area() < kLeastHalved) {
        areas_.push_back({area, colours});
        return;
    }
    if (step == Step::kPart || !split_around_solids(area)) {
        halve(area);
    }
}

// What has one colour would be nearly nothing once it is deflated, but it takes the window's room.
// False: there is no such area, or what is left would be all small pieces.
bool TightSplitter::split_around_solids(const Rect& area)
{
    std::vector<Rect> solids = solids_.find(pixels_.part(area), kLeastSolid);
    Region rest = area;
    for (Rect& solid : solids) {
        solid.x += area.x;
        solid.y += area.y;
        rest -= solid;
    }
    const std::vector<Rect> others = rest.rects();
    if (solids.empty() || others.size() > 1 + 4 * solids.size()) {
        return false;
    }
    for (const Rect& solid : solids) {
        areas_.push_back({solid, 1});
    }
    for (const Rect& other : others) {
        split_area(other, Step::kPart);
    }
    return true;
}

void TightSplitter::halve(const Rect& area)
{
    Rect first = area;
    Rect second = area;
    if (area.width > area.height) {
        first.width /= 2;
        second.x += first.width;
        second.width -= first.width;
    } else {
        first.height /= 2;
        second.y += first.height;
        second.height -= first.height;
    }
    const std::size_t before = areas_.size();
    split_area(first, Step::kPart);
    const std::size_t between = areas_.size();
    split_area(second, Step::kPart);
    // No half is better off alone.
    const auto is_whole = [this](std::size_t i, const Rect& half) {
        return areas_[i].area == half && areas_[i].colours == 0;
    };
    if (areas_.size() == before + 2 && between == before + 1 && is_whole(before, first) &&
        is_whole(between, second)) {
        areas_.resize(before);
        areas_.push_back({area, 0});
    }
}

// Adds the edges of one colour to the areas, where they are large. Returns what is left.
Rect TightSplitter::without_solid_edges(Rect area)
{
    const auto is_large = [](const Rect& edge) { return edge.area() >= kLeastSolid; };
    for (const bool from_bottom : {false, true}) {
        const std::int32_t rows = area.is_empty() ? 0 : solid_rows(area, from_bottom);
        const Rect edge{area.x, from_bottom ? area.bottom() - rows : area.y, area.width, rows};
        if (is_large(edge)) {
            areas_.push_back({edge, 1});
            area.height -= rows;
            area.y += from_bottom ? 0 : rows;
        }
    }
    for (const bool from_right : {false, true}) {
        const std::int32_t columns = area.is_empty() ? 0 : solid_columns(area, from_right);
        const Rect edge{from_right ? area.right() - columns : area.x, area.y, columns, area.height};
        if (is_large(edge)) {
            areas_.push_back({edge, 1});
            area.width -= columns;
            area.x += from_right ? 0 : columns;
        }
    }
    return area;
}

std::int32_t TightSplitter::solid_rows(const Rect& area, bool from_bottom) const
{
    const std::int32_t first = from_bottom ? area.bottom() - 1 : area.y;
    const std::uint32_t colour = pixels_.at(area.x, first);
    std::int32_t rows = 0;
    for (; rows < area.height; ++rows) {
        const std::uint32_t* row = pixels_.row(from_bottom ? first - rows : first + rows) + area.x;
        const auto is_colour = [colour](std::uint32_t pixel) { return pixel == colour; };
        if (!std::all_of(row, row + area.width, is_colour)) {
            break;
        }
    }
    return rows;
}

std::int32_t TightSplitter::solid_columns(const Rect& area, bool from_right) const
{
    const std::int32_t first = from_right ? area.right() - 1 : area.x;
    const std::ptrdiff_t step = from_right ? -1 : 1;
    const std::uint32_t colour = pixels_.at(first, area.y);
    std::int32_t columns = area.width;
    for (std::int32_t y = area.y; y < area.bottom(); ++y) {
        const std::uint32_t* pixel = pixels_.row(y) + first;
        std::int32_t run = 0;
        while (run < columns && *pixel == colour) {
            ++run;
            pixel += step;
        }
        columns = run;
        if (std::int64_t{columns} * area.height < kLeastSolid) {
            return 0;
        }
    }
    return columns;
}

// 0: more than are worth a palette.
std::size_t TightSplitter::count_colours(const Rect& area)
{
    const auto worth = static_cast<std::size_t>(area.area() / kPixelsPerColour);
    const std::size_t most = std::clamp(worth, std::size_t{2}, most_colours_);
    palette_.clear();
    for (std::int32_t y = area.y; y < area.bottom(); ++y) {
        const std::uint32_t* pixel = pixels_.row(y) + area.x;
        const std::uint32_t* const end = pixel + area.width;
        while (pixel != end) {
            palette_.index_of(*pixel);
            if (palette_.size() > most || palette_.has_overflowed()) {
                return 0;
            }
            pixel = end_of_run(pixel, end);
        }
    }
    return palette_.size();
}

} // namespace covnc
