#include "rfb/update_plan.h"

#include <catch2/catch.hpp>

using namespace covnc;

namespace {

// A display of 10x10 cells; draw() changes one cell and makes a version.
struct Planned
{
    Planned()
    {
        draw(0, 0); // so that versions 1 (the size) and 2 exist
    }

    void draw(std::int32_t column, std::int32_t row, std::span<const CopyRect> moves = {})
    {
        const Rect cell{column * 32, row * 32, 32, 32};
        back().at(cell.x, cell.y) = ++colour;
        framebuffer.commit(cell, moves);
    }
    void draw_all()
    {
        ++colour;
        for (std::int32_t y = 0; y < 320; y += 32) {
            for (std::int32_t x = 0; x < 320; x += 32) {
                back().at(x, y) = colour;
            }
        }
        framebuffer.commit(Rect{0, 0, 320, 320}, {});
    }
    WritablePixelView back() { return framebuffer.back(); }
    void add(std::uint64_t base, std::uint64_t target, std::size_t bytes, bool moves = false)
    {
        UnitInfo unit;
        unit.base = base;
        unit.target = target;
        unit.bytes = bytes;
        unit.is_done = bytes != 0;
        unit.has_moves = moves;
        units.push_back(unit);
    }
    UnitChoice choose(std::uint64_t base, bool copy_rect = false)
    {
        return choose_units({framebuffer, units, bases, bytes_per_pixel, copy_rect, place}, base);
    }
    std::uint64_t now() const { return framebuffer.version(); }

    Framebuffer framebuffer{{320, 320}};
    std::uint32_t colour = 0;
    std::vector<UnitInfo> units;
    std::vector<std::uint64_t> bases;
    double bytes_per_pixel = 1;
    ZlibPlace place;
};

using Use = std::vector<std::size_t>;

} // namespace

TEST_CASE("with nothing there, what is missing is encoded", "[plan]")
{
    Planned it;
    it.draw(1, 1);
    const UnitChoice choice = it.choose(it.now() - 1);
    CHECK(choice.use.empty());
    CHECK(choice.encode == NewUnit{it.now() - 1, false});
    CHECK(it.choose(0).encode == NewUnit{0, false});
}

TEST_CASE("a unit that fits is used, also while it is being made", "[plan]")
{
    Planned it;
    it.draw(1, 1);
    it.add(it.now() - 1, it.now(), GENERATE(0U, 100000U));
    const UnitChoice choice = it.choose(it.now() - 1);
    CHECK(choice.use == Use{0});
    CHECK_FALSE(choice.encode);
}

TEST_CASE("a unit of a newer base, or for an older version, is no use", "[plan]")
{
    Planned it;
    it.draw(1, 1);
    it.draw(2, 2);
    it.add(it.now() - 1, it.now(), 0);
    it.add(it.now() - 2, it.now() - 1, 0); // not done, so no link of a chain either
    CHECK(it.choose(it.now() - 2).use.empty());
    CHECK(it.choose(it.now() - 2).encode.has_value());
}

TEST_CASE("a unit of an older base is used where it is not much larger", "[plan]")
{
    Planned it;
    it.draw(1, 1);
    const std::uint64_t older = it.now() - 1;
    it.draw(2, 2);
    it.add(older, it.now(), 100000);
    CHECK(it.choose(it.now() - 1).use == Use{0}); // two cells for one
    it.units.clear();
    it.draw_all();
    it.draw(3, 3);
    it.add(older, it.now(), 100000);
    CHECK(it.choose(it.now() - 1).encode.has_value()); // a hundred for one
    it.units.back().bytes = 4000;
    CHECK(it.choose(it.now() - 1).use == Use{0}); // but a trifle in bytes
}

TEST_CASE("units that are there are chained, in order, for who lags behind", "[plan]")
{
    Planned it;
    const std::uint64_t start = it.now();
    for (std::int32_t i = 0; i < 4; ++i) {
        it.draw(i, 5);
        it.add(it.now() - 1, it.now(), 500);
    }
    CHECK(it.choose(start).use == Use{0, 1, 2, 3});
    CHECK(it.choose(start + 2).use == Use{2, 3});
    // A longer unit on the way is cheaper than two.
    it.add(start, start + 2, 600);
    CHECK(it.choose(start).use == Use{4, 2, 3});
    // The chain must reach the newest version without a gap.
    it.units[2].is_done = false;
    CHECK(it.choose(start).encode.has_value());
}

TEST_CASE("a chain that costs more than twice the direct way is not taken", "[plan]")
{
    Planned it;
    const std::uint64_t start = it.now();
    it.draw_all();
    it.add(start, it.now(), 90000);
    it.draw_all();
    it.add(it.now() - 1, it.now(), 90000);
    it.bytes_per_pixel = 0.5; // 51200 the direct way
    CHECK(it.choose(start).encode.has_value());
    it.bytes_per_pixel = 1;
    CHECK(it.choose(start).use == Use{0, 1});
}

TEST_CASE("a new unit starts where the others can use it too", "[plan]")
{
    Planned it;
    const std::uint64_t start = it.now();
    it.draw(1, 1);
    it.draw(2, 2);
    it.bases = {start, it.now() - 1};
    CHECK(it.choose(it.now() - 1).encode == NewUnit{start, false});
    // Not for somebody who lacks everything, or nearly.
    it.bases = {0, it.now() - 1};
    CHECK(it.choose(it.now() - 1).encode == NewUnit{it.now() - 1, false});
}

TEST_CASE("moves go to viewers who take them and are one version behind", "[plan]")
{
    Planned it;
    for (std::int32_t y = 0; y < 320; ++y) {
        std::fill_n(it.back().row(y), 320, static_cast<std::uint32_t>(y));
    }
    it.framebuffer.commit(Rect{0, 0, 320, 320}, {});
    const std::uint64_t start = it.now();
    const std::vector<CopyRect> moves{{Rect{0, 0, 320, 288}, Point{0, 32}}};
    // Scrolled by one cell: all pixels change, one row of cells is new.
    for (std::int32_t y = 0; y < 320; ++y) {
        for (std::int32_t x = 0; x < 320; ++x) {
            it.back().at(x, y) = y < 288 ? it.framebuffer.front().at(x, y + 32) : 7;
        }
    }
    it.framebuffer.commit(Rect{0, 0, 320, 320}, moves);
    CHECK(it.now() == start + 1);
    CHECK(it.choose(start, true).encode == NewUnit{start, true});
    CHECK_FALSE(it.choose(start, false).encode->with_moves);
    CHECK_FALSE(it.choose(start - 1, true).encode->with_moves);
    it.add(start, it.now(), 0, true);
    CHECK(it.choose(start, true).use == Use{0});
}

TEST_CASE("a version from before a resize is worth nothing", "[plan]")
{
    Planned it;
    const std::uint64_t before = it.now();
    it.framebuffer.resize({64, 64});
    it.add(before, it.now(), 100);
    CHECK(it.choose(before).encode == NewUnit{0, false});
}

TEST_CASE("a unit that goes on in a zlib stream is for those who are there", "[update_plan]")
{
    Planned planned;
    const std::uint64_t base = planned.now();
    planned.draw(1, 1);
    planned.add(base, planned.now(), 9000);
    planned.units[0].needs = {7, 3};
    planned.units[0].gives = {7, 4};
    planned.units[0].has_zlib = true;
    for (const ZlibPlace elsewhere : {ZlibPlace{}, ZlibPlace{7, 2}, ZlibPlace{8, 3}}) {
        planned.place = elsewhere;
        CHECK(planned.choose(base).use.empty());
        CHECK(planned.choose(base).encode.has_value());
    }
    planned.place = {7, 3};
    CHECK(planned.choose(base).use == Use{0});
}

TEST_CASE("a chain follows a zlib stream from unit to unit", "[update_plan]")
{
    Planned planned;
    const std::uint64_t first = planned.now();
    planned.draw(1, 1);
    planned.add(first, planned.now(), 900);
    const std::uint64_t second = planned.now();
    planned.draw(2, 2);
    planned.add(second, planned.now(), 900);
    planned.units[0].gives = {7, 1}; // begins a stream
    planned.units[0].has_zlib = true;
    planned.units[1].needs = {7, 1};
    planned.units[1].gives = {7, 2};
    planned.units[1].has_zlib = true;
    planned.place = {5, 5};
    CHECK(planned.choose(first).use == Use{0, 1});
    // The second alone is not for this one.
    CHECK(planned.choose(second).use.empty());
    // A unit without compressed data changes nothing.
    planned.units[0].has_zlib = false;
    CHECK(planned.choose(first).use.empty());
    planned.place = {7, 1};
    CHECK(planned.choose(first).use == Use{0, 1});
}
