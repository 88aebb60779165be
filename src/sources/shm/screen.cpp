#include "src/sources/shm/screen.h"

#include <algorithm>
#include <fcntl.h>

namespace covnc::shm {

namespace {

constexpr std::uint32_t kX8R8G8B8 = 0x20020888; // pixman's code

FileDescriptor require_sealed(FileDescriptor memory)
{
    if (!memory) {
        throw ProtocolError("no memory came with the message");
    }
    const int seals = fcntl(memory.get(), F_GET_SEALS);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
        throw ProtocolError("the memory is not sealed against shrinking");
    }
    return memory;
}

} // namespace

void Screen::set_surface(const Surface& surface, FileDescriptor memory)
{
    if (surface.size.area() > display_.settings().max_pixels) {
        throw ProtocolError("the surface has more pixels than this display may have");
    }
    surface_.emplace(require_sealed(std::move(memory)), 0, surface.size, surface.stride, kX8R8G8B8);
    damage_ = Rect::of(surface.size);
}

void Screen::damage(const Damage& damage)
{
    if (!surface_) {
        throw ProtocolError("Damage before a Surface");
    }
    const Rect all = Rect::of(surface_->size());
    for (const Rect& rect : damage.rects) {
        if (!all.contains(rect)) {
            throw ProtocolError("Damage reaches outside of the surface");
        }
    }
    damage_ |= Region(std::span(damage.rects));
    if (damage_.rects().size() > kMaxRectangles) {
        damage_ = damage_.bounds();
    }
}

void Screen::frame()
{
    if (!surface_) {
        throw ProtocolError("Frame before a Surface");
    }
    display_.resize(surface_->size());
    for (const Rect& rect : rects_to_copy()) {
        surface_->copy(rect, display_.back());
    }
    display_.frame(damage_);
    damage_.clear();
}

// Rectangles beside each other read the same rows of the memory again and again. All of them at
// once are cheaper than more rows than there are.
std::vector<Rect> Screen::rects_to_copy() const
{
    std::vector<Rect> rects = damage_.rects();
    std::int64_t rows = 0;
    for (const Rect& rect : rects) {
        rows += rect.height;
    }
    if (rows > surface_->size().height) {
        rects = {damage_.bounds()};
    }
    return rects;
}

void Screen::set_cursor(const CursorShape& shape, FileDescriptor memory)
{
    Cursor cursor;
    if (!shape.size.is_empty()) {
        const auto bytes = static_cast<std::uint32_t>(shape.size.area()) * 4;
        memory = require_sealed(std::move(memory));
        cursor.size = shape.size;
        cursor.hotspot = {std::min(shape.hotspot.x, shape.size.width - 1),
                          std::min(shape.hotspot.y, shape.size.height - 1)};
        cursor.pixels.resize(static_cast<std::size_t>(shape.size.area()));
        if (::pread(memory.get(), cursor.pixels.data(), bytes, 0) != static_cast<ssize_t>(bytes)) {
            throw ProtocolError("the pointer's memory is too small");
        }
    }
    display_.set_cursor(std::move(cursor));
}

} // namespace covnc::shm
