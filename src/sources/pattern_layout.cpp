#include "src/sources/pattern_layout.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr std::int32_t kLine = 20;
constexpr Size kSmallestForPanels{560, 420};
constexpr Size kSmallestForText{200, 140};

// Everything that has a place of its own.
PatternLayout with_panels(Size size)
{
    PatternLayout layout;
    layout.scale = std::clamp(std::min(size.width / 1600, size.height / 1000), 1, 8);
    const std::int32_t line = kLine * layout.scale;
    const std::int32_t margin = std::min(std::min(size.width, size.height) / 40, line);
    const std::int32_t gap = margin * 3 / 4;
    const Rect inner{margin, margin, size.width - 2 * margin, size.height - 2 * margin};
    const std::int32_t side = std::clamp(size.width / 3, 220 * layout.scale, 420 * layout.scale);
    const std::int32_t left = inner.width - side - gap;
    const std::int32_t right_x = inner.x + left + gap;

    layout.title = {inner.x, inner.y, inner.width, size.height < 600 ? 2 * line : 3 * line};
    layout.hue = {inner.x, layout.title.bottom() + gap / 2, inner.width, line * 3 / 10};
    const std::int32_t console = line + line * 4 / 5;
    layout.console = {inner.x, inner.bottom() - console, inner.width, console};

    const std::int32_t top = layout.hue.bottom() + gap;
    const std::int32_t middle = layout.console.y - gap - top;
    const std::int32_t scene = (middle - gap) * 11 / 20;
    layout.scene = {inner.x, top, left, scene};
    layout.canvas = {inner.x, top + scene + gap, left, middle - scene - gap};
    const std::int32_t status = std::min(6 * line + line * 4 / 5, middle);
    layout.status = {right_x, top, side, status};
    layout.log = {right_x, top + status + gap, side, std::max(middle - status - gap, 0)};
    return layout;
}

// A line of text above, one below, and two boxes between them.
PatternLayout with_lines(Size size)
{
    PatternLayout layout;
    const std::int32_t margin = 6;
    const std::int32_t width = size.width - 2 * margin;
    const std::int32_t name = 6 * kLine / 2;
    layout.title = {margin, margin, name, kLine};
    layout.status = {margin + name, margin, width - name, kLine};
    layout.hue = {margin, layout.title.bottom() + 2, width, 4};
    layout.console = {margin, size.height - margin - kLine - 8, width, kLine + 8};
    const std::int32_t top = layout.hue.bottom() + margin;
    const std::int32_t middle = layout.console.y - margin - top;
    const std::int32_t scene = (width - margin) / 2;
    layout.scene = {margin, top, scene, middle};
    layout.canvas = {margin + scene + margin, top, width - scene - margin, middle};
    return layout;
}

} // namespace

PatternLayout PatternLayout::of(Size size)
{
    if (size.width >= kSmallestForPanels.width && size.height >= kSmallestForPanels.height) {
        return with_panels(size);
    }
    if (size.width >= kSmallestForText.width && size.height >= kSmallestForText.height) {
        return with_lines(size);
    }
    PatternLayout layout;
    layout.scene = Rect::of(size);
    return layout;
}

} // namespace covnc
