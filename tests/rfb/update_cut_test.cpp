#include "rfb/update_cut.h"

#include <catch2/catch.hpp>

using namespace covnc;

TEST_CASE("every pixel has its turn, although all of them change all the time", "[cut]")
{
    const Region everything(Rect{10, 20, 600, 301});
    Region seen;
    std::int32_t row = 0;
    for (int i = 0; i < 12; ++i) {
        const Region part = cut_region(everything, 600 * 32, row);
        CHECK_FALSE(part.is_empty());
        CHECK(part.area() <= 600 * 48);
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
    std::int32_t row = 0;
    for (int i = 0; i < 10; ++i) {
        CHECK(cut_region(needed, 20'000, row).contains(letter));
    }
}

TEST_CASE("a part is never empty where something is needed", "[cut]")
{
    std::int32_t row = 100'000;
    CHECK_FALSE(cut_region(Region(Rect{5, 5, 1, 1}), 1, row).is_empty());
    CHECK_FALSE(cut_region(Region(Rect{0, 0, 16384, 16384}), 1, row).is_empty());
    CHECK(cut_region(Region(), 100, row).is_empty());
}
