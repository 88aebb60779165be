#include "rfb/update_cut.h"

#include <algorithm>
#include <tuple>

namespace covnc {

namespace {

constexpr std::int32_t kStrip = 16;

Region small_pieces(const Region& needed, std::int64_t most_area)
{
    std::vector<Rect> pieces = needed.rects();
    std::sort(pieces.begin(), pieces.end(), [](const Rect& a, const Rect& b) {
        return std::tuple(a.area(), a.y, a.x) < std::tuple(b.area(), b.y, b.x);
    });
    Region taken;
    std::int64_t left = most_area / 4;
    for (const Rect& piece : pieces) {
        if (piece.area() > left || piece.area() > most_area / 16) {
            break;
        }
        taken |= piece;
        left -= piece.area();
    }
    return taken;
}

} // namespace

Region cut_region(const Region& needed, std::int64_t most_area, std::int32_t& next_row)
{
    Region part = small_pieces(needed, most_area);
    const Rect bounds = needed.bounds();
    std::int64_t left = most_area - part.area();
    const std::int32_t strips = (bounds.height + kStrip - 1) / kStrip;
    const bool is_inside = next_row >= bounds.y && next_row < bounds.bottom();
    std::int32_t y = is_inside ? bounds.y + (next_row - bounds.y) / kStrip * kStrip : bounds.y;
    for (std::int32_t i = 0; i < strips && left > 0; ++i) {
        const Region strip = needed & Region(Rect{bounds.x, y, bounds.width, kStrip});
        left -= (strip - part).area();
        part |= strip;
        y += kStrip;
        if (y >= bounds.bottom()) {
            y = bounds.y;
        }
        next_row = y;
    }
    return part;
}

} // namespace covnc
