// A set of pixels, held as disjoint rectangles in y-x bands. A value type over pixman's region,
// the one that X servers use. Any thread; not shared between threads without a lock.
//
// Coordinates, right and bottom edges included, must fit into 32 bits. Empty rectangles add
// nothing. Everything that grows a region throws std::bad_alloc when memory is short.
#pragma once

#include "encodings/geometry.h"

#include <pixman.h>

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace covnc {

class Region
{
public:
    Region() noexcept;
    Region(const Rect& rect); // NOLINT(google-explicit-constructor): a rectangle is a region
    explicit Region(std::span<const Rect> rects);
    Region(const Region& other);
    Region(Region&& other) noexcept;
    Region& operator=(const Region& other);
    Region& operator=(Region&& other) noexcept;
    ~Region();

    bool is_empty() const;
    // The smallest rectangle around everything; Rect{} when empty.
    Rect bounds() const;
    // Number of pixels.
    std::int64_t area() const;
    // Disjoint, ordered by y then x.
    std::vector<Rect> rects() const;
    // Every pixel of rect is in the region; so an empty rect always is.
    bool contains(const Rect& rect) const;
    // Some pixel of rect is in the region; so an empty rect never does.
    bool intersects(const Rect& rect) const;

    Region& operator|=(const Region& other);
    Region& operator&=(const Region& other);
    Region& operator-=(const Region& other);
    void translate(std::int32_t dx, std::int32_t dy);
    void clear();

    friend Region operator|(Region left, const Region& right) { return std::move(left |= right); }
    friend Region operator&(Region left, const Region& right) { return std::move(left &= right); }
    friend Region operator-(Region left, const Region& right) { return std::move(left -= right); }
    friend bool operator==(const Region& left, const Region& right);

private:
    // pixman's functions take non-const pointers even where they only read.
    mutable pixman_region32_t region_;
};

} // namespace covnc
