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
    std::int64_t left = most_area;
    for (const Rect& piece : pieces) {
        if (piece.area() > left || piece.area() > most_area / 8) {
            break;
        }
        taken |= piece;
        left -= piece.area();
    }
    return taken;
}

// Takes strips of `needed` besides what is in `part` already.
void add_strips(Region& part, const Region& needed, std::int64_t left, Point& next)
{
    const Rect bounds = needed.bounds();
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
}

} // namespace

Region cut_region(const Region& needed, const Region& calm, std::int64_t most_area, Point& next)
{
    const Region first = needed & calm;
    Region part = small_pieces(first, most_area / 2);
    Point from_the_top;
    add_strips(part, first, most_area / 2 - part.area(), from_the_top);
    add_strips(part, needed, most_area - part.area(), next);
    return part;
}

} // namespace covnc
