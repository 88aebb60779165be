#include "src/sources/pattern_still.h"

#include <algorithm>

namespace covnc {

namespace {

std::uint32_t ramp(std::int32_t position, std::int32_t length)
{
    return static_cast<std::uint32_t>(std::int64_t{position} * 255 / std::max(length - 1, 1));
}

} // namespace

void paint_still(WritablePixelView surface)
{
    constexpr std::int32_t kSquare = 32;
    for (std::int32_t y = 0; y < surface.height(); ++y) {
        const std::uint32_t green = ramp(y, surface.height());
        for (std::int32_t x = 0; x < surface.width(); ++x) {
            const bool is_odd = (x / kSquare + y / kSquare) % 2 == 1;
            surface.at(x, y) = ramp(x, surface.width()) << 16U | green << 8U | (is_odd ? 255U : 0U);
        }
    }
}

} // namespace covnc
