#include "rfb/framebuffer.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <vector>

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

// A display full of noise that scrolls.
struct Scrolled
{
    explicit Scrolled(Size the_size) : size(the_size), framebuffer(the_size)
    {
        for (std::int32_t y = 0; y < size.height; ++y) {
            for (std::int32_t x = 0; x < size.width; ++x) {
                framebuffer.back().at(x, y) = noise();
            }
        }
        framebuffer.commit(Rect::of(size));
    }

    std::uint32_t noise() { return static_cast<std::uint32_t>(random()); }

    // Draws `part` so many rows higher (lower where negative), and noise behind it.
    void scroll(const Rect& part, std::int32_t rows)
    {
        const std::vector<std::uint32_t> before = pixels(framebuffer.back());
        const PixelView old(before.data(), size, size.width);
        for (std::int32_t y = part.y; y < part.bottom(); ++y) {
            const bool is_there = y + rows >= part.y && y + rows < part.bottom();
            for (std::int32_t x = part.x; x < part.right(); ++x) {
                framebuffer.back().at(x, y) = is_there ? old.at(x, y + rows) : noise();
            }
        }
    }

    std::vector<std::uint32_t> pixels(PixelView view) const
    {
        std::vector<std::uint32_t> all;
        for (std::int32_t y = 0; y < size.height; ++y) {
            all.insert(all.end(), view.row(y), view.row(y) + size.width);
        }
        return all;
    }

    // As viewers copy: each as if through a temporary.
    std::vector<std::uint32_t> copied(std::vector<std::uint32_t> picture,
                                      const std::vector<CopyRect>& copies) const
    {
        for (const CopyRect& copy : copies) {
            const std::vector<std::uint32_t> before = picture;
            const PixelView old(before.data(), size, size.width);
            const WritablePixelView view(picture.data(), size, size.width);
            for (std::int32_t y = 0; y < copy.destination.height; ++y) {
                std::copy_n(old.row(copy.source.y + y) + copy.source.x,
                            copy.destination.width,
                            view.row(copy.destination.y + y) + copy.destination.x);
            }
        }
        return picture;
    }

    // Those of the front surface.
    std::vector<std::uint32_t> with_pixels_of(const Region& region,
                                              std::vector<std::uint32_t> picture) const
    {
        const WritablePixelView view(picture.data(), size, size.width);
        for (const Rect& rect : region.rects()) {
            for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
                std::copy_n(framebuffer.front().row(y) + rect.x, rect.width, view.row(y) + rect.x);
            }
        }
        return picture;
    }

    // Pixels of `region` that the front surface has not taken over.
    int differences_inside(const Region& region)
    {
        int count = 0;
        for (const Rect& rect : region.rects()) {
            for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
                for (std::int32_t x = rect.x; x < rect.right(); ++x) {
                    count += framebuffer.front().at(x, y) != framebuffer.back().at(x, y) ? 1 : 0;
                }
            }
        }
        return count;
    }

    Size size;
    std::mt19937 random{1};
    Framebuffer framebuffer;
};

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
        CHECK(framebuffer.latest_moves().after == Region(Rect{70, 5, 1, 1}));
    }
    SECTION("false from start to end")
    {
        fill(framebuffer, {64, 0, 64, 64}, 0);
        CHECK_FALSE(framebuffer.commit(Rect{64, 0, 64, 64}, moves));
        CHECK(framebuffer.latest_moves().copies.empty());
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

TEST_CASE("what scrolled is found where it is looked for", "[framebuffer]")
{
    Scrolled it({512, 256});
    const std::uint64_t base = it.framebuffer.version();
    it.scroll(Rect::of(it.size), 17);
    SECTION("looked for: only the new rows are left")
    {
        CHECK(it.framebuffer.commit(Rect::of(it.size), {}, MoveSearch::kScrolling));
        const Framebuffer::Moves& moves = it.framebuffer.latest_moves();
        CHECK(moves.copies == std::vector<CopyRect>{{Rect{0, 0, 512, 239}, Point{0, 17}}});
        CHECK(moves.after == Region(Rect{0, 239, 512, 17}));
        CHECK(it.framebuffer.area_since(base) == it.size.area());
    }
    SECTION("not looked for")
    {
        CHECK(it.framebuffer.commit(Rect::of(it.size)));
        CHECK(it.framebuffer.latest_moves().copies.empty());
    }
    SECTION("a source that tells its moves is believed")
    {
        const std::vector<CopyRect> told{{Rect{0, 0, 512, 100}, Point{0, 17}}};
        CHECK(it.framebuffer.commit(Rect::of(it.size), told, MoveSearch::kScrolling));
        CHECK(it.framebuffer.latest_moves().copies == told);
    }
    CHECK(it.differences_inside(Rect::of(it.size)) == 0);
}

TEST_CASE("what a move passes over and leaves as it was did not change", "[framebuffer]")
{
    Scrolled it({512, 256});
    fill(it.framebuffer, {0, 0, 512, 128}, 0xffffff); // blank, and scrolls with the rest
    it.framebuffer.commit(Rect::of(it.size));
    const std::uint64_t base = it.framebuffer.version();
    it.scroll(Rect::of(it.size), 17);
    const std::vector<CopyRect> told{{Rect{0, 0, 512, 239}, Point{0, 17}}};
    CHECK(it.framebuffer.commit(Rect::of(it.size), told));
    CHECK(it.framebuffer.latest_moves().copies == told);
    CHECK(it.framebuffer.changed_since(base) == Region(Rect{0, 96, 512, 160}));
}

TEST_CASE("moves and what they leave make the picture, whatever was drawn, told and found",
          "[framebuffer]")
{
    for (std::uint32_t seed = 1; seed <= 300; ++seed) {
        std::mt19937 random(seed);
        const auto pick = [&](std::int32_t most) {
            return static_cast<std::int32_t>(random() % static_cast<std::uint32_t>(most + 1));
        };
        Scrolled it({150 + pick(200), 120 + pick(200)});
        std::vector<CopyRect> told;
        Region damage;
        for (std::int32_t i = pick(3); i >= 0; --i) {
            const Rect part = Rect{pick(100), pick(100), 1 + pick(300), 1 + pick(300)}.intersected(
                Rect::of(it.size));
            const std::int32_t rows = pick(60) - 30;
            it.scroll(part, rows);
            if (pick(3) != 0) { // else drawn, and not told yet
                damage |= part;
            }
            if (pick(3) == 0) { // which may be right or wrong
                told.push_back({part, {part.x, std::max(0, part.y + rows)}});
            }
        }
        INFO("seed " << seed);
        const std::uint64_t base = it.framebuffer.version();
        const std::vector<std::uint32_t> before = it.pixels(it.framebuffer.front());
        if (!it.framebuffer.commit(damage, told, MoveSearch::kScrolling)) {
            CHECK(it.pixels(it.framebuffer.front()) == before);
            continue;
        }
        const std::vector<std::uint32_t> now = it.pixels(it.framebuffer.front());
        const Framebuffer::Moves& moves = it.framebuffer.latest_moves();
        CHECK(it.with_pixels_of(it.framebuffer.changed_since(base), before) == now);
        if (!moves.copies.empty()) {
            CHECK(it.with_pixels_of(moves.after, it.copied(before, moves.copies)) == now);
        }
        CHECK(it.differences_inside(damage) == 0);
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
