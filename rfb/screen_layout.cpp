#include "rfb/screen_layout.h"

#include <algorithm>

namespace covnc {

namespace {

bool is_possible_size(Size size)
{
    return !size.is_empty() && size.width <= kMaxSide && size.height <= kMaxSide;
}

bool ids_are_unique(const std::vector<Screen>& screens)
{
    std::vector<std::uint32_t> ids;
    ids.reserve(screens.size());
    for (const Screen& screen : screens) {
        ids.push_back(screen.id);
    }
    std::sort(ids.begin(), ids.end());
    return std::adjacent_find(ids.begin(), ids.end()) == ids.end();
}

// The size of `wanted` under the identity of the first screen we have.
ScreenLayout only_size_of(const ScreenLayout& wanted, const ScreenLayout& current)
{
    ScreenLayout layout = ScreenLayout::single(wanted.size);
    if (!current.screens.empty()) {
        layout.screens[0].id = current.screens[0].id;
        layout.screens[0].flags = current.screens[0].flags;
    }
    return layout;
}

} // namespace

ScreenLayout ScreenLayout::single(Size size, std::uint32_t id)
{
    return {size, {Screen{id, Rect::of(size), 0}}};
}

bool is_valid(const ScreenLayout& layout)
{
    const auto fits = [whole = Rect::of(layout.size)](const Screen& screen) {
        return !screen.area.is_empty() && whole.contains(screen.area);
    };
    return is_possible_size(layout.size) && !layout.screens.empty() &&
           std::all_of(layout.screens.begin(), layout.screens.end(), fits) &&
           ids_are_unique(layout.screens);
}

LayoutDecision
decide_layout(const ScreenLayout& wanted, const ScreenLayout& current, std::int64_t max_pixels)
{
    ScreenLayout layout = wanted.screens.size() == 1 ? only_size_of(wanted, current) : wanted;
    if (!is_valid(layout)) {
        return {ResizeStatus::kInvalidLayout, current};
    }
    if (layout.size.area() > max_pixels) {
        return {ResizeStatus::kOutOfResources, current};
    }
    return {ResizeStatus::kOk, std::move(layout)};
}

void write_screens(ByteWriter& out, const std::vector<Screen>& screens)
{
    for (const Screen& screen : screens) {
        out.u32(screen.id);
        out.rect(screen.area);
        out.u32(screen.flags);
    }
}

std::vector<Screen> read_screens(ByteReader& in, std::size_t count)
{
    std::vector<Screen> screens;
    for (std::size_t i = 0; i < count; ++i) {
        Screen screen;
        screen.id = in.u32();
        screen.area = in.rect();
        screen.flags = in.u32();
        screens.push_back(screen);
    }
    return screens;
}

} // namespace covnc
