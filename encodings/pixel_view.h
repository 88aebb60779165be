// A borrowed picture: 32 bits a pixel, value 0x00RRGGBB in the machine's (little-endian) order,
// the top byte undefined. Does not own; valid as long as what it points into. Any thread.
#pragma once

#include "encodings/geometry.h"

#include <cassert>
#include <cstddef>
#include <cstdint>

namespace covnc {

// Pixel is std::uint32_t (writable) or const std::uint32_t; within encoders also what a
// PixelConverter writes.
template <typename Pixel>
class BasicPixelView
{
public:
    BasicPixelView() = default;
    // stride: pixels from the start of one row to the start of the next, at least size.width.
    BasicPixelView(Pixel* pixels, Size size, std::ptrdiff_t stride)
        : pixels_(pixels),
          size_(size),
          stride_(stride)
    {}
    // A writable view is also a readable one.
    operator BasicPixelView<const Pixel>() const { return {pixels_, size_, stride_}; }

    Size size() const { return size_; }
    std::int32_t width() const { return size_.width; }
    std::int32_t height() const { return size_.height; }
    std::ptrdiff_t stride() const { return stride_; }
    Pixel* row(std::int32_t y) const { return pixels_ + stride_ * y; }
    Pixel& at(std::int32_t x, std::int32_t y) const { return row(y)[x]; }
    // The part inside rect, which must lie inside this view.
    BasicPixelView part(const Rect& rect) const
    {
        assert(Rect::of(size_).contains(rect));
        return {row(rect.y) + rect.x, rect.size(), stride_};
    }

private:
    Pixel* pixels_ = nullptr;
    Size size_;
    std::ptrdiff_t stride_ = 0;
};

using PixelView = BasicPixelView<const std::uint32_t>;
using WritablePixelView = BasicPixelView<std::uint32_t>;

} // namespace covnc
