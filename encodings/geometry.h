// Points, sizes and rectangles in pixels. Plain values; any thread.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

namespace covnc {

struct Point
{
    std::int32_t x = 0;
    std::int32_t y = 0;

    friend bool operator==(const Point&, const Point&) = default;
};

struct Size
{
    std::int32_t width = 0;
    std::int32_t height = 0;

    bool is_empty() const { return width <= 0 || height <= 0; }
    // Number of pixels; never overflows for sides of up to 2^31.
    std::int64_t area() const { return is_empty() ? 0 : std::int64_t{width} * height; }

    friend bool operator==(const Size&, const Size&) = default;
};

// The pixels x .. x+width-1, y .. y+height-1. Empty when a side is not positive.
struct Rect
{
    std::int32_t x = 0;
    std::int32_t y = 0;
    std::int32_t width = 0;
    std::int32_t height = 0;

    static Rect of(Size size) { return {0, 0, size.width, size.height}; }

    std::int32_t right() const { return x + width; }
    std::int32_t bottom() const { return y + height; }
    Point origin() const { return {x, y}; }
    Size size() const { return {width, height}; }
    bool is_empty() const { return width <= 0 || height <= 0; }
    std::int64_t area() const { return size().area(); }

    bool contains(const Rect& other) const
    {
        return other.x >= x && other.y >= y && other.right() <= right() &&
               other.bottom() <= bottom();
    }

    Rect intersected(const Rect& other) const
    {
        const std::int32_t left = std::max(x, other.x);
        const std::int32_t top = std::max(y, other.y);
        const std::int32_t new_right = std::min(right(), other.right());
        const std::int32_t new_bottom = std::min(bottom(), other.bottom());
        if (new_right <= left || new_bottom <= top) {
            return {};
        }
        return {left, top, new_right - left, new_bottom - top};
    }

    friend bool operator==(const Rect&, const Rect&) = default;
};

} // namespace covnc
