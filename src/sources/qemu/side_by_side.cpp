#include "src/sources/qemu/side_by_side.h"

#include <algorithm>
#include <stdexcept>

namespace covnc {

namespace {

void copy_pixels(PixelView from, WritablePixelView to)
{
    for (std::int32_t y = 0; y < to.height(); ++y) {
        std::copy_n(from.row(y), to.width(), to.row(y));
    }
}

void make_black(WritablePixelView picture)
{
    for (std::int32_t y = 0; y < picture.height(); ++y) {
        std::fill_n(picture.row(y), picture.width(), 0);
    }
}

Rect at(Point origin, const Rect& rect)
{
    return {origin.x + rect.x, origin.y + rect.y, rect.width, rect.height};
}

} // namespace

SideBySide::SideBySide(Display& display, const std::vector<std::uint32_t>& ids)
    : display_(display),
      consoles_(ids.size())
{
    for (std::size_t i = 0; i < ids.size(); ++i) {
        consoles_[i].screen.id = ids[i];
    }
}

// --- pictures --------------------------------------------------------------------------------

// Those without a size are not told of.
ScreenLayout SideBySide::arrange(std::vector<Screen>& screens)
{
    ScreenLayout layout;
    for (Screen& screen : screens) {
        screen.area.x = layout.size.width;
        screen.area.y = 0;
        if (!screen.area.is_empty()) {
            layout.size.width += screen.area.width;
            layout.size.height = std::max(layout.size.height, screen.area.height);
            layout.screens.push_back(screen);
        }
    }
    return layout;
}

std::vector<Screen> SideBySide::screens() const
{
    std::vector<Screen> screens;
    screens.reserve(consoles_.size());
    for (const Console& console : consoles_) {
        screens.push_back(console.screen);
    }
    return screens;
}

void SideBySide::resize(std::size_t console, Size size)
{
    if (size == this->size(console)) {
        return;
    }
    std::vector<Screen> to = screens();
    to[console].area = Rect::of(size);
    const ScreenLayout layout = arrange(to);
    try {
        if (count() == 1) {
            display_.set_layout(layout);
            damage_ &= Rect::of(size);
        } else {
            move_pictures(to, layout);
        }
    } catch (const std::length_error& error) {
        throw BadPicture(error.what());
    }
    for (std::size_t i = 0; i < count(); ++i) {
        consoles_[i].screen = to[i];
    }
}

// The display may have its size already, from consoles that stood otherwise: then it is not new.
void SideBySide::move_pictures(const std::vector<Screen>& to, const ScreenLayout& layout)
{
    const Size old = display_.size();
    std::vector<std::uint32_t> pixels(static_cast<std::size_t>(old.area()));
    const WritablePixelView before(pixels.data(), old, old.width);
    copy_pixels(display_.back(), before);
    display_.set_layout(layout);
    make_black(display_.back());
    for (std::size_t i = 0; i < count(); ++i) {
        if (to[i].area.size() == size(i)) {
            copy_pixels(before.part(area(i)), display_.back().part(to[i].area));
        }
    }
    damage_ = Rect::of(layout.size);
}

void SideBySide::touched(std::size_t console, const Rect& changed)
{
    damage_ |= at(area(console).origin(), changed);
}

void SideBySide::flush()
{
    if (!damage_.is_empty()) {
        display_.frame(damage_);
        damage_.clear();
    }
}

// --- the pointer -----------------------------------------------------------------------------

void SideBySide::set_cursor(std::size_t console, Cursor cursor)
{
    consoles_[console].cursor = std::move(cursor);
    if (console == pointed_at_) {
        display_.set_cursor(*consoles_[console].cursor);
    }
}

void SideBySide::set_pointer_absolute(std::size_t console, bool absolute)
{
    consoles_[console].is_absolute = absolute;
    if (console == pointed_at_) {
        display_.set_pointer_absolute(absolute);
    }
}

void SideBySide::set_pointer_position(std::size_t console, Point position)
{
    if (!display_.pointer_absolute().value) {
        point_at(console); // nobody but the machine knows
    }
    if (console == pointed_at_) {
        const Rect& inside = area(console);
        const Point place{inside.x + position.x, inside.y + position.y};
        display_.set_pointer_position(place);
    }
}

// One that never had a cursor keeps that of the other: most guests without have none at all.
void SideBySide::point_at(std::size_t console)
{
    if (console == pointed_at_) {
        return;
    }
    pointed_at_ = console;
    display_.set_pointer_absolute(consoles_[console].is_absolute);
    if (consoles_[console].cursor) {
        display_.set_cursor(*consoles_[console].cursor);
    }
}

std::size_t SideBySide::find(Point place) const
{
    std::size_t found = 0;
    for (std::size_t i = 0; i < count(); ++i) {
        if (!area(i).is_empty() && area(i).x <= place.x) {
            found = i;
        }
    }
    return found;
}

Point SideBySide::place_on(std::size_t console, Point place) const
{
    const Rect& inside = area(console);
    return {std::clamp(place.x - inside.x, 0, std::max(inside.width - 1, 0)),
            std::clamp(place.y - inside.y, 0, std::max(inside.height - 1, 0))};
}

std::size_t SideBySide::largest() const
{
    const auto found = std::max_element(
        consoles_.begin(), consoles_.end(), [](const Console& a, const Console& b) {
            return a.screen.area.area() < b.screen.area.area();
        });
    return static_cast<std::size_t>(found - consoles_.begin());
}

Point SideBySide::place_for_all(std::size_t console, Point place) const
{
    const Size from = display_.size();
    const Size to = size(console);
    // The middle of the pixel, so that what is rounded stays in it where it can.
    const auto scaled = [](std::int64_t value, std::int64_t from_side, std::int64_t to_side) {
        return static_cast<std::int32_t>((2 * value + 1) * to_side / (2 * from_side));
    };
    return {scaled(place.x, from.width, to.width), scaled(place.y, from.height, to.height)};
}

// --- what viewers wish -----------------------------------------------------------------------

std::optional<std::vector<Rect>> SideBySide::places_in(const ScreenLayout& wanted) const
{
    std::vector<Screen> ours = screens();
    std::vector<Rect> places;
    for (Screen& screen : ours) {
        const auto found =
            std::find_if(wanted.screens.begin(),
                         wanted.screens.end(),
                         [&](const Screen& candidate) { return candidate.id == screen.id; });
        if (found == wanted.screens.end()) {
            return std::nullopt;
        }
        places.push_back(found->area);
        screen.area = found->area;
    }
    const ScreenLayout arranged = arrange(ours);
    const bool is_same = std::equal(
        ours.begin(), ours.end(), places.begin(), [](const Screen& screen, const Rect& place) {
            return screen.area == place;
        });
    if (!is_same || wanted.size != arranged.size || wanted.screens.size() != count()) {
        return std::nullopt;
    }
    return places;
}

} // namespace covnc
