#include "rfb/update_parts.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr std::int32_t kBand = 64; // ZRLE's tiles

SourceRect band_of(const SourceRect& rect, std::int32_t y, std::int32_t height)
{
    const Rect& whole = rect.position;
    return {{whole.x, whole.y + y, whole.width, height},
            rect.pixels.part({0, y, whole.width, height})};
}

} // namespace

std::vector<std::vector<SourceRect>> cut_for_workers(std::span<const SourceRect> rects,
                                                     std::int64_t area)
{
    std::vector<std::vector<SourceRect>> parts(1);
    std::int64_t room = area;
    for (const SourceRect& rect : rects) {
        const Size size = rect.position.size();
        for (std::int32_t y = 0; y < size.height;) {
            if (room <= 0) {
                parts.emplace_back();
                room = area;
            }
            const std::int64_t bands = room / (std::int64_t{size.width} * kBand) + 1;
            const std::int64_t rows = std::min<std::int64_t>(size.height - y, bands * kBand);
            const auto height = static_cast<std::int32_t>(rows);
            parts.back().push_back(band_of(rect, y, height));
            room -= rows * size.width;
            y += height;
        }
    }
    return parts;
}

} // namespace covnc
