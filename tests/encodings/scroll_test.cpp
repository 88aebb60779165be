#include "encodings/scroll.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <vector>

using namespace covnc;

namespace {

using Random = std::mt19937;

std::uint32_t any(Random& random)
{
    return static_cast<std::uint32_t>(random());
}

struct Picture
{
    explicit Picture(Size the_size, std::uint32_t colour = 0xffffff)
        : size(the_size),
          pixels(static_cast<std::size_t>(the_size.area()), colour)
    {}

    WritablePixelView view() { return {pixels.data(), size, size.width}; }
    PixelView view() const { return {pixels.data(), size, size.width}; }

    Size size;
    std::vector<std::uint32_t> pixels;
};

void fill(Picture& picture, const Rect& rect, std::uint32_t colour)
{
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        std::fill_n(picture.view().row(y) + rect.x, rect.width, colour);
    }
}

// Something like text: characters of 8x16, a quarter of them blank, dark on light; 40 of them.
void write_line(Picture& picture, const Rect& rect, Random& random)
{
    fill(picture, rect, 0xffffff);
    for (std::int32_t x = rect.x; x + 8 <= rect.right(); x += 8) {
        const std::uint32_t letter = any(random) % 40;
        for (std::int32_t i = 0; letter >= 10 && i < 80; ++i) {
            const std::int32_t y = rect.y + 2 + i / 8;
            if (y < rect.bottom() && ((letter * 0x9e3779b1U + 77U) >> (i % 29) & 1U) != 0) {
                picture.view().at(x + i % 8, y) = 0x202020;
            }
        }
    }
}

void write_page(Picture& picture, const Rect& rect, Random& random)
{
    for (std::int32_t y = rect.y; y < rect.bottom(); y += 16) {
        write_line(picture, Rect{rect.x, y, rect.width, 16}.intersected(rect), random);
    }
}

// Moves what is in rect up by `rows` (down where negative) and writes something new behind it.
void scroll(Picture& picture, const Rect& rect, std::int32_t rows, Random& random)
{
    const Picture before = picture;
    Picture fresh(picture.size);
    write_page(fresh, rect, random);
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        const std::int32_t from = y + rows;
        const Picture& source = from >= rect.y && from < rect.bottom() ? before : fresh;
        const std::int32_t row = &source == &before ? from : y;
        std::copy_n(source.view().row(row) + rect.x, rect.width, picture.view().row(y) + rect.x);
    }
}

// As viewers copy: each as if through a temporary, one after the other.
Picture copied(Picture picture, const std::vector<CopyRect>& copies)
{
    const Rect screen = Rect::of(picture.size);
    for (const CopyRect& copy : copies) {
        const Rect& to = copy.destination;
        const Rect from{copy.source.x, copy.source.y, to.width, to.height};
        REQUIRE_FALSE(to.is_empty());
        REQUIRE(screen.contains(to));
        REQUIRE(screen.contains(from));
        const Picture before = picture;
        for (std::int32_t y = 0; y < to.height; ++y) {
            std::copy_n(before.view().row(from.y + y) + from.x,
                        to.width,
                        picture.view().row(to.y + y) + to.x);
        }
    }
    return picture;
}

std::int64_t differing(const Picture& left, const Picture& right)
{
    std::int64_t count = 0;
    for (std::size_t i = 0; i < left.pixels.size(); ++i) {
        count += left.pixels[i] != right.pixels[i] ? 1 : 0;
    }
    return count;
}

// The cells of 32x32 that differ, as a framebuffer tells them.
Region changed_cells(const Picture& before, const Picture& now)
{
    std::vector<Rect> cells;
    for (std::int32_t y = 0; y < now.size.height; y += 32) {
        for (std::int32_t x = 0; x < now.size.width; x += 32) {
            const Rect cell = Rect{x, y, 32, 32}.intersected(Rect::of(now.size));
            bool differs = false;
            for (std::int32_t row = cell.y; row < cell.bottom(); ++row) {
                const std::uint32_t* const left = before.view().row(row) + cell.x;
                differs |= !std::equal(left, left + cell.width, now.view().row(row) + cell.x);
            }
            if (differs) {
                cells.push_back(cell);
            }
        }
    }
    return Region(cells);
}

std::vector<CopyRect> moves_between(const Picture& before, const Picture& now)
{
    return find_moves(before.view(), now.view(), changed_cells(before, now));
}

bool are_disjoint(const std::vector<CopyRect>& copies)
{
    Region all;
    for (const CopyRect& copy : copies) {
        if (all.intersects(copy.destination)) {
            return false;
        }
        all |= copy.destination;
    }
    return true;
}

constexpr Size kScreen{640, 480};

} // namespace

TEST_CASE("text that scrolled is one copy, by any number of rows up or down", "[scroll]")
{
    const std::int32_t rows = GENERATE(1, 2, 15, 16, 17, 31, 32, 33, 100, 239, 300, 400);
    const bool down = GENERATE(false, true);
    Random random(7);
    Picture before(kScreen);
    write_page(before, Rect::of(kScreen), random);
    Picture now = before;
    scroll(now, Rect::of(kScreen), down ? -rows : rows, random);
    const std::vector<CopyRect> copies = moves_between(before, now);
    REQUIRE(copies.size() == 1);
    const CopyRect& copy = copies[0];
    CHECK(copy.source.y - copy.destination.y == (down ? -rows : rows));
    // Only new rows are left; where new and old ones happen to agree the copy may be larger.
    const Picture after = copied(before, copies);
    const std::int32_t first = down ? 0 : kScreen.height - rows;
    for (std::int32_t y = 0; y < kScreen.height; ++y) {
        if (y < first || y >= first + rows) {
            CHECK(std::equal(
                after.view().row(y), after.view().row(y) + kScreen.width, now.view().row(y)));
        }
    }
}

TEST_CASE("a part that scrolled moves alone, to the pixel", "[scroll]")
{
    Random random(3);
    Picture before(kScreen, 0xd0d0d0);
    const Rect pane{45, 61, 500, 333};
    write_page(before, Rect{0, 0, 640, 48}, random);
    write_page(before, Rect{0, 400, 640, 80}, random);
    write_page(before, pane, random);
    Picture now = before;
    scroll(now, pane, 48, random);
    fill(now, {560, 100, 12, 60}, 0x808080);    // the scroll bar's thumb
    write_line(now, {0, 464, 640, 16}, random); // a status line
    const std::vector<CopyRect> copies = moves_between(before, now);
    REQUIRE(copies.size() == 1);
    const Rect& to = copies[0].destination;
    CHECK((to.x >= 32 && to.x <= pane.x));           // the margin beside the pane is of one colour
    CHECK((to.right() >= 541 && to.right() <= 560)); // where the last letter ends, and the thumb
    CHECK((to.y >= pane.y && to.bottom() <= pane.bottom()));
    const Picture after = copied(before, copies);
    // The new lines, the thumb, the status line.
    CHECK(differing(after, now) < 500 * 48 + 12 * 60 + 640 * 16);
    CHECK(differing(after, now) * 3 < differing(before, now));
}

TEST_CASE("two parts scroll differently", "[scroll]")
{
    Random random(11);
    Picture before(kScreen, 0xd0d0d0);
    const Rect left{0, 0, 310, 480};
    const Rect right{330, 20, 310, 460};
    write_page(before, left, random);
    write_page(before, right, random);
    Picture now = before;
    scroll(now, left, 32, random);
    scroll(now, right, -21, random);
    const std::vector<CopyRect> copies = moves_between(before, now);
    CHECK(copies.size() == 2);
    CHECK(are_disjoint(copies));
    CHECK(differing(copied(before, copies), now) < 310 * (32 + 21));
}

TEST_CASE("parts that change places are copied in an order that keeps what is read", "[scroll]")
{
    // Each block goes up by its own distance, to where the one above it was.
    Random random(5);
    Picture before(kScreen);
    write_page(before, Rect::of(kScreen), random);
    Picture now = before;
    const auto put = [&](const Rect& to, std::int32_t from) {
        for (std::int32_t y = 0; y < to.height; ++y) {
            std::copy_n(
                before.view().row(from + y) + to.x, to.width, now.view().row(to.y + y) + to.x);
        }
    };
    const bool down = GENERATE(false, true);
    write_page(now, {0, down ? 0 : 400, 640, 80}, random);
    if (down) {
        put({0, 340, 640, 100}, 200);
        put({0, 190, 640, 100}, 40);
    } else {
        put({0, 40, 640, 100}, 190);
        put({0, 200, 640, 100}, 340);
    }
    const std::vector<CopyRect> copies = moves_between(before, now);
    CHECK(copies.size() == 2);
    CHECK(differing(copied(before, copies), now) < 640 * 80);
}

TEST_CASE("of parts that take each other's place one is copied", "[scroll]")
{
    Random random(6);
    Picture before(kScreen);
    write_page(before, Rect::of(kScreen), random);
    Picture now = before;
    const auto half = std::ptrdiff_t{kScreen.width} * 240;
    std::swap_ranges(now.pixels.begin(), now.pixels.begin() + half, now.pixels.begin() + half);
    const std::vector<CopyRect> copies = moves_between(before, now);
    CHECK(copies.size() == 1);
    CHECK(differing(copied(before, copies), now) <= differing(before, now) / 2 + 1);
}

TEST_CASE("nothing moves where it gains nothing", "[scroll]")
{
    Random random(9);
    Picture before(kScreen);
    Picture now(kScreen);
    SECTION("one colour becomes another")
    {
        fill(now, Rect::of(kScreen), 0x123456);
    }
    SECTION("a plain area grows")
    {
        fill(before, {0, 0, 640, 200}, 0x123456);
        fill(now, {0, 0, 640, 300}, 0x123456);
    }
    SECTION("noise")
    {
        for (std::size_t i = 0; i < now.pixels.size(); ++i) {
            before.pixels[i] = any(random);
            now.pixels[i] = any(random);
        }
    }
    SECTION("other text")
    {
        write_page(before, Rect::of(kScreen), random);
        write_page(now, Rect::of(kScreen), random);
    }
    SECTION("a checkerboard appears, and is the same everywhere")
    {
        for (std::int32_t y = 0; y < kScreen.height; ++y) {
            for (std::int32_t x = 0; x < kScreen.width; ++x) {
                now.view().at(x, y) = (x / 4 + y / 4) % 2 == 0 ? 0 : 0xffffff;
                before.view().at(x, y) = now.view().at(x, y) ^ 0xffffffU;
            }
        }
    }
    SECTION("a small part")
    {
        write_page(before, Rect{0, 0, 160, 96}, random);
        now = before;
        scroll(now, {0, 0, 160, 96}, 16, random);
    }
    SECTION("nothing") {}
    CHECK(moves_between(before, now).empty());
}

TEST_CASE("any size will do", "[scroll]")
{
    const Size size = GENERATE(Size{1, 1},
                               Size{65535, 1},
                               Size{1, 65535},
                               Size{65535, 16},
                               Size{3, 65535},
                               Size{33, 1000},
                               Size{4100, 40});
    Random random(1);
    Picture before(size);
    for (std::uint32_t& pixel : before.pixels) {
        pixel = any(random) % 3;
    }
    Picture now = before;
    const auto by = static_cast<std::ptrdiff_t>(std::min(size.height - 1, 5)) * size.width;
    std::copy(before.pixels.begin() + by, before.pixels.end(), now.pixels.begin());
    const std::vector<CopyRect> copies =
        find_moves(before.view(), now.view(), Region(Rect::of(size)));
    CHECK(differing(copied(before, copies), now) <= differing(before, now));
    CHECK(find_moves(before.view(), now.view(), Region()).empty());
    // What reaches outside of the picture is none of it.
    CHECK(find_moves(before.view(), now.view(), Region(Rect{-50, -50, 70000, 70000})) == copies);
}

TEST_CASE("whatever happened, the copies are few, apart and make less differ", "[scroll]")
{
    for (std::uint32_t seed = 1; seed <= 60; ++seed) {
        Random random(seed);
        const auto pick = [&](std::uint32_t low, std::uint32_t high) {
            return static_cast<std::int32_t>(low + any(random) % (high - low + 1));
        };
        const Size size{pick(1, 500), pick(1, 400)};
        Picture before(size);
        write_page(before, Rect::of(size), random);
        Picture now = before;
        for (std::int32_t i = pick(0, 5); i > 0; --i) {
            const Rect part =
                Rect{pick(0, 300), pick(0, 200), pick(20, 400), pick(20, 400)}.intersected(
                    Rect::of(size));
            if (!part.is_empty()) {
                scroll(now, part, pick(0, 80) - 40, random);
            }
        }
        INFO("seed " << seed);
        const std::vector<CopyRect> copies = moves_between(before, now);
        CHECK(copies == moves_between(before, now));
        CHECK(copies.size() <= kMostMoves);
        CHECK(are_disjoint(copies));
        CHECK(differing(copied(before, copies), now) <= differing(before, now));
    }
}
