// Rows of two pictures cut into short segments, so that there are columns of them, and each segment
// hashed: what find_moves() works on. Any thread.
#pragma once

#include "encodings/geometry.h"
#include "encodings/pixel_view.h"

#include <cstdint>
#include <vector>

namespace covnc {

// The hash of a segment. The lowest bit says that its pixels are not all the same.
using SegmentHash = std::uint64_t;

inline bool is_telling(SegmentHash hash)
{
    return (hash & 1U) != 0;
}

// unit times the least power of two with which `most` of them cover `length`.
std::int32_t step_for(std::int32_t length, std::int32_t unit, std::int32_t most);

// Hashes of the segments of two pictures inside of an area. Rows are counted from its top.
class SegmentGrid
{
public:
    // Pixels of a segment, in pictures that are not very wide.
    static constexpr std::int32_t kSegment = 32;
    // What a segment counts. One of one colour costs next to nothing as pixels.
    static constexpr std::int32_t kTellingWeight = 8;
    static constexpr std::int32_t kUniformWeight = 1;

    // Pictures of one size, with area inside of it. Borrowed.
    SegmentGrid(PixelView before, PixelView now, const Rect& area);

    std::int32_t columns() const { return columns_; }
    std::int32_t rows() const { return area_.height; }
    // Of a column, in the whole picture.
    Rect column_rect(std::int32_t column) const
    {
        return Rect{area_.x + column * step_, area_.y, step_, area_.height}.intersected(area_);
    }
    // Columns must be hashed before they are looked at; once is enough.
    void hash(const std::vector<std::int32_t>& columns);
    SegmentHash before(std::int32_t column, std::int32_t y) const
    {
        return before_[index(column, y)];
    }
    SegmentHash now(std::int32_t column, std::int32_t y) const { return now_[index(column, y)]; }
    bool is_same(std::int32_t column, std::int32_t y) const
    {
        return before(column, y) == now(column, y);
    }
    // Rows from dy further down would come to row y: what that gains here.
    std::int32_t score(std::int32_t column, std::int32_t y, std::int32_t dy) const
    {
        const SegmentHash wanted = now(column, y);
        const int would_be_right = before(column, y + dy) == wanted ? 1 : 0;
        const int is_right = before(column, y) == wanted ? 1 : 0;
        return (would_be_right - is_right) * (is_telling(wanted) ? kTellingWeight : kUniformWeight);
    }

private:
    std::size_t index(std::int32_t column, std::int32_t y) const
    {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(columns_) +
               static_cast<std::size_t>(column);
    }

    Rect area_;
    std::int32_t step_;
    std::int32_t columns_;
    PixelView before_view_;
    PixelView now_view_;
    std::vector<SegmentHash> before_;
    std::vector<SegmentHash> now_;
    std::vector<bool> is_hashed_;
};

} // namespace covnc
