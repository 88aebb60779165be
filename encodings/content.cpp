#include "encodings/content.h"

#include "encodings/palette.h"
#include "encodings/region.h"
#include "encodings/vectorized.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace covnc {

namespace {

constexpr std::int32_t kBlock = 32;
constexpr std::int32_t kBlockArea = kBlock * kBlock;
constexpr std::size_t kFewColours = 32; // of a block
// Pixels that are like neither neighbour, of 100 pixels.
constexpr std::int32_t kLeastNovelPercent = 10;
// Pixels at a sharp edge, of 100 that are like neither neighbour. Smooth letters have many colours
// too, but 110 and more.
constexpr std::int32_t kMostSharpPercent = 80;
constexpr std::int32_t kSharp = 24;      // distance of a channel's values
constexpr std::int32_t kLeastBlocks = 2; // of a photograph
// Blocks of a photograph's bounds that must look like one, of 100.
constexpr std::int32_t kLeastCoverPercent = 60;
// Of the 64 pixels that is_colourful() looks at in a block.
constexpr std::size_t kManyColours = 12;
constexpr std::int64_t kColourfulPercent = 40; // blocks with many colours, of 100
constexpr std::uint32_t kRgb = 0xffffffU;

COVNC_VECTORIZED std::int32_t novel_pixels(const PixelView& block)
{
    std::int32_t count = 0;
    for (std::int32_t y = 1; y < block.height(); ++y) {
        const std::uint32_t* const above = block.row(y - 1);
        const std::uint32_t* const row = block.row(y);
        std::int32_t in_row = 0;
        for (std::int32_t x = 1; x < block.width(); ++x) {
            const auto from_left = static_cast<std::int32_t>(((row[x] ^ row[x - 1]) & kRgb) != 0);
            const auto from_above = static_cast<std::int32_t>(((row[x] ^ above[x]) & kRgb) != 0);
            in_row += from_left & from_above;
        }
        count += in_row;
    }
    return count;
}

// How far the values of one channel are apart.
std::int32_t distance(std::uint32_t one, std::uint32_t other, unsigned shift)
{
    return std::abs(static_cast<std::int32_t>((one >> shift) & 0xffU) -
                    static_cast<std::int32_t>((other >> shift) & 0xffU));
}

// The most of any channel.
std::int32_t distance(std::uint32_t one, std::uint32_t other)
{
    return std::max(std::max(distance(one, other, 0), distance(one, other, 8)),
                    distance(one, other, 16));
}

COVNC_VECTORIZED std::int32_t sharp_pixels(const PixelView& block)
{
    std::int32_t count = 0;
    for (std::int32_t y = 1; y < block.height(); ++y) {
        const std::uint32_t* const above = block.row(y - 1);
        const std::uint32_t* const row = block.row(y);
        for (std::int32_t x = 1; x < block.width(); ++x) {
            const std::int32_t most =
                std::max(distance(row[x], row[x - 1]), distance(row[x], above[x]));
            count += static_cast<std::int32_t>(most > kSharp);
        }
    }
    return count;
}

bool has_colours(const PixelView& block, std::size_t wanted)
{
    Palette<std::uint32_t, kFewColours> palette;
    palette.clear();
    for (std::int32_t y = 0; y < block.height(); ++y) {
        const std::uint32_t* const row = block.row(y);
        for (std::int32_t x = 0; x < block.width(); ++x) {
            palette.index_of(row[x] & kRgb);
        }
        if (palette.has_overflowed() || palette.size() >= wanted) {
            return true;
        }
    }
    return false;
}

// Looks at every other pixel of every eighth row.
bool has_many_colours(const PixelView& block)
{
    Palette<std::uint32_t, kManyColours> palette;
    palette.clear();
    for (std::int32_t y = 4; y < block.height(); y += 8) {
        const std::uint32_t* const row = block.row(y);
        for (std::int32_t x = y / 8 % 2; x < block.width(); x += 2) {
            palette.index_of(row[x] & kRgb);
        }
        if (palette.size() == kManyColours) {
            return true;
        }
    }
    return false;
}

// The blocks of one rectangle, in the display's own grid.
class BlockMap
{
public:
    explicit BlockMap(const SourceRect& source)
        : area_(source.position),
          left_(area_.x / kBlock),
          top_(area_.y / kBlock),
          columns_((area_.right() - 1) / kBlock - left_ + 1),
          rows_((area_.bottom() - 1) / kBlock - top_ + 1),
          marks_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_))
    {
        for (std::int32_t row = 0; row < rows_; ++row) {
            for (std::int32_t column = 0; column < columns_; ++column) {
                const Rect block = block_rect(column, row);
                const Rect inside{block.x - area_.x, block.y - area_.y, block.width, block.height};
                mark(column, row) = is_photographic(source.pixels.part(inside)) ? kFound : kNone;
            }
        }
    }

    // Areas to be sent as photographs, disjoint.
    Region photographs()
    {
        Region found;
        for (std::int32_t row = 0; row < rows_; ++row) {
            for (std::int32_t column = 0; column < columns_; ++column) {
                if (mark(column, row) == kFound) {
                    found |= take_component(column, row);
                }
            }
        }
        return found;
    }

private:
    enum Mark : std::uint8_t { kNone, kFound, kTaken };
    struct Place
    {
        std::int32_t column;
        std::int32_t row;
    };

    std::uint8_t& mark(std::int32_t column, std::int32_t row)
    {
        return marks_[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) +
                      static_cast<std::size_t>(column)];
    }

    Rect block_rect(std::int32_t column, std::int32_t row) const
    {
        return Rect{(left_ + column) * kBlock, (top_ + row) * kBlock, kBlock, kBlock}.intersected(
            area_);
    }

    // Blocks that touch each other along a side, from this one on.
    Region take_component(std::int32_t first_column, std::int32_t first_row)
    {
        std::vector<Place> open{{first_column, first_row}};
        mark(first_column, first_row) = kTaken;
        Region blocks;
        std::int32_t count = 0;
        while (!open.empty()) {
            const Place at = open.back();
            open.pop_back();
            blocks |= Region(block_rect(at.column, at.row));
            ++count;
            const Place around[] = {{at.column - 1, at.row},
                                    {at.column + 1, at.row},
                                    {at.column, at.row - 1},
                                    {at.column, at.row + 1}};
            for (const Place& next : around) {
                const bool is_inside =
                    next.column >= 0 && next.column < columns_ && next.row >= 0 && next.row < rows_;
                if (is_inside && mark(next.column, next.row) == kFound) {
                    mark(next.column, next.row) = kTaken;
                    open.push_back(next);
                }
            }
        }
        if (count < kLeastBlocks) {
            return {};
        }
        const Rect bounds = blocks.bounds();
        const bool is_full = blocks.area() * 100 >= bounds.area() * kLeastCoverPercent;
        return is_full ? Region(bounds) : blocks;
    }

    Rect area_;
    std::int32_t left_;
    std::int32_t top_;
    std::int32_t columns_;
    std::int32_t rows_;
    std::vector<std::uint8_t> marks_;
};

void append_parts(const SourceRect& source, const Region& parts, std::vector<SourceRect>& out)
{
    for (const Rect& part : parts.rects()) {
        const Rect inside{
            part.x - source.position.x, part.y - source.position.y, part.width, part.height};
        out.push_back({part, source.pixels.part(inside)});
    }
}

} // namespace

bool is_photographic(const PixelView& block)
{
    const std::int64_t area = block.size().area();
    const std::int64_t novel = novel_pixels(block);
    if (novel * 100 < area * kLeastNovelPercent) {
        return false;
    }
    const auto colours = static_cast<std::size_t>(
        (static_cast<std::int64_t>(kFewColours) * area + kBlockArea - 1) / kBlockArea);
    return has_colours(block, colours) &&
           std::int64_t{sharp_pixels(block)} * 100 <= novel * kMostSharpPercent;
}

bool is_colourful(std::span<const SourceRect> rects)
{
    std::int64_t blocks = 0;
    std::int64_t colourful = 0;
    for (const SourceRect& source : rects) {
        const Rect inside = Rect::of(source.position.size());
        for (std::int32_t y = 0; y < inside.height; y += kBlock) {
            for (std::int32_t x = 0; x < inside.width; x += kBlock) {
                const Rect block = Rect{x, y, kBlock, kBlock}.intersected(inside);
                ++blocks;
                colourful += has_many_colours(source.pixels.part(block)) ? 1 : 0;
            }
        }
    }
    return colourful * 100 > blocks * kColourfulPercent;
}

ContentSplit split_by_content(std::span<const SourceRect> rects)
{
    ContentSplit split;
    for (const SourceRect& source : rects) {
        if (source.position.is_empty()) {
            continue;
        }
        const Region photographs = BlockMap(source).photographs();
        append_parts(source, Region(source.position) - photographs, split.exact);
        append_parts(source, photographs, split.photographic);
    }
    return split;
}

} // namespace covnc
