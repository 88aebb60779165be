#include "tests/src/qemu/screen_support.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::qemu_test;

namespace {

PixelBlock block(Size size, const std::vector<std::uint8_t>& bytes)
{
    return {size, row_bytes(size), kX8r8g8b8, bytes};
}

} // namespace

TEST_CASE("a scanout gives the display its size and pixels", "[qemu_screen]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1});
        QemuScreen screen(consoles, 0);
        screen.scanout(block({40, 30}, filled({40, 30}, 0x123456)));
        screen.flush();
        CHECK(display.size() == Size{40, 30});
        CHECK(display.framebuffer().front().at(0, 0) == 0x123456);
        CHECK(display.framebuffer().front().at(39, 29) == 0x123456);
    });
}

TEST_CASE("an update draws what it covers and no more", "[qemu_screen]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1});
        QemuScreen screen(consoles, 0);
        screen.scanout(block({40, 30}, filled({40, 30}, 1)));
        CHECK(screen.update({38, 28}, block({2, 2}, filled({2, 2}, 2))));
        CHECK(display.back().at(37, 28) == 1);
        CHECK(display.back().at(38, 27) == 1);
        CHECK(display.back().at(38, 28) == 2);
        CHECK(display.back().at(39, 29) == 2);
    });
}

TEST_CASE("an update outside draws nothing, however far outside", "[qemu_screen]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1});
        QemuScreen screen(consoles, 0);
        screen.scanout(block({40, 30}, filled({40, 30}, 1)));
        screen.flush();
        const std::uint64_t version = display.framebuffer().version();
        const auto bytes = filled({2, 2}, 2);
        constexpr std::int32_t kFar = 0x7fffffff;
        CHECK_FALSE(screen.update({39, 0}, block({2, 2}, bytes)));
        CHECK_FALSE(screen.update({0, 29}, block({2, 2}, bytes)));
        CHECK_FALSE(screen.update({kFar, kFar}, block({2, 2}, bytes)));
        CHECK_FALSE(screen.update({0, 0}, block({41, 1}, filled({41, 1}, 2))));
        CHECK_THROWS_AS(screen.update({-1, 0}, block({2, 2}, bytes)), BadPicture);
        CHECK_THROWS_AS(screen.update({0, -kFar}, block({2, 2}, bytes)), BadPicture);
        screen.flush();
        CHECK(display.framebuffer().version() == version);
    });
}

TEST_CASE("a picture that cannot be is refused", "[qemu_screen]")
{
    const auto bytes = filled({4, 4}, 0);
    CHECK_NOTHROW(PixelBlock({4, 4}, 16, kX8r8g8b8, bytes));
    CHECK_THROWS_AS(PixelBlock({4, 4}, 15, kX8r8g8b8, bytes), BadPicture);
    CHECK_THROWS_AS(PixelBlock({4, 4}, 0, kX8r8g8b8, bytes), BadPicture);
    CHECK_THROWS_AS(PixelBlock({4, 4}, 17, kX8r8g8b8, bytes), BadPicture); // 67 bytes needed
    CHECK_THROWS_AS(PixelBlock({4, 4}, 0xffffffff, kX8r8g8b8, bytes), BadPicture);
    CHECK_THROWS_AS(PixelBlock({4, 5}, 16, kX8r8g8b8, bytes), BadPicture);
    CHECK_THROWS_AS(PixelBlock({4, 4}, 16, 0x1234, bytes), BadPicture);
    for (const Size size :
         {Size{0, 4}, Size{4, 0}, Size{-4, 4}, Size{4, -4}, Size{-4, -4}, Size{kMaxSide + 1, 1}}) {
        CHECK_THROWS_AS(PixelBlock(size, 0xffffffff, kX8r8g8b8, bytes), BadPicture);
    }
    // One byte less than the last pixel's end; its row's padding may be missing.
    CHECK_NOTHROW(PixelBlock({2, 2}, 20, kX8r8g8b8, std::span(bytes).first(28)));
    CHECK_THROWS_AS(PixelBlock({2, 2}, 20, kX8r8g8b8, std::span(bytes).first(27)), BadPicture);
}

TEST_CASE("what was drawn stays when the size becomes known later", "[qemu_screen]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1});
        QemuScreen screen(consoles, 0);
        screen.scanout(block({40, 30}, filled({40, 30}, 7)));
        screen.resize({50, 20});
        CHECK(display.size() == Size{50, 20});
        CHECK(display.back().at(39, 19) == 7);
        CHECK(display.back().at(40, 0) == 0);
        screen.flush();
        CHECK(display.framebuffer().front().at(39, 19) == 7);
        CHECK_THROWS_AS(screen.resize({0, 20}), BadPicture);
        CHECK_THROWS_AS(screen.resize({kMaxSide + 1, 20}), BadPicture);
        CHECK(display.size() == Size{50, 20});
    });
}

TEST_CASE("a pointer is shown when it is defined and visible", "[qemu_screen]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1});
        QemuScreen screen(consoles, 0);
        const auto bytes = filled({2, 3}, 0xabcdef);
        screen.define_cursor({2, 3}, {1, 2}, bytes);
        CHECK(display.cursor().value.size == Size{2, 3});
        CHECK(display.cursor().value.hotspot == Point{1, 2});
        CHECK(display.cursor().value.pixels == std::vector<std::uint32_t>(6, 0x5aabcdef));
        screen.show_cursor(false);
        CHECK(display.cursor().value.size.is_empty());
        screen.define_cursor({1, 1}, {9, -9}, bytes);
        CHECK(display.cursor().value.size.is_empty()); // hidden still
        screen.show_cursor(true);
        CHECK(display.cursor().value.size == Size{1, 1});
        CHECK(display.cursor().value.hotspot == Point{0, 0});
    });
}

TEST_CASE("a pointer that cannot be is refused and the old one stays", "[qemu_screen]")
{
    run([](Display& display) {
        SideBySide consoles(display, {1});
        QemuScreen screen(consoles, 0);
        const auto bytes = filled({2, 3}, 1);
        screen.define_cursor({2, 3}, {0, 0}, bytes);
        CHECK_THROWS_AS(screen.define_cursor({65535, 65535}, {0, 0}, bytes), BadPicture);
        CHECK_THROWS_AS(screen.define_cursor({-1, 1}, {0, 0}, bytes), BadPicture);
        CHECK_THROWS_AS(screen.define_cursor({1, -1}, {0, 0}, bytes), BadPicture);
        CHECK_THROWS_AS(screen.define_cursor({3, 3}, {0, 0}, bytes), BadPicture);
        CHECK(display.cursor().value.size == Size{2, 3});
        screen.define_cursor({0, 0}, {0, 0}, {});
        CHECK(display.cursor().value.size.is_empty());
    });
}
