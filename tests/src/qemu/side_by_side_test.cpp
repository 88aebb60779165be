#include "tests/src/qemu/screen_support.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::qemu_test;

namespace {

void fill(SideBySide& consoles, std::size_t console, std::uint32_t colour)
{
    const WritablePixelView picture = consoles.back(console);
    for (std::int32_t y = 0; y < picture.height(); ++y) {
        std::fill_n(picture.row(y), picture.width(), colour);
    }
    consoles.touched(console, Rect::of(picture.size()));
}

const ScreenLayout kTwo{{50, 30}, {{1, {0, 0, 40, 20}, 0}, {2, {40, 0, 10, 30}, 0}}};

} // namespace

TEST_CASE("consoles stand from left to right, in a display as high as the highest",
          "[qemu_screens]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1, 2});
        consoles.resize(1, {10, 30});
        CHECK(display.layout().value == ScreenLayout{{10, 30}, {{2, {0, 0, 10, 30}, 0}}});
        consoles.resize(0, {40, 20});
        CHECK(display.layout().value == kTwo);
        consoles.resize(0, {16, 40});
        CHECK(display.layout().value ==
              ScreenLayout{{26, 40}, {{1, {0, 0, 16, 40}, 0}, {2, {16, 0, 10, 30}, 0}}});
    });
}

TEST_CASE("a console that changes its size takes along what others show", "[qemu_screens]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1, 2, 3});
        consoles.resize(0, {40, 20});
        consoles.resize(1, {10, 30});
        consoles.resize(2, {5, 30});
        fill(consoles, 0, 1);
        fill(consoles, 1, 2);
        fill(consoles, 2, 3);
        consoles.flush();
        consoles.resize(1, {20, 10});
        fill(consoles, 1, 4);
        consoles.flush();
        const PixelView front = display.framebuffer().front();
        CHECK(front.size() == Size{65, 30});
        CHECK(front.at(39, 19) == 1);
        CHECK(front.at(40, 0) == 4);
        CHECK(front.at(59, 9) == 4);
        CHECK(front.at(60, 0) == 3);
        CHECK(front.at(64, 29) == 3);
        CHECK(front.at(0, 20) == 0); // below the shorter ones
        CHECK(front.at(59, 10) == 0);
    });
}

TEST_CASE("screens may change in a display that keeps its size", "[qemu_screens]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1, 2});
        consoles.resize(0, {40, 20});
        consoles.resize(1, {10, 30});
        fill(consoles, 0, 1);
        fill(consoles, 1, 2);
        consoles.flush();
        const std::uint64_t told = display.layout().count;
        consoles.resize(0, {40, 10});
        fill(consoles, 0, 3);
        consoles.flush();
        CHECK(display.layout().count == told + 1);
        const PixelView front = display.framebuffer().front();
        CHECK(front.size() == Size{50, 30});
        CHECK(front.at(39, 9) == 3);
        CHECK(front.at(39, 10) == 0); // not what was there
        CHECK(front.at(40, 29) == 2);
    });
}

TEST_CASE("a size that makes the display too large changes nothing", "[qemu_screens]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1, 2});
        consoles.resize(0, {40, 20});
        consoles.resize(1, {10, 30});
        CHECK_THROWS_AS(consoles.resize(1, {kMaxSide, 30}), BadPicture);
        CHECK_THROWS_AS(consoles.resize(0, {kMaxSide + 1, 30}), BadPicture);
        CHECK(display.layout().value == kTwo);
        CHECK(consoles.size(1) == Size{10, 30});
    });
}

TEST_CASE("each place belongs to the console above or beside it", "[qemu_screens]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1, 2, 3});
        consoles.resize(0, {40, 20});
        consoles.resize(1, {10, 30}); // the third has no size yet
        CHECK(consoles.find({0, 0}) == 0);
        CHECK(consoles.find({39, 29}) == 0);
        CHECK(consoles.find({40, 0}) == 1);
        CHECK(consoles.find({49, 29}) == 1);
        CHECK(consoles.place_on(0, {39, 29}) == Point{39, 19});
        CHECK(consoles.place_on(1, {41, 29}) == Point{1, 29});
        CHECK(consoles.place_on(1, {0, 0}) == Point{0, 0});
        CHECK(consoles.place_on(0, {49, 3}) == Point{39, 3});
        CHECK(consoles.place_on(2, {49, 3}) == Point{0, 0});
        CHECK(consoles.largest() == 0);
        CHECK(consoles.place_for_all(0, {0, 0}) == Point{0, 0});
        CHECK(consoles.place_for_all(0, {49, 29}) == Point{39, 19});
        CHECK(consoles.place_for_all(2, {49, 29}) == Point{0, 0});
    });
}

TEST_CASE("the display has cursor and mode of the console that is pointed at", "[qemu_screens]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1, 2});
        consoles.resize(0, {40, 20});
        consoles.resize(1, {10, 30});
        Cursor small;
        small.size = {1, 1};
        small.pixels = {0xff000000};
        Cursor large;
        large.size = {2, 1};
        large.pixels = {0xff000000, 0xff000000};
        consoles.set_cursor(0, small);
        consoles.set_cursor(1, large);
        consoles.set_pointer_position(1, {3, 4});
        CHECK(display.cursor().value.size == Size{1, 1});
        CHECK(display.pointer_position().value.position == Point{0, 0});
        consoles.set_pointer_absolute(1, false);
        CHECK(display.pointer_absolute().value);
        consoles.point_at(1);
        CHECK(display.cursor().value.size == Size{2, 1});
        CHECK_FALSE(display.pointer_absolute().value);
        consoles.set_pointer_position(1, {3, 4});
        CHECK(display.pointer_position().value.position == Point{43, 4});
    });
}

TEST_CASE("a pointer that the machine moves takes the cursor to its console", "[qemu_screens]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1, 2});
        consoles.resize(0, {40, 20});
        consoles.resize(1, {10, 30});
        consoles.set_pointer_absolute(0, false);
        consoles.set_pointer_absolute(1, false);
        consoles.set_pointer_position(1, {3, 4});
        CHECK(display.pointer_position().value.position == Point{43, 4});
    });
}

TEST_CASE("a wish must be what consoles side by side can be", "[qemu_screens]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1, 2});
        consoles.resize(0, {40, 20});
        consoles.resize(1, {10, 30});
        const ScreenLayout other{{40, 50}, {{2, {20, 0, 20, 10}, 7}, {1, {0, 0, 20, 50}, 0}}};
        CHECK(consoles.places_in(kTwo) ==
              std::vector<Rect>{Rect{0, 0, 40, 20}, Rect{40, 0, 10, 30}});
        CHECK(consoles.places_in(other) ==
              std::vector<Rect>{Rect{0, 0, 20, 50}, Rect{20, 0, 20, 10}});
        CHECK_FALSE(consoles.places_in(ScreenLayout::single({50, 30})));
        ScreenLayout wrong = kTwo;
        wrong.screens[1].id = 3;
        CHECK_FALSE(consoles.places_in(wrong));
        wrong = kTwo;
        wrong.screens.push_back({3, {0, 0, 1, 1}, 0});
        CHECK_FALSE(consoles.places_in(wrong));
        wrong = kTwo;
        wrong.screens[1].area.x = 39;
        CHECK_FALSE(consoles.places_in(wrong));
        wrong = kTwo;
        wrong.size.height = 31;
        CHECK_FALSE(consoles.places_in(wrong));
        wrong = kTwo;
        std::swap(wrong.screens[0].id, wrong.screens[1].id);
        CHECK_FALSE(consoles.places_in(wrong));
    });
}
