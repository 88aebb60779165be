#include "tests/src/animated_scene.h"

#include <algorithm>

namespace covnc::test {

namespace {

constexpr std::int32_t kTextLine = 8;
constexpr std::uint32_t kFramesPerLine = 4;
constexpr std::int32_t kMargin = 16;

std::uint32_t hash(std::uint32_t a, std::uint32_t b, std::uint32_t c)
{
    std::uint32_t mixed = a * 0x9e3779b1U ^ b * 0x85ebca77U ^ c * 0xc2b2ae3dU;
    mixed ^= mixed >> 15U;
    mixed *= 0x2c1b3c6dU;
    mixed ^= mixed >> 13U;
    return mixed & 0xffffffU;
}

std::uint32_t unsigned_of(std::int32_t value)
{
    return static_cast<std::uint32_t>(value);
}

Rect counter_area()
{
    return {0, 0, kFrameBits * kFrameBitSide, kFrameBitSide};
}

Rect text_area(Size size)
{
    return {8, kMargin, size.width / 2 - 8, (size.height - kMargin) / kTextLine * kTextLine};
}

Rect noise_area(Size size)
{
    return {size.width / 2 + 5, kMargin, 50, 37};
}

Rect shapes_area(Size size)
{
    const std::int32_t top = noise_area(size).bottom() + 3;
    return {size.width / 2 + 5, top, size.width / 2 - 8, size.height - top - 1};
}

std::uint32_t background_at(std::int32_t x, std::int32_t y)
{
    return unsigned_of(x % 256) << 16U | unsigned_of(y % 256) << 8U | unsigned_of((x + y) % 256);
}

void paint_counter(WritablePixelView surface, std::uint32_t frame)
{
    const Rect area = counter_area();
    for (std::int32_t y = area.y; y < area.bottom(); ++y) {
        for (std::int32_t x = area.x; x < area.right(); ++x) {
            const bool is_set = (frame >> unsigned_of(x / kFrameBitSide) & 1U) != 0;
            surface.at(x, y) = is_set ? 0xffffffU : 0U;
        }
    }
}

void paint_text(WritablePixelView surface, std::uint32_t frame)
{
    const Rect area = text_area(surface.size());
    for (std::int32_t y = area.y; y < area.bottom(); ++y) {
        const std::uint32_t row = unsigned_of(y - area.y);
        const std::uint32_t line = frame / kFramesPerLine + row / unsigned_of(kTextLine);
        const bool is_gap = row % unsigned_of(kTextLine) > 5;
        for (std::int32_t x = area.x; x < area.right(); ++x) {
            const bool is_ink = hash(line, unsigned_of(x), row % unsigned_of(kTextLine)) % 3 == 0;
            surface.at(x, y) = is_ink && !is_gap ? 0x203040U + line % 7 * 0x1a1000U : 0xfafaf0U;
        }
    }
}

void paint_noise(WritablePixelView surface, std::uint32_t frame)
{
    const Rect area = noise_area(surface.size());
    for (std::int32_t y = area.y; y < area.bottom(); ++y) {
        for (std::int32_t x = area.x; x < area.right(); ++x) {
            surface.at(x, y) = hash(frame, unsigned_of(x), unsigned_of(y));
        }
    }
}

// There and back again between 0 and length.
std::int32_t bounce(std::uint32_t way, std::int32_t length)
{
    const std::int32_t phase = static_cast<std::int32_t>(way % unsigned_of(2 * length));
    return phase < length ? phase : 2 * length - phase;
}

void paint_shapes(WritablePixelView surface, std::uint32_t frame)
{
    const Rect area = shapes_area(surface.size());
    for (std::uint32_t i = 0; i < 5; ++i) {
        const std::int32_t side = 12 + static_cast<std::int32_t>(i) * 5;
        const Rect shape{area.x + bounce(frame * (i + 2) + i * 17, std::max(area.width - side, 1)),
                         area.y + bounce(frame * (i + 1) + i * 29, std::max(area.height - side, 1)),
                         side,
                         side};
        const Rect visible = shape.intersected(area);
        for (std::int32_t y = visible.y; y < visible.bottom(); ++y) {
            for (std::int32_t x = visible.x; x < visible.right(); ++x) {
                const std::uint32_t shade = unsigned_of(x - shape.x) * 5 % 256;
                surface.at(x, y) = i % 2 == 0 ? 0x30c060U * (i + 1) & 0xffffffU
                                              : shade << 16U | (255 - shade) << 8U | i * 60;
            }
        }
    }
}

} // namespace

void paint_scene(WritablePixelView surface, std::uint32_t frame)
{
    for (std::int32_t y = 0; y < surface.height(); ++y) {
        for (std::int32_t x = 0; x < surface.width(); ++x) {
            surface.at(x, y) = background_at(x, y);
        }
    }
    paint_counter(surface, frame);
    paint_text(surface, frame);
    paint_noise(surface, frame);
    paint_shapes(surface, frame);
}

SceneChange scene_change(Size size, std::uint32_t frame)
{
    SceneChange change;
    change.damage |= counter_area();
    change.damage |= noise_area(size);
    change.damage |= shapes_area(size);
    if (frame % kFramesPerLine == 0) {
        const Rect text = text_area(size);
        change.damage |= text;
        const Rect to{text.x, text.y, text.width, text.height - kTextLine};
        change.moves.push_back({to, {text.x, text.y + kTextLine}});
    }
    return change;
}

} // namespace covnc::test
