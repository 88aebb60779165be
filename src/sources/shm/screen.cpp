#include "src/sources/shm/screen.h"

#include <algorithm>
#include <fcntl.h>

namespace covnc::shm {

namespace {

constexpr std::uint32_t kX8R8G8B8 = 0x20020888; // pixman's code
// Rectangles that damage is kept in; more become the one around them.
constexpr std::size_t kMostKept = 1024;

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
    surface_.emplace(require_sealed(std::move(memory)), 0, surface.size, surface.stride, kX8R8G8B8);
    try {
        display_.resize(surface.size);
    } catch (const std::length_error& error) {
        surface_.reset();
        throw ProtocolError(error.what());
    }
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
    if (damage_.rects().size() > kMostKept) {
        damage_ = damage_.bounds();
    }
}

void Screen::frame()
{
    if (!surface_) {
        throw ProtocolError("Frame before a Surface");
    }
    for (const Rect& rect : damage_.rects()) {
        surface_->copy(rect, display_.back());
    }
    display_.frame(damage_);
    damage_.clear();
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
