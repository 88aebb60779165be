#include "rfb/update_cut.h"

#include <catch2/catch.hpp>

using namespace covnc;

TEST_CASE("every pixel has its turn, although all of them change all the time", "[cut]")
{
    const Region everything(Rect{10, 20, 600, 301});
    Region seen;
    Point next;
    const std::int64_t most = GENERATE(600 * 32, 600 * 16, 5'000, 700);
    for (std::int64_t i = 0; i < 2 * everything.area() / most; ++i) {
        const Region part = cut_region(everything, Region(), most, next);
        CHECK_FALSE(part.is_empty());
        CHECK(part.area() <= most + 32 * 16);
        CHECK((part - everything).is_empty());
        seen |= part;
    }
    CHECK(seen == everything);
}

TEST_CASE("what is small goes at once, whatever its place", "[cut]")
{
    const Rect film{0, 0, 640, 400};
    const Rect letter{700, 300, 12, 16};
    Region needed(film);
    needed |= letter;
    Point next;
    for (int i = 0; i < 10; ++i) {
        CHECK(cut_region(needed, Region(letter), 20'000, next).contains(letter));
    }
}

TEST_CASE("what is calm goes before what changes all the time, which has half of the room", "[cut]")
{
    const Rect film{0, 0, 640, 400};
    const Rect window{100, 500, 300, 200};
    Region needed(film);
    needed |= window;
    const Region calm(window);
    Point next;
    Region seen;
    for (int i = 0; i < 6; ++i) {
        const Region left = needed - (seen & calm);
        const Region part = cut_region(left, calm, 20'000, next);
        CHECK((part & Region(film)).area() >= 20'000 / 3);
        seen |= part;
    }
    CHECK((calm - seen).is_empty());
}

TEST_CASE("a part is never empty where something is needed", "[cut]")
{
    const Region calm = GENERATE(Region(), Region(Rect{0, 0, 50, 50}));
    Point next{100'000, 100'000};
    CHECK_FALSE(cut_region(Region(Rect{5, 5, 1, 1}), calm, 1, next).is_empty());
    CHECK_FALSE(cut_region(Region(Rect{0, 0, 16384, 16384}), calm, 1, next).is_empty());
    CHECK(cut_region(Region(), calm, 100, next).is_empty());
}
