#include "tools/bench/scene.h"

#include "src/sources/bitmap_font.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace covnc::bench {

namespace {

constexpr std::int32_t kLine = 20;
constexpr std::int32_t kRows = Scene::kSize.height / kLine;
constexpr Size kWindow{400, 300};

std::uint32_t mix(std::uint64_t value)
{
    value = (value ^ (value >> 31U)) * 0x9e3779b97f4a7c15ULL;
    return static_cast<std::uint32_t>(value >> 32U);
}

void fill(WritablePixelView back, const Rect& rect, std::uint32_t colour)
{
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        std::fill_n(back.row(y) + rect.x, rect.width, colour);
    }
}

std::uint32_t desktop_at(std::int32_t x, std::int32_t y)
{
    return 0x204060 + ((static_cast<std::uint32_t>(x / 8 * 7 + y / 8 * 3) % 16) * 0x010203);
}

Rect window_at(std::uint64_t frame)
{
    const double angle = static_cast<double>(frame) / 40;
    return {312 + static_cast<std::int32_t>(300 * std::cos(angle)),
            234 + static_cast<std::int32_t>(220 * std::sin(angle)),
            kWindow.width,
            kWindow.height};
}

} // namespace

Region Scene::draw(WritablePixelView back, std::uint64_t frame, std::vector<CopyRect>& moves)
{
    return kind_ == Kind::kText ? draw_text(back, frame, moves) : draw_window(back, frame);
}

// A line a frame; the terminal scrolls by half of its rows when it is full.
Region Scene::draw_text(WritablePixelView back, std::uint64_t frame, std::vector<CopyRect>& moves)
{
    constexpr std::int32_t kHalf = kRows / 2;
    const Rect screen = Rect::of(kSize);
    Region damage;
    if (frame == 0) {
        fill(back, screen, 0x101010);
        damage = screen;
    }
    const auto line = static_cast<std::int32_t>(frame % kHalf);
    if (line == 0 && frame != 0) {
        const Rect to{0, 0, kSize.width, kHalf * kLine};
        for (std::int32_t y = 0; y < to.height; ++y) {
            std::copy_n(back.row(y + to.height), kSize.width, back.row(y));
        }
        moves.push_back({to, {0, to.height}});
        fill(back, {0, to.height, kSize.width, to.height}, 0x101010);
        damage |= Rect{0, 0, kSize.width, 2 * to.height};
    }
    const Rect row{0, (kHalf + line) * kLine, kSize.width, kLine};
    std::string text;
    for (std::uint64_t i = 0; i < 40 + mix(frame) % 50; ++i) {
        const std::uint32_t letter = mix(frame * 131 + i);
        text += letter % 6 == 0 ? ' ' : static_cast<char>('a' + letter % 26);
    }
    covnc::draw_text(back, row.origin(), text, 0xd0d0d0);
    return damage | Region(row);
}

Region Scene::draw_window(WritablePixelView back, std::uint64_t frame)
{
    const Rect screen = Rect::of(kSize);
    const Rect old = frame == 0 ? screen : window_at(frame - 1);
    for (std::int32_t y = old.y; y < old.bottom(); ++y) {
        for (std::int32_t x = old.x; x < old.right(); ++x) {
            back.at(x, y) = desktop_at(x, y);
        }
    }
    const Rect window = window_at(frame);
    fill(back, window, 0xf4f4f4);
    fill(back, {window.x, window.y, window.width, 24}, 0x3050a0);
    covnc::draw_text(
        back, {window.x + 8, window.y + 2}, "a window that is dragged about", 0xffffff);
    for (std::int32_t line = 0; line < 12; ++line) {
        std::string text;
        for (std::uint64_t i = 0; i < 36; ++i) {
            const std::uint32_t letter = mix(static_cast<std::uint64_t>(line) * 977 + i);
            text += letter % 6 == 0 ? ' ' : static_cast<char>('a' + letter % 26);
        }
        covnc::draw_text(back, {window.x + 12, window.y + 32 + line * 21}, text, 0x202020);
    }
    return Region(old) | Region(window);
}

} // namespace covnc::bench
