// Viewers that can show no pointer get it in the picture, one picture for all of them.
#include "tests/rfb/decoding_viewer.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr Size kScreen{320, 256};
constexpr std::int32_t kZrle = 16;
constexpr std::int32_t kCursorEncoding = -239;
constexpr std::uint32_t kGround = 0x204060;

// 8x8, opaque white but for a half transparent last row and a first pixel that cannot be seen.
Cursor white_pointer()
{
    Cursor cursor;
    cursor.size = {8, 8};
    cursor.hotspot = {1, 2};
    cursor.pixels.assign(64, 0xffffffff);
    std::fill(cursor.pixels.begin() + 56, cursor.pixels.end(), 0x80ffffff);
    cursor.pixels[0] = 0x00ff0000;
    return cursor;
}

std::uint32_t seen(const std::shared_ptr<DecodingViewer>& viewer, std::int32_t x, std::int32_t y)
{
    return viewer->pixels().at(x, y) & 0xffffffU;
}

std::uint64_t encodings(World& world)
{
    return world.display.picture(true).cache().statistics().encodings;
}

} // namespace

TEST_CASE("a viewer without a pointer of its own sees it in the picture", "[session_pointer]")
{
    play(kScreen, [](World& world) -> Task<> {
        world.fill(kGround);
        const std::vector<std::int32_t> with{kZrle, kCursorEncoding};
        const std::vector<std::int32_t> without{kZrle};
        const auto able = connect_viewer(world, with);
        const auto poor = connect_viewer(world, without);
        co_await world.sleep(milliseconds(100));
        REQUIRE(wrong_pixels(world, poor->pixels()) == 0);

        world.display.set_pointer_position({101, 52});
        world.display.set_cursor(white_pointer());
        co_await world.sleep(milliseconds(100));
        CHECK(wrong_pixels(world, able->pixels()) == 0);
        CHECK(wrong_pixels(world, poor->pixels()) == 63);
        CHECK(seen(poor, 100, 50) == kGround);
        CHECK(seen(poor, 101, 50) == 0xffffff);
        CHECK(seen(poor, 107, 56) == 0xffffff);
        CHECK(seen(poor, 107, 57) == 0x90a0b0); // 0x204060 and white, half each
        CHECK(seen(poor, 108, 57) == kGround);

        // It leaves nothing behind, at the edge neither.
        world.display.set_pointer_position({319, 255});
        co_await world.sleep(milliseconds(100));
        CHECK(wrong_pixels(world, poor->pixels()) == 5);
        CHECK(seen(poor, 319, 255) == 0xffffff);
        world.display.set_cursor(Cursor());
        co_await world.sleep(milliseconds(100));
        CHECK(wrong_pixels(world, poor->pixels()) == 0);
        CHECK(able->ended.empty());
        CHECK(poor->ended.empty());
    });
}

TEST_CASE("the pointer follows the viewer that moves it, at most once a tick", "[session_pointer]")
{
    play(kScreen, [](World& world) -> Task<> {
        world.fill(kGround);
        world.display.set_cursor(white_pointer());
        const std::vector<std::int32_t> without{kZrle};
        const auto first = connect_viewer(world, without);
        const auto second = connect_viewer(world, without);
        co_await world.sleep(milliseconds(100));
        const std::uint64_t before = encodings(world);
        const std::uint64_t bytes = first->bytes;
        for (int i = 0; i < 1000; ++i) { // a second of a fast mouse
            world.display.input().pointer(&world, {i % 300, 100}, 0, kScreen, false);
            co_await world.sleep(milliseconds(1));
        }
        co_await world.sleep(milliseconds(100));
        CHECK(seen(first, 99 - 1, 100) == 0xffffff);
        CHECK(wrong_pixels(world, first->pixels()) == 63);
        CHECK(wrong_pixels(world, second->pixels()) == 63);
        const std::uint64_t moves = encodings(world) - before;
        CHECK(moves > 30);
        CHECK(moves <= 61); // shared by both
        CHECK((first->bytes - bytes) / moves < 200);
    });
}

TEST_CASE("a viewer that learns to show a pointer gets back what was under it", "[session_pointer]")
{
    play(kScreen, [](World& world) -> Task<> {
        world.fill(kGround);
        world.display.set_pointer_position({100, 100});
        world.display.set_cursor(white_pointer());
        const std::vector<std::int32_t> without{kZrle};
        const auto viewer = connect_viewer(world, without);
        co_await world.sleep(milliseconds(100));
        CHECK(wrong_pixels(world, viewer->pixels()) == 63);
        const std::uint64_t bytes = viewer->bytes;
        const std::vector<std::int32_t> with{kZrle, -313, -312, kCursorEncoding};
        co_await viewer->list(with);
        co_await world.sleep(milliseconds(100));
        CHECK(wrong_pixels(world, viewer->pixels()) == 0);
        co_await viewer->list(without);
        co_await world.sleep(milliseconds(100));
        CHECK(wrong_pixels(world, viewer->pixels()) == 63);
        CHECK(viewer->bytes - bytes <
              1500); // the pointer's picture and cells twice, not the screen
        CHECK(viewer->ended.empty());
    });
}

TEST_CASE("nothing is drawn twice where every viewer shows its own pointer", "[session_pointer]")
{
    play(kScreen, [](World& world) -> Task<> {
        world.fill(kGround);
        world.display.set_cursor(white_pointer());
        const std::vector<std::int32_t> with{kZrle, kCursorEncoding};
        const auto viewer = connect_viewer(world, with);
        co_await world.sleep(milliseconds(100));
        const std::uint64_t before = world.display.cache().statistics().encodings;
        world.display.set_pointer_position({10, 10});
        co_await world.sleep(seconds(1));
        CHECK(world.display.cache().statistics().encodings == before);
        CHECK(world.display.drawn_pointer().is_empty());
        CHECK(wrong_pixels(world, viewer->pixels()) == 0);
    });
}
