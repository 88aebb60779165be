#include "rfb/framebuffer.h"

#include <catch2/catch.hpp>

using namespace covnc;

namespace {

constexpr Size kSize{100, 70}; // 4 x 3 cells, those at the edges cut

void fill(Framebuffer& framebuffer, const Rect& rect, std::uint32_t rgb)
{
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        for (std::int32_t x = rect.x; x < rect.right(); ++x) {
            framebuffer.back().at(x, y) = rgb;
        }
    }
}

} // namespace

TEST_CASE("only what was told and differs changes, by cells", "[framebuffer]")
{
    Framebuffer framebuffer(kSize);
    const std::uint64_t start = framebuffer.version();
    fill(framebuffer, {40, 10, 10, 10}, 5);
    CHECK(framebuffer.front().at(45, 15) == 0);
    CHECK(framebuffer.commit(Rect{40, 10, 10, 10}, {}));
    CHECK(framebuffer.version() == start + 1);
    CHECK(framebuffer.front().at(45, 15) == 5);
    CHECK(framebuffer.changed_since(start) == Region(Rect{32, 0, 32, 32}));
    CHECK(framebuffer.changed_since(start + 1).is_empty());
    CHECK(framebuffer.area_since(start) == 32 * 32);
    // The same pixels again are no change.
    CHECK_FALSE(framebuffer.commit(Rect::of(kSize), {}));
    CHECK(framebuffer.version() == start + 1);
}

TEST_CASE("every pixel of a cell counts, the last row and column too", "[framebuffer]")
{
    for (const Point point : {Point{0, 0}, Point{31, 31}, Point{99, 69}, Point{96, 64}}) {
        Framebuffer framebuffer(kSize);
        const std::uint64_t start = framebuffer.version();
        framebuffer.back().at(point.x, point.y) = 1;
        CHECK(framebuffer.commit(Rect{point.x, point.y, 1, 1}, {}));
        CHECK(framebuffer.front().at(point.x, point.y) == 1);
        CHECK(framebuffer.changed_since(start).area() > 0);
        const Rect cell =
            Rect{point.x / 32 * 32, point.y / 32 * 32, 32, 32}.intersected(Rect::of(kSize));
        CHECK(framebuffer.changed_since(start) == Region(cell));
    }
}

TEST_CASE("damage outside of the display is ignored", "[framebuffer]")
{
    Framebuffer framebuffer(kSize);
    fill(framebuffer, Rect::of(kSize), 9);
    CHECK_FALSE(framebuffer.commit(Rect{100, 70, 5000, 5000}, {}));
    CHECK(framebuffer.commit(Rect{-100, -100, 5000, 5000}, {}));
    CHECK(framebuffer.front().at(99, 69) == 9);
}

TEST_CASE("versions add up: what changed since any of them", "[framebuffer]")
{
    Framebuffer framebuffer(kSize);
    const std::uint64_t start = framebuffer.version();
    fill(framebuffer, {0, 0, 1, 1}, 1);
    framebuffer.commit(Rect{0, 0, 1, 1}, {});
    fill(framebuffer, {40, 40, 1, 1}, 2);
    framebuffer.commit(Rect{40, 40, 1, 1}, {});
    fill(framebuffer, {0, 0, 1, 1}, 3);
    framebuffer.commit(Rect{0, 0, 1, 1}, {});
    const Region first(Rect{0, 0, 32, 32});
    const Region second(Rect{32, 32, 32, 32});
    CHECK(framebuffer.changed_since(start) == (first | second));
    CHECK(framebuffer.changed_since(start + 1) == (first | second));
    CHECK(framebuffer.changed_since(start + 2) == first);
    // Nothing that changed at start + 1 is still of that version: from there it is the same work
    // as from the start.
    CHECK(framebuffer.canonical(start + 1) == start);
    CHECK(framebuffer.canonical(start + 2) == start + 2);
}

TEST_CASE("true moves need no pixels, false ones get them", "[framebuffer]")
{
    Framebuffer framebuffer({128, 64});
    fill(framebuffer, {0, 0, 64, 64}, 6);
    framebuffer.commit(Rect{0, 0, 128, 64}, {});
    fill(framebuffer, {64, 0, 64, 64}, 6);
    const std::vector<CopyRect> moves{{Rect{64, 0, 64, 64}, Point{0, 0}}};
    SECTION("true")
    {
        CHECK(framebuffer.commit(Rect{64, 0, 64, 64}, moves));
        CHECK(framebuffer.latest_moves().copies.size() == 1);
        CHECK(framebuffer.latest_moves().after.is_empty());
    }
    SECTION("false in one cell")
    {
        fill(framebuffer, {70, 5, 1, 1}, 7);
        CHECK(framebuffer.commit(Rect{64, 0, 64, 64}, moves));
        CHECK(framebuffer.latest_moves().after == Region(Rect{64, 0, 32, 32}));
    }
    SECTION("from outside of the display")
    {
        const std::vector<CopyRect> wrong{{Rect{64, 0, 64, 64}, Point{100, 0}},
                                          {Rect{100, 0, 64, 64}, Point{0, 0}},
                                          {Rect{64, 0, 64, 64}, Point{0, -1}}};
        CHECK(framebuffer.commit(Rect{64, 0, 64, 64}, wrong));
        CHECK(framebuffer.latest_moves().copies.empty());
    }
    for (std::int32_t y = 0; y < 64; ++y) {
        for (std::int32_t x = 0; x < 128; ++x) {
            CHECK(framebuffer.front().at(x, y) == framebuffer.back().at(x, y));
        }
    }
}

TEST_CASE("a resize starts black and is a barrier", "[framebuffer]")
{
    Framebuffer framebuffer(kSize);
    fill(framebuffer, Rect::of(kSize), 9);
    framebuffer.commit(Rect::of(kSize), {});
    const std::uint64_t before = framebuffer.version();
    framebuffer.resize({10, 10});
    CHECK(framebuffer.version() == before + 1);
    CHECK(framebuffer.size_version() == before + 1);
    CHECK(framebuffer.front().at(9, 9) == 0);
    CHECK(framebuffer.changed_since(before) == Region(Rect{0, 0, 10, 10}));
    CHECK(framebuffer.canonical(before) == 0);
}

TEST_CASE("a cell that changes all the time is not calm, and becomes so again", "[framebuffer]")
{
    Framebuffer framebuffer({64, 32});
    const Rect busy{0, 0, 32, 32};
    const Rect other{32, 0, 32, 32};
    std::uint32_t colour = 0;
    const auto change = [&](const Rect& cell) {
        framebuffer.back().at(cell.x, cell.y) = ++colour;
        framebuffer.commit(cell);
    };
    for (int i = 0; i < 10; ++i) {
        change(busy);
    }
    const std::uint64_t before = framebuffer.version();
    change(busy);
    change(other);
    CHECK(framebuffer.calm_since(before) == Region(other));
    CHECK(framebuffer.calm_since(framebuffer.version()).is_empty());
    for (int i = 0; i < 30; ++i) {
        change(other);
    }
    change(busy); // for the first time in a while
    CHECK(framebuffer.calm_since(before) == Region(busy));
}
