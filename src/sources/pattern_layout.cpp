#include "src/sources/pattern_layout.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr std::int32_t kLine = 20;
constexpr std::int32_t kStatusLines = 6;
constexpr Size kSmallestForText{360, 300};

} // namespace

PatternLayout PatternLayout::of(Size size)
{
    PatternLayout layout;
    const std::int32_t margin = std::clamp(std::min(size.width, size.height) / 40, 0, 24);
    const Rect inner{margin,
                     margin,
                     std::max(size.width - 2 * margin, 0),
                     std::max(size.height - 2 * margin, 0)};
    if (size.width < kSmallestForText.width || size.height < kSmallestForText.height) {
        layout.scene = inner;
        return layout;
    }
    const std::int32_t side = std::clamp(size.width / 3, 170, 420); // right column
    const std::int32_t left = inner.width - side - margin;
    const std::int32_t title = size.height >= 480 ? 3 * kLine : kLine;
    const std::int32_t console = kLine + margin;
    const std::int32_t below_title = inner.y + title + margin;
    const std::int32_t middle = inner.bottom() - console - margin - below_title;
    const std::int32_t scene = (middle - margin) * 6 / 10;
    const std::int32_t column = inner.x + left + margin;
    const std::int32_t status = kStatusLines * kLine + margin;

    layout.title = {inner.x, inner.y, inner.width, title};
    layout.scene = {inner.x, below_title, left, scene};
    layout.canvas = {inner.x, below_title + scene + margin, left, middle - scene - margin};
    layout.status = {column, below_title, side, std::min(status, middle)};
    const std::int32_t log_y = layout.status.bottom() + margin;
    layout.log = {column, log_y, side, std::max(below_title + middle - log_y, 0)};
    layout.console = {inner.x, inner.bottom() - console, inner.width, console};
    return layout;
}

} // namespace covnc
