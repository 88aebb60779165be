// The picture of a display with its pointer drawn in, for viewers that cannot show one themselves:
// one more picture for all of them, encoded once like the other. Loop thread only.
#pragma once

#include "rfb/cursor.h"
#include "rfb/picture.h"

namespace covnc {

class PointerPicture
{
public:
    // plain: the display without pointer, which must live longer, as must the rest (see Picture).
    PointerPicture(const Framebuffer& plain,
                   EventLoop& loop,
                   WorkerPool& pool,
                   TaskScope& jobs,
                   const CacheSettings& settings)
        : plain_(plain),
          picture_(plain.size(), loop, pool, jobs, settings)
    {}

    Picture& picture() { return picture_; }
    // Where it differs from the plain picture.
    const Rect& pointer_area() const { return pointer_area_; }

    // `changed` of the plain front surface is new since the last call, with `moves` in it, and the
    // pointer looks like this, its hotspot at `position`. True where this picture changed.
    bool update(const Region& changed,
                std::span<const CopyRect> moves,
                const Cursor& cursor,
                Point position);
    // The plain picture has another size; everything of it is new.
    bool resize(const Cursor& cursor, Point position);

private:
    void copy_plain(const Region& region);
    void draw(const Cursor& cursor, Point position);

    const Framebuffer& plain_;
    Picture picture_;
    Rect pointer_area_;
};

} // namespace covnc
