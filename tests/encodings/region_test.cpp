#include "encodings/region.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <random>

using namespace covnc;

namespace {

// The same set of pixels as one flag a pixel.
class Bitmap
{
public:
    static constexpr std::int32_t kSide = 24;

    bool& at(std::int32_t x, std::int32_t y)
    {
        return set_[static_cast<std::size_t>(y * kSide + x)];
    }
    bool at(std::int32_t x, std::int32_t y) const
    {
        return set_[static_cast<std::size_t>(y * kSide + x)];
    }
    void add(const Rect& rect)
    {
        for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
            for (std::int32_t x = rect.x; x < rect.right(); ++x) {
                at(x, y) = true;
            }
        }
    }
    template <typename Function>
    Bitmap combined(const Bitmap& other, Function both) const
    {
        Bitmap result;
        for (std::size_t i = 0; i < set_.size(); ++i) {
            result.set_[i] = both(set_[i], other.set_[i]);
        }
        return result;
    }
    std::int64_t count(const Rect& rect) const
    {
        std::int64_t sum = 0;
        for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
            for (std::int32_t x = rect.x; x < rect.right(); ++x) {
                sum += at(x, y) ? 1 : 0;
            }
        }
        return sum;
    }
    Rect bounds() const
    {
        Rect result;
        for (std::int32_t y = 0; y < kSide; ++y) {
            for (std::int32_t x = 0; x < kSide; ++x) {
                if (!at(x, y)) {
                    continue;
                }
                if (result.is_empty()) {
                    result = {x, y, 1, 1};
                }
                const std::int32_t left = std::min(result.x, x);
                const std::int32_t right = std::max(result.right(), x + 1);
                result = {left, result.y, right - left, y + 1 - result.y};
            }
        }
        return result;
    }

private:
    std::array<bool, std::size_t{kSide} * kSide> set_{};
};

Rect random_rect(std::mt19937& random)
{
    const auto below = [&](std::int32_t end) {
        return static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(end));
    };
    const std::int32_t x = below(Bitmap::kSide);
    const std::int32_t y = below(Bitmap::kSide);
    return {x, y, below(Bitmap::kSide - x + 1), below(Bitmap::kSide - y + 1)};
}

void check_equal(const Region& region, const Bitmap& bitmap)
{
    Bitmap drawn;
    std::int64_t area = 0;
    Rect previous;
    for (const Rect& rect : region.rects()) {
        REQUIRE_FALSE(rect.is_empty());
        REQUIRE(drawn.count(rect) == 0); // disjoint
        REQUIRE((previous.is_empty() || rect.y > previous.y ||
                 (rect.y == previous.y && rect.x > previous.x)));
        drawn.add(rect);
        area += rect.area();
        previous = rect;
    }
    const Rect all{0, 0, Bitmap::kSide, Bitmap::kSide};
    const Bitmap differing = drawn.combined(bitmap, [](bool a, bool b) { return a != b; });
    REQUIRE(differing.count(all) == 0);
    REQUIRE(region.area() == area);
    REQUIRE(region.is_empty() == (area == 0));
    REQUIRE(region.bounds() == bitmap.bounds());
}

} // namespace

TEST_CASE("Region algebra agrees with a bitmap", "[region]")
{
    std::mt19937 random(1);
    for (int round = 0; round < 300; ++round) {
        std::vector<Rect> left_rects;
        std::vector<Rect> right_rects;
        Bitmap left_map;
        Bitmap right_map;
        for (std::uint32_t i = random() % 8; i > 0; --i) {
            left_rects.push_back(random_rect(random));
            left_map.add(left_rects.back());
        }
        for (std::uint32_t i = random() % 8; i > 0; --i) {
            right_rects.push_back(random_rect(random));
            right_map.add(right_rects.back());
        }
        const Region left(left_rects);
        Region right;
        for (const Rect& rect : right_rects) {
            right |= rect;
        }
        check_equal(left, left_map);
        check_equal(right, right_map);
        check_equal(left | right,
                    left_map.combined(right_map, [](bool a, bool b) { return a || b; }));
        check_equal(left & right,
                    left_map.combined(right_map, [](bool a, bool b) { return a && b; }));
        check_equal(left - right,
                    left_map.combined(right_map, [](bool a, bool b) { return a && !b; }));

        const Rect probe = random_rect(random);
        REQUIRE(left.contains(probe) == (left_map.count(probe) == probe.area()));
        REQUIRE(left.intersects(probe) == (left_map.count(probe) > 0));
        REQUIRE(((left - right) | (left & right)) == left);
        REQUIRE((left == right) == (left_map.combined(right_map, std::not_equal_to<>())
                                        .count({0, 0, Bitmap::kSide, Bitmap::kSide}) == 0));
    }
}

TEST_CASE("empty rectangles add nothing to a region", "[region]")
{
    REQUIRE(Region(Rect{}).is_empty());
    REQUIRE(Region(Rect{5, 5, 0, 3}).is_empty());
    REQUIRE(Region(Rect{5, 5, 3, -1}).is_empty());
    const std::vector<Rect> rects{{1, 1, 0, 0}, {2, 2, -3, 4}, {4, 4, 1, 1}};
    REQUIRE(Region(rects) == Region(Rect{4, 4, 1, 1}));
    REQUIRE(Region(std::span<const Rect>{}).is_empty());
}

TEST_CASE("empty regions are equal wherever they became empty", "[region]")
{
    const Region here(Rect{1, 2, 3, 4});
    const Region there(Rect{50, 60, 7, 8});
    REQUIRE((here - here) == (there - there));
    REQUIRE((here - here) == Region());
    REQUIRE((here & there).bounds() == Rect{});
    REQUIRE_FALSE(here == Region());
}

TEST_CASE("an empty rectangle is inside every region and touches none", "[region]")
{
    const Region region(Rect{0, 0, 10, 10});
    REQUIRE(region.contains(Rect{3, 3, 0, 0}));
    REQUIRE(Region().contains(Rect{}));
    REQUIRE_FALSE(region.intersects(Rect{3, 3, 0, 5}));
}

TEST_CASE("regions are values", "[region]")
{
    const std::vector<Rect> rects{{0, 0, 4, 4}, {10, 10, 4, 4}};
    Region first(rects);
    Region copy = first;
    copy -= Rect{0, 0, 4, 4};
    REQUIRE(first.area() == 32);
    REQUIRE(copy.area() == 16);

    Region moved = std::move(copy);
    REQUIRE(moved.rects() == std::vector<Rect>{{10, 10, 4, 4}});
    copy = first; // a moved-from region can be used again
    REQUIRE(copy == first);
    const Region& self = copy;
    copy = self;
    REQUIRE(copy == first);
    moved = std::move(copy);
    REQUIRE(moved == first);

    moved.translate(5, -3);
    REQUIRE(moved.rects() == std::vector<Rect>{{5, -3, 4, 4}, {15, 7, 4, 4}});
    moved.clear();
    REQUIRE(moved.is_empty());
    moved |= Rect{1, 1, 1, 1};
    REQUIRE(moved.area() == 1);
}

TEST_CASE("a region of the largest screen counts its pixels in 64 bits", "[region]")
{
    Region region(Rect{0, 0, 65535, 65535});
    REQUIRE(region.area() == std::int64_t{65535} * 65535);
    region -= Rect{1, 1, 65533, 65533};
    REQUIRE(region.area() == 4 * 65534);
    REQUIRE(region.rects().size() == 4);
}
