#include "rfb/snapshot.h"

#include "rfb/framebuffer.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr std::size_t kMaxRectanglesOfUnit = 4000;

std::size_t area_of(const std::vector<Rect>& rects)
{
    std::int64_t area = 0;
    for (const Rect& rect : rects) {
        area += rect.area();
    }
    return static_cast<std::size_t>(area);
}

void copy_rect(PixelView front, const Rect& rect, std::uint32_t* out)
{
    const Rect inside = rect.intersected(Rect::of(front.size()));
    if (inside != rect) {
        std::fill_n(out, rect.area(), 0);
    }
    for (std::int32_t y = inside.y; y < inside.bottom(); ++y) {
        const std::int64_t at = std::int64_t{y - rect.y} * rect.width + (inside.x - rect.x);
        std::copy_n(front.row(y) + inside.x, inside.width, out + at);
    }
}

} // namespace

std::vector<Rect> update_rectangles(const Region& region)
{
    std::vector<Rect> rects = region.rects();
    if (rects.size() <= kMaxRectanglesOfUnit) {
        return rects;
    }
    const Rect bounds = region.bounds();
    rects.clear();
    for (std::int32_t y = bounds.y; y < bounds.bottom(); y += Framebuffer::kCell) {
        const Rect band{
            bounds.x, y, bounds.width, std::min(Framebuffer::kCell, bounds.bottom() - y)};
        const Rect used = (region & Region(band)).bounds();
        if (!used.is_empty()) {
            rects.push_back(used);
        }
    }
    return rects;
}

Snapshot::Snapshot(PixelView front, const Region& region, MemoryBudget& budget)
    : Snapshot(front, update_rectangles(region), budget)
{}

Snapshot::Snapshot(PixelView front, const std::vector<Rect>& rects, MemoryBudget& budget)
    : share_(budget.take(area_of(rects) * sizeof(std::uint32_t))),
      pixels_(area_of(rects))
{
    std::uint32_t* out = pixels_.data();
    for (const Rect& rect : rects) {
        copy_rect(front, rect, out);
        rects_.push_back({rect, PixelView(out, rect.size(), rect.width)});
        out += rect.area();
    }
}

} // namespace covnc
