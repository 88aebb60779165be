// An emulator's screen as it tells it, checked and copied into a Display. Knows no socket, so what
// a hostile emulator may say can be tried here directly. Loop thread only.
#pragma once

#include "coroutine/file_descriptor.h"
#include "rfb/display.h"
#include "src/sources/shared_surface.h"
#include "src/sources/shm/messages.h"

#include <optional>
#include <vector>

namespace covnc::shm {

class Screen
{
public:
    // The display must live longer.
    explicit Screen(Display& display) : display_(display) {}

    // A new screen, in this memory: sealed against shrinking and large enough. The display takes
    // its size and picture with the next frame. Throws ProtocolError, BadPicture.
    void set_surface(const Surface& surface, FileDescriptor memory);
    // Many rectangles become the one around them. Throws ProtocolError: there is no surface, or a
    // rectangle reaches outside of it.
    void damage(const Damage& damage);
    // Copies what was damaged, or more, and the whole of a new surface into the display. Throws
    // ProtocolError: no surface; BadPicture: the memory has become too small after all.
    void frame();
    // Throws ProtocolError, BadPicture.
    void set_cursor(const CursorShape& shape, FileDescriptor memory);

private:
    std::vector<Rect> rects_to_copy() const;

    Display& display_;
    std::optional<SharedSurface> surface_;
    Region damage_;
};

} // namespace covnc::shm
