// Scrolling that no source told of: who is sent copies, and who pixels.
#include "tests/rfb/session_world.h"

#include <catch2/catch.hpp>

#include <random>

using namespace covnc;
using namespace covnc::test;

namespace {

constexpr Size kScreen{320, 128};
constexpr std::int32_t kLine = 17; // new rows of each frame
// More than between two commits, and so little that nobody takes the viewer's link for a slow one.
constexpr Duration kTick = std::chrono::milliseconds(17);
constexpr const char* kTakesCopies = "02 00 0002 00000000 00000001";
constexpr const char* kAskAll = "03 00 0000 0000 0140 0080";
constexpr const char* kAskChanges = "03 01 0000 0000 0140 0080";
constexpr const char* kWholePicture = "00 00 0001 0000 0000 0140 0080 00000000";
// Rows 17 .. 127 go to the top, and 17 new ones follow as pixels.
constexpr const char* kCopyAndNewLine = "00 00 0002 0000 0000 0140 006f 00000001 0000 0011"
                                        "0000 006f 0140 0011 00000000";

// The bytes of rows as Raw sends them in the format of log_in(), and as little-endian machines have
// them.
Bytes raw_rows(const World& world, std::int32_t first, std::int32_t count)
{
    Bytes bytes;
    for (std::int32_t y = first; y < first + count; ++y) {
        for (std::int32_t x = 0; x < kScreen.width; ++x) {
            const std::uint32_t rgb = world.display.framebuffer().front().at(x, y);
            for (const unsigned shift : {0U, 8U, 16U, 24U}) {
                bytes.push_back(static_cast<std::uint8_t>(rgb >> shift));
            }
        }
    }
    return bytes;
}

// Noise below; at first everywhere.
void scroll(World& world, std::int32_t rows, std::uint32_t seed)
{
    std::mt19937 random(seed);
    const WritablePixelView back = world.display.back();
    for (std::int32_t y = 0; y < kScreen.height; ++y) {
        if (y + rows < kScreen.height) {
            std::copy_n(back.row(y + rows), kScreen.width, back.row(y));
            continue;
        }
        for (std::int32_t x = 0; x < kScreen.width; ++x) {
            back.at(x, y) = static_cast<std::uint32_t>(random()) & 0xffffffU;
        }
    }
    world.display.frame(Rect::of(kScreen));
}

Task<> expect_whole_picture(World& world, Peer& peer)
{
    co_await peer.expect(kWholePicture);
    const Bytes got = co_await peer.read(static_cast<std::size_t>(kScreen.area()) * 4);
    const bool is_right = got == raw_rows(world, 0, kScreen.height);
    CHECK(is_right);
}

Task<> expect_copy_and_new_line(World& world, Peer& peer)
{
    co_await peer.expect(kCopyAndNewLine);
    const Bytes got = co_await peer.read(static_cast<std::size_t>(kScreen.width * kLine) * 4);
    const bool is_right = got == raw_rows(world, kScreen.height - kLine, kLine);
    CHECK(is_right);
}

} // namespace

TEST_CASE("who takes copies and is in step is sent the new line only", "[scroll]")
{
    play(kScreen, [](World& world) -> Task<> {
        scroll(world, kScreen.height, 1);
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(std::string(kTakesCopies) + kAskAll);
        co_await expect_whole_picture(world, peer);
        for (std::uint32_t i = 2; i < 6; ++i) {
            co_await peer.send(kAskChanges);
            co_await world.sleep(kTick);
            scroll(world, kLine, i);
            co_await expect_copy_and_new_line(world, peer);
        }
    });
}

TEST_CASE("who takes no copies, or lags behind alone, is sent pixels", "[scroll]")
{
    play(kScreen, [](World& world) -> Task<> {
        scroll(world, kScreen.height, 1);
        Peer& plain = world.connect();
        Peer& behind = world.connect();
        co_await plain.log_in();
        co_await behind.log_in();
        co_await plain.send(kAskAll);
        co_await behind.send(std::string(kTakesCopies) + kAskAll);
        for (Peer& peer : world.peers) {
            co_await expect_whole_picture(world, peer);
        }
        for (std::uint32_t i = 2; i < 4; ++i) {
            co_await plain.send(kAskChanges);
            co_await world.sleep(kTick);
            scroll(world, kLine, i);
            co_await expect_whole_picture(world, plain);
        }
        co_await behind.send(kAskChanges);
        co_await expect_whole_picture(world, behind);
        // It has caught up.
        co_await behind.send(kAskChanges);
        co_await world.sleep(kTick);
        scroll(world, kLine, 4);
        co_await expect_copy_and_new_line(world, behind);
    });
}

TEST_CASE("who lags behind is sent what others were sent, copies too, in order", "[scroll]")
{
    play(kScreen, [](World& world) -> Task<> {
        scroll(world, kScreen.height, 1);
        Peer& in_step = world.connect();
        Peer& behind = world.connect();
        for (Peer& peer : world.peers) {
            co_await peer.log_in();
            co_await peer.send(std::string(kTakesCopies) + kAskAll);
            co_await expect_whole_picture(world, peer);
        }
        Bytes both;
        for (std::uint32_t i = 2; i < 4; ++i) {
            co_await in_step.send(kAskChanges);
            co_await world.sleep(kTick);
            scroll(world, kLine, i);
            co_await expect_copy_and_new_line(world, in_step);
            const Bytes head = hex(kCopyAndNewLine);
            both.insert(both.end(), head.begin() + 4, head.end());
            const Bytes line = raw_rows(world, kScreen.height - kLine, kLine);
            both.insert(both.end(), line.begin(), line.end());
        }
        co_await behind.send(kAskChanges);
        co_await behind.expect("00 00 0004");
        const Bytes got = co_await behind.read(both.size());
        const bool is_right = got == both;
        CHECK(is_right);
    });
}

TEST_CASE("what a pixel costs is not learnt from what moves leave", "[scroll]")
{
    play(kScreen, [](World& world) -> Task<> {
        scroll(world, kScreen.height, 1);
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(std::string(kTakesCopies) + kAskAll);
        co_await expect_whole_picture(world, peer);
        const auto cost = [&] {
            return world.display.cache().bytes_per_pixel(peer.session().position().update_class);
        };
        const double before = cost();
        co_await peer.send(kAskChanges);
        co_await world.sleep(kTick);
        scroll(world, kLine, 2);
        co_await expect_copy_and_new_line(world, peer);
        CHECK(cost() == before);
    });
}

TEST_CASE("nobody looks for moves while nobody takes them", "[scroll]")
{
    play(kScreen, [](World& world) -> Task<> {
        scroll(world, kScreen.height, 1);
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(kAskAll);
        co_await expect_whole_picture(world, peer);
        co_await world.sleep(kTick);
        scroll(world, kLine, 2);
        CHECK(world.display.framebuffer().latest_moves().copies.empty());
        co_await peer.send(kTakesCopies);
        co_await world.sleep(kTick);
        scroll(world, kLine, 3);
        CHECK(world.display.framebuffer().latest_moves().copies.size() == 1);
        peer.vanish();
        co_await world.sleep(kTick);
        scroll(world, kLine, 4);
        CHECK(world.display.framebuffer().latest_moves().copies.empty());
    });
}
