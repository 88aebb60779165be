// Small updates go on in the zlib stream of the one before, for all who got that; whoever did not
// makes them begin anew.
#include "tests/rfb/decoding_viewer.h"

#include <catch2/catch.hpp>

#include <random>

using namespace covnc;
using namespace covnc::test;
using std::chrono::milliseconds;

namespace {

constexpr Size kScreen{640, 320};
constexpr std::int32_t kZlib = 6;
constexpr std::int32_t kZrle = 16;

// A line of letters, the same set of them in another order each time: what came before helps.
void draw_line(Display& display, std::uint32_t number)
{
    const WritablePixelView back = display.back();
    const Rect line{0, static_cast<std::int32_t>(number % 10) * 32, 640, 32};
    std::mt19937 order(number);
    for (std::int32_t x = 0; x < 640; x += 32) {
        std::mt19937 letter(order() % 12);
        for (std::int32_t row = 0; row < 32; ++row) {
            for (std::int32_t column = 0; column < 32; ++column) {
                back.at(x + column, line.y + row) =
                    0x404040U * (static_cast<std::uint32_t>(letter()) & 3U);
            }
        }
    }
    display.frame(line);
}

Task<> draw_lines(World& world, std::uint32_t first, std::uint32_t count)
{
    for (std::uint32_t i = first; i < first + count; ++i) {
        draw_line(world.display, i);
        co_await world.sleep(milliseconds(50));
    }
}

std::uint64_t encodings(World& world)
{
    return world.display.cache().statistics().encodings;
}

} // namespace

TEST_CASE("what went before makes small updates smaller", "[session_history]")
{
    play(kScreen, [](World& world) -> Task<> {
        const std::vector<std::int32_t> zrle{kZrle};
        const auto viewer = connect_viewer(world, zrle);
        co_await world.sleep(milliseconds(100));
        const std::uint64_t before = viewer->bytes;
        co_await draw_lines(world, 0, 1);
        const std::uint64_t first = viewer->bytes - before;
        co_await draw_lines(world, 1, 8);
        const std::uint64_t later = (viewer->bytes - before - first) / 8;
        REQUIRE(later * 10 < first * 7);
        REQUIRE(wrong_pixels(world, viewer->pixels()) == 0);
    });
}

TEST_CASE("a newcomer makes one update begin anew, then all share again", "[session_history]")
{
    play(kScreen, [](World& world) -> Task<> {
        const std::vector<std::int32_t> zrle{kZrle};
        const auto one = connect_viewer(world, zrle);
        co_await draw_lines(world, 0, 5);
        const auto other = connect_viewer(world, zrle);
        co_await world.sleep(milliseconds(100));
        const std::uint64_t before = encodings(world);
        std::uint64_t bytes = one->bytes;
        co_await draw_lines(world, 5, 1);
        const std::uint64_t anew = one->bytes - bytes;
        bytes = one->bytes;
        co_await draw_lines(world, 6, 6);
        const std::uint64_t later = (one->bytes - bytes) / 6;
        REQUIRE(encodings(world) - before == 7);
        REQUIRE(later * 10 < anew * 7);
        REQUIRE(wrong_pixels(world, one->pixels()) == 0);
        REQUIRE(wrong_pixels(world, other->pixels()) == 0);
    });
}

TEST_CASE("each class goes on in a stream of its own", "[session_history]")
{
    play(kScreen, [](World& world) -> Task<> {
        const std::vector<std::int32_t> zrle{kZrle};
        const std::vector<std::int32_t> zlib{kZlib};
        std::vector<std::shared_ptr<DecodingViewer>> viewers;
        for (int i = 0; i < 3; ++i) {
            viewers.push_back(connect_viewer(world, zrle));
            viewers.push_back(connect_viewer(world, zlib));
        }
        co_await world.sleep(milliseconds(100));
        const std::uint64_t before = encodings(world);
        co_await draw_lines(world, 0, 12);
        REQUIRE(encodings(world) - before == 24);
        for (const auto& viewer : viewers) {
            REQUIRE(wrong_pixels(world, viewer->pixels()) == 0);
        }
    });
}

TEST_CASE("a job that fails takes its stream along", "[session_history]")
{
    play(kScreen, [](World& world) -> Task<> {
        const std::vector<std::int32_t> zrle{kZrle};
        const auto gone = connect_viewer(world, zrle);
        co_await draw_lines(world, 0, 3);
        world.pool.holds_jobs = true;
        co_await draw_lines(world, 3, 1);
        REQUIRE(world.pool.waiting() == 1);
        world.pool.drop();
        co_await world.sleep(milliseconds(1));
        REQUIRE_FALSE(gone->ended.empty());
        world.pool.holds_jobs = false;
        const auto viewer = connect_viewer(world, zrle);
        co_await draw_lines(world, 4, 4);
        REQUIRE(wrong_pixels(world, viewer->pixels()) == 0);
    });
}

TEST_CASE("viewers of many kinds do not make the cache keep a stream for each", "[session_history]")
{
    play(kScreen, [](World& world) -> Task<> {
        std::vector<std::shared_ptr<DecodingViewer>> viewers;
        for (std::int32_t level = 0; level < 10; ++level) {
            for (const std::int32_t exact : {kZrle, kZlib}) {
                // Classes differ by JPEG's quality and subsampling.
                const std::vector<std::int32_t> encodings{exact, 7, -32 + level, -768 + level % 4};
                viewers.push_back(connect_viewer(world, encodings));
            }
        }
        co_await world.sleep(milliseconds(100));
        const std::uint64_t before = encodings(world);
        co_await draw_lines(world, 0, 3);
        REQUIRE(encodings(world) - before > 3 * 10);
        REQUIRE(world.display.cache().windows() == 8);
        for (const auto& viewer : viewers) {
            REQUIRE(wrong_pixels(world, viewer->pixels()) == 0);
        }
    });
}

TEST_CASE("a viewer that takes the picture without pointer goes on in no stream of the other",
          "[session_history]")
{
    play(kScreen, [](World& world) -> Task<> {
        Cursor cursor;
        cursor.size = {60, 300};
        cursor.pixels.assign(60 * 300, 0xff123456);
        world.display.set_pointer_position({300, 0});
        world.display.set_cursor(cursor);
        const std::vector<std::int32_t> without{kZrle};
        const std::vector<std::int32_t> with{kZrle, -239};
        const auto poor = connect_viewer(world, without);
        const auto able = connect_viewer(world, with);
        co_await world.sleep(milliseconds(100));
        co_await draw_lines(world, 0, 5);
        // The pointer goes in the same commit as a line comes: both have had equally many units.
        draw_line(world.display, 5);
        co_await world.sleep(milliseconds(1));
        world.display.set_cursor({});
        draw_line(world.display, 6);
        co_await world.sleep(milliseconds(100));
        REQUIRE(world.display.drawn_pointer().is_empty());
        REQUIRE(wrong_pixels(world, poor->pixels()) == 0);
        co_await poor->list(with);
        co_await world.sleep(milliseconds(50));
        co_await draw_lines(world, 7, 10);
        CHECK(poor->ended.empty());
        CHECK(wrong_pixels(world, poor->pixels()) == 0);
        CHECK(wrong_pixels(world, able->pixels()) == 0);
    });
}
