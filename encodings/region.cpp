#include "encodings/region.h"

#include <new>

namespace covnc {

namespace {

// pixman answers FALSE when memory is short, and leaves a broken region.
void require(pixman_bool_t succeeded)
{
    if (succeeded == 0) {
        throw std::bad_alloc();
    }
}

pixman_box32_t to_box(const Rect& rect)
{
    return {rect.x, rect.y, rect.right(), rect.bottom()};
}

Rect to_rect(const pixman_box32_t& box)
{
    return {box.x1, box.y1, box.x2 - box.x1, box.y2 - box.y1};
}

std::span<const pixman_box32_t> boxes(pixman_region32_t& region)
{
    int count = 0;
    const pixman_box32_t* first = pixman_region32_rectangles(&region, &count);
    return {first, static_cast<std::size_t>(count)};
}

} // namespace

Region::Region() noexcept
{
    pixman_region32_init(&region_);
}

Region::Region(const Rect& rect)
{
    // pixman takes an empty rectangle for a bug of its caller and says so on stderr.
    if (rect.is_empty()) {
        pixman_region32_init(&region_);
        return;
    }
    pixman_box32_t box = to_box(rect);
    pixman_region32_init_with_extents(&region_, &box);
}

Region::Region(std::span<const Rect> rects)
{
    std::vector<pixman_box32_t> boxes;
    boxes.reserve(rects.size());
    for (const Rect& rect : rects) {
        if (!rect.is_empty()) {
            boxes.push_back(to_box(rect));
        }
    }
    require(pixman_region32_init_rects(&region_, boxes.data(), static_cast<int>(boxes.size())));
}

Region::Region(const Region& other) : Region()
{
    *this = other;
}

Region::Region(Region&& other) noexcept : region_(other.region_)
{
    pixman_region32_init(&other.region_);
}

Region& Region::operator=(const Region& other)
{
    if (this != &other) {
        require(pixman_region32_copy(&region_, &other.region_));
    }
    return *this;
}

Region& Region::operator=(Region&& other) noexcept
{
    std::swap(region_, other.region_);
    return *this;
}

Region::~Region()
{
    pixman_region32_fini(&region_);
}

bool Region::is_empty() const
{
    return pixman_region32_not_empty(&region_) == 0;
}

Rect Region::bounds() const
{
    return is_empty() ? Rect{} : to_rect(*pixman_region32_extents(&region_));
}

std::int64_t Region::area() const
{
    std::int64_t sum = 0;
    for (const pixman_box32_t& box : boxes(region_)) {
        sum += to_rect(box).area();
    }
    return sum;
}

std::vector<Rect> Region::rects() const
{
    std::vector<Rect> result;
    const auto all = boxes(region_);
    result.reserve(all.size());
    for (const pixman_box32_t& box : all) {
        result.push_back(to_rect(box));
    }
    return result;
}

bool Region::contains(const Rect& rect) const
{
    if (rect.is_empty()) {
        return true;
    }
    pixman_box32_t box = to_box(rect);
    return pixman_region32_contains_rectangle(&region_, &box) == PIXMAN_REGION_IN;
}

bool Region::intersects(const Rect& rect) const
{
    if (rect.is_empty()) {
        return false;
    }
    pixman_box32_t box = to_box(rect);
    return pixman_region32_contains_rectangle(&region_, &box) != PIXMAN_REGION_OUT;
}

Region& Region::operator|=(const Region& other)
{
    require(pixman_region32_union(&region_, &region_, &other.region_));
    return *this;
}

Region& Region::operator&=(const Region& other)
{
    require(pixman_region32_intersect(&region_, &region_, &other.region_));
    return *this;
}

Region& Region::operator-=(const Region& other)
{
    require(pixman_region32_subtract(&region_, &region_, &other.region_));
    return *this;
}

void Region::translate(std::int32_t dx, std::int32_t dy)
{
    pixman_region32_translate(&region_, dx, dy);
}

void Region::clear()
{
    pixman_region32_clear(&region_);
}

bool operator==(const Region& left, const Region& right)
{
    // Two empty regions may remember different extents, which pixman would compare.
    if (left.is_empty() || right.is_empty()) {
        return left.is_empty() && right.is_empty();
    }
    return pixman_region32_equal(&left.region_, &right.region_) != 0;
}

} // namespace covnc
