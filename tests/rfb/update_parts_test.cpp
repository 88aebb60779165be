#include "encodings/region.h"
#include "rfb/update_parts.h"

#include <catch2/catch.hpp>

#include <random>

using namespace covnc;

namespace {

// Rectangles of one large picture.
std::vector<SourceRect>
rects_of(const std::vector<std::uint32_t>& pixels, Size size, const std::vector<Rect>& positions)
{
    const PixelView whole(pixels.data(), size, size.width);
    std::vector<SourceRect> rects;
    for (const Rect& position : positions) {
        rects.push_back({position, whole.part(position)});
    }
    return rects;
}

} // namespace

TEST_CASE("parts hold every pixel once, in order, and are about as large as wanted",
          "[update_parts]")
{
    std::mt19937 random(1);
    const Size size{1920, 1080};
    const std::vector<std::uint32_t> pixels(static_cast<std::size_t>(size.area()));
    const std::vector<std::vector<Rect>> cases{
        {{0, 0, 1920, 1080}},
        {{0, 0, 1920, 1}, {0, 1, 1, 1079}, {5, 5, 64, 64}},
        {{0, 0, 960, 500}, {960, 0, 960, 500}, {0, 500, 1920, 580}},
        {}};
    for (const std::vector<Rect>& positions : cases) {
        const std::vector<SourceRect> rects = rects_of(pixels, size, positions);
        for (const std::int64_t area : {1L, 1000L, 262144L, 10000000L}) {
            const auto parts = cut_for_workers(rects, area);
            REQUIRE_FALSE(parts.empty());
            Region all;
            std::int64_t sum = 0;
            for (const auto& part : parts) {
                std::int64_t of_part = 0;
                for (const SourceRect& rect : part) {
                    REQUIRE(rect.pixels.size() == rect.position.size());
                    REQUIRE(rect.pixels.row(0) == pixels.data() +
                                                      std::ptrdiff_t{rect.position.y} * size.width +
                                                      rect.position.x);
                    all |= Region(rect.position);
                    of_part += rect.position.area();
                }
                REQUIRE(of_part < area + 1920 * 64 + 1);
                sum += of_part;
            }
            REQUIRE(all == Region(positions));
            REQUIRE(sum == all.area());
        }
    }
}

TEST_CASE("rectangles are cut between tiles", "[update_parts]")
{
    const Size size{640, 480};
    const std::vector<std::uint32_t> pixels(static_cast<std::size_t>(size.area()));
    const auto parts = cut_for_workers(rects_of(pixels, size, {{0, 10, 640, 470}}), 100000);
    REQUIRE(parts.size() == 3);
    for (const auto& part : parts) {
        REQUIRE(part.size() == 1);
        REQUIRE((part[0].position.y - 10) % 64 == 0);
    }
}
