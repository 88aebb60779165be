// Viewers that allow JPEG get photographs at once and nearly right, and exactly when they are
// quiet.
#include "tests/rfb/decoding_viewer.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

using namespace covnc;
using namespace covnc::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr Size kScreen{320, 256};
constexpr Rect kPhoto{64, 64, 192, 128};
constexpr std::int32_t kZrle = 16;
constexpr std::int32_t kTight = 7;
constexpr std::int32_t kQuality8 = -24;

// A soft picture, another one for each number.
void draw_photograph(Display& display, const Rect& at, int number)
{
    const WritablePixelView back = display.back();
    for (std::int32_t y = at.y; y < at.bottom(); ++y) {
        for (std::int32_t x = at.x; x < at.right(); ++x) {
            const double wave = std::sin((x + number) * 0.05) + std::sin(y * 0.07 + number);
            const auto light = static_cast<std::uint32_t>(110 + 40 * wave);
            const auto grain = static_cast<std::uint32_t>((x * 7919 + y * 104729 + number) % 5);
            back.at(x, y) = (light + grain) << 16U | (light + 10) << 8U | (light / 2 + grain);
        }
    }
    display.frame(at);
}

} // namespace

TEST_CASE("a photograph comes as JPEG, and exactly once it is quiet", "[session_lossy]")
{
    play(kScreen, [](World& world) -> Task<> {
        world.fill(0x304050);
        const std::vector<std::int32_t> encodings{kZrle, kTight, kQuality8};
        const auto viewer = connect_viewer(world, encodings);
        co_await world.sleep(milliseconds(100));
        REQUIRE(wrong_pixels(world, viewer->pixels()) == 0);

        draw_photograph(world.display, kPhoto, 1);
        co_await world.sleep(milliseconds(100));
        REQUIRE(viewer->jpeg_pixels == static_cast<std::uint64_t>(kPhoto.area()));
        REQUIRE(wrong_pixels(world, viewer->pixels()) > kPhoto.area() / 4);
        REQUIRE(viewer->lossy() == Region(kPhoto));

        co_await world.sleep(seconds(1));
        REQUIRE(wrong_pixels(world, viewer->pixels()) == 0);
        REQUIRE(viewer->lossy().is_empty());
        REQUIRE(viewer->jpeg_pixels == static_cast<std::uint64_t>(kPhoto.area()));

        // Then nothing more comes, and nobody wakes up.
        const int updates = viewer->updates;
        co_await world.sleep(seconds(10));
        REQUIRE(viewer->updates == updates);
    });
}

TEST_CASE("without a quality level nothing is lossy", "[session_lossy]")
{
    play(kScreen, [](World& world) -> Task<> {
        const std::vector<std::int32_t> encodings{kZrle, kTight};
        const auto viewer = connect_viewer(world, encodings);
        draw_photograph(world.display, kPhoto, 1);
        co_await world.sleep(milliseconds(100));
        REQUIRE(viewer->jpeg_pixels == 0);
        REQUIRE(wrong_pixels(world, viewer->pixels()) == 0);
    });
}

TEST_CASE("what is quiet becomes exact beside a film that is not", "[session_lossy]")
{
    play(kScreen, [](World& world) -> Task<> {
        const Rect still{0, 0, 320, 96};
        const Rect film{0, 128, 320, 128};
        const std::vector<std::int32_t> encodings{kZrle, kTight, kQuality8};
        const auto viewer = connect_viewer(world, encodings);
        draw_photograph(world.display, still, 1);
        for (int frame = 2; frame < 60; ++frame) {
            draw_photograph(world.display, film, frame);
            co_await world.sleep(milliseconds(33));
        }
        REQUIRE((viewer->lossy() & Region(still)).is_empty());
        REQUIRE(viewer->lossy() == Region(film));
        // The film never went out exactly.
        REQUIRE(viewer->exact_pixels <
                static_cast<std::uint64_t>(kScreen.area() + still.area() + still.area() / 2));
        co_await world.sleep(seconds(1));
        REQUIRE(wrong_pixels(world, viewer->pixels()) == 0);
    });
}

TEST_CASE("a moved photograph is as lossy as it was, and becomes exact where it is",
          "[session_lossy]")
{
    play(kScreen, [](World& world) -> Task<> {
        const std::vector<std::int32_t> encodings{kZrle, kTight, 1, kQuality8};
        const auto viewer = connect_viewer(world, encodings);
        co_await world.sleep(milliseconds(100));
        const Rect before{0, 0, 320, 128};
        const Rect after{0, 128, 320, 128};
        draw_photograph(world.display, before, 1);
        co_await world.sleep(milliseconds(100));
        REQUIRE(viewer->lossy() == Region(before));

        const WritablePixelView back = world.display.back();
        for (std::int32_t y = 0; y < 128; ++y) {
            std::copy_n(back.row(y), 320, back.row(y + 128));
            std::fill_n(back.row(y), 320, 0x101010U);
        }
        const std::vector<CopyRect> moves{{after, {0, 0}}};
        world.display.frame(Region(Rect::of(kScreen)), moves);
        co_await world.sleep(milliseconds(50));
        REQUIRE(viewer->copies == 1);
        REQUIRE(viewer->lossy() == Region(after));
        REQUIRE(wrong_pixels(world, viewer->pixels()) > 0);
        co_await world.sleep(seconds(1));
        REQUIRE(wrong_pixels(world, viewer->pixels()) == 0);
    });
}

TEST_CASE("viewers in step share the refresh, too", "[session_lossy]")
{
    play(kScreen, [](World& world) -> Task<> {
        const std::vector<std::int32_t> encodings{kZrle, kTight, kQuality8};
        std::vector<std::shared_ptr<DecodingViewer>> viewers;
        for (int i = 0; i < 10; ++i) {
            viewers.push_back(connect_viewer(world, encodings));
        }
        co_await world.sleep(milliseconds(100));
        draw_photograph(world.display, kPhoto, 1);
        const std::uint64_t before = world.display.cache().statistics().encodings;
        co_await world.sleep(seconds(2));
        REQUIRE(world.display.cache().statistics().encodings - before == 2);
        for (const auto& viewer : viewers) {
            REQUIRE(wrong_pixels(world, viewer->pixels()) == 0);
        }
    });
}

TEST_CASE("a large refresh comes in pieces, and drawing goes in between", "[session_lossy]")
{
    play({1280, 800}, [](World& world) -> Task<> {
        const std::vector<std::int32_t> encodings{kZrle, kTight, kQuality8};
        const auto viewer = connect_viewer(world, encodings);
        co_await world.sleep(milliseconds(100));
        draw_photograph(world.display, {0, 0, 1280, 800}, 1);
        co_await world.sleep(milliseconds(400));
        const int before = viewer->updates;
        co_await world.sleep(seconds(2));
        REQUIRE(viewer->lossy().is_empty());
        REQUIRE(viewer->updates - before >= 4); // 256 kilopixels each
    });
}
