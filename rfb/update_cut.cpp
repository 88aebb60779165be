#include "rfb/update_cut.h"

#include <algorithm>
#include <tuple>

namespace covnc {

namespace {

constexpr std::int32_t kStrip = 16;
constexpr std::int64_t kLeastWidth = 32;

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

Region cut_region(const Region& needed, std::int64_t most_area, Point& next)
{
    Region part = small_pieces(needed, most_area);
    const Rect bounds = needed.bounds();
    std::int64_t left = most_area - part.area();
    const bool is_inside = next.x >= bounds.x && next.x < bounds.right() && next.y >= bounds.y &&
                           next.y < bounds.bottom();
    if (!is_inside) {
        next = bounds.origin();
    }
    // Once around, back to where it began.
    const std::int64_t strips = (bounds.height + kStrip - 1) / kStrip;
    for (std::int64_t looked_at = 0; left > 0 && looked_at < strips * bounds.width;) {
        const auto room = std::max<std::int64_t>(left / kStrip, kLeastWidth);
        const auto width =
            static_cast<std::int32_t>(std::min<std::int64_t>(bounds.right() - next.x, room));
        const Region piece = needed & Region(Rect{next.x, next.y, width, kStrip});
        left -= (piece - part).area();
        part |= piece;
        looked_at += width;
        next.x += width;
        if (next.x >= bounds.right()) {
            next = {bounds.x, next.y + kStrip};
        }
        if (next.y >= bounds.bottom()) {
            next.y = bounds.y;
        }
    }
    return part;
}

} // namespace covnc
