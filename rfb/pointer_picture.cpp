#include "rfb/pointer_picture.h"

#include <algorithm>

namespace covnc {

namespace {

// Straight alpha, 0xAARRGGBB over 0x00RRGGBB.
std::uint32_t blended(std::uint32_t over, std::uint32_t under)
{
    const std::uint32_t alpha = over >> 24U;
    std::uint32_t result = 0;
    for (const std::uint32_t shift : {0U, 8U, 16U}) {
        const std::uint32_t top = (over >> shift) & 0xffU;
        const std::uint32_t bottom = (under >> shift) & 0xffU;
        result |= ((top * alpha + bottom * (255 - alpha) + 127) / 255) << shift;
    }
    return result;
}

} // namespace

bool PointerPicture::update(const Region& changed,
                            std::span<const CopyRect> moves,
                            const Cursor& cursor,
                            Point position)
{
    Region touched = changed;
    touched |= pointer_area_;
    copy_plain(touched);
    draw(cursor, position);
    touched |= pointer_area_;
    // A move takes the pointer along where it was; the commit finds what is wrong then.
    return picture_.commit(touched, moves, MoveSearch::kNone);
}

bool PointerPicture::resize(const Cursor& cursor, Point position)
{
    pointer_area_ = {};
    picture_.resize(plain_.size());
    update(Rect::of(plain_.size()), {}, cursor, position);
    return true;
}

void PointerPicture::copy_plain(const Region& region)
{
    const PixelView from = plain_.front();
    const WritablePixelView to = picture_.back();
    for (const Rect& rect : region.rects()) {
        for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
            std::copy_n(from.row(y) + rect.x, rect.width, to.row(y) + rect.x);
        }
    }
}

void PointerPicture::draw(const Cursor& cursor, Point position)
{
    const Rect whole{position.x - cursor.hotspot.x,
                     position.y - cursor.hotspot.y,
                     cursor.size.width,
                     cursor.size.height};
    pointer_area_ = whole.intersected(Rect::of(plain_.size()));
    const WritablePixelView to = picture_.back();
    for (std::int32_t y = pointer_area_.y; y < pointer_area_.bottom(); ++y) {
        const std::uint32_t* const row =
            cursor.pixels.data() + std::ptrdiff_t{y - whole.y} * cursor.size.width;
        for (std::int32_t x = pointer_area_.x; x < pointer_area_.right(); ++x) {
            to.at(x, y) = blended(row[x - whole.x], to.at(x, y));
        }
    }
}

} // namespace covnc
