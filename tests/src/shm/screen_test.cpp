#include "src/sources/shm/screen.h"
#include "tests/src/shm/shm_support.h"
#include "tests/support/coroutine_loop.h"

#include <algorithm>
#include <cstdlib>

using namespace covnc;
using namespace covnc::shm;
using namespace covnc::shm_test;

namespace {

struct World
{
    World() = default;

    std::uint32_t back(std::int32_t x, std::int32_t y) { return display.back().at(x, y); }
    // Takes a surface of this size, full of `pixel`; returns its memory.
    FileDescriptor take(Size size, std::uint32_t pixel, std::uint32_t padding = 0)
    {
        const auto stride = static_cast<std::uint32_t>(size.width) * 4 + padding;
        FileDescriptor file = memory(stride * static_cast<std::size_t>(size.height), pixel);
        screen.set_surface({size, stride}, duplicate(file));
        return file;
    }

    test::VirtualLoop loop;
    ThreadPool pool{loop.loop, 1};
    Display display{loop.context(), pool, DisplaySettings()};
    shm::Screen screen{display};
};

void set_pixel(const FileDescriptor& file, std::size_t index, std::uint32_t pixel)
{
    REQUIRE(::pwrite(file.get(), &pixel, sizeof pixel, static_cast<off_t>(index * 4)) == 4);
}

} // namespace

TEST_CASE("a surface is shown with its first frame, size and all", "[shm]")
{
    World world;
    const FileDescriptor file = world.take({30, 20}, 0xff123456);
    CHECK(world.display.size() == Size{1024, 768});
    world.screen.frame();
    CHECK(world.display.size() == Size{30, 20});
    CHECK(world.back(0, 0) == 0x123456); // the top byte does not count
    CHECK(world.back(29, 19) == 0x123456);
    CHECK(world.display.framebuffer().front().at(29, 19) == 0x123456);
}

TEST_CASE("only what is damaged is copied", "[shm]")
{
    World world;
    const std::uint32_t padding = GENERATE(0U, 12U, 10'000U);
    const FileDescriptor file = world.take({30, 20}, 1, padding);
    world.screen.frame();
    const std::size_t row = 30 + padding / 4;
    for (std::size_t y = 0; y < 20; ++y) {
        for (std::size_t x = 0; x < 30; ++x) {
            set_pixel(file, y * row + x, static_cast<std::uint32_t>(1000 + y * 30 + x));
        }
    }
    world.screen.damage({{{3, 4, 5, 6}, {29, 19, 1, 1}, {0, 0, 0, 0}, {30, 20, 0, 0}}});
    world.screen.frame();
    for (std::int32_t y = 0; y < 20; ++y) {
        for (std::int32_t x = 0; x < 30; ++x) {
            const bool damaged = Rect{3, 4, 5, 6}.contains({x, y, 1, 1}) || (x == 29 && y == 19);
            const auto drawn = static_cast<std::uint32_t>(1000 + y * 30 + x);
            CAPTURE(x, y, padding);
            REQUIRE(world.back(x, y) == (damaged ? drawn : 1));
        }
    }
}

TEST_CASE("very much thin damage costs no more than the whole, and loses nothing", "[shm]")
{
    World world;
    const FileDescriptor file = world.take({200, 100}, 1);
    world.screen.frame();
    const std::vector<std::uint32_t> drawn(200 * 100, 2);
    REQUIRE(::pwrite(file.get(), drawn.data(), 80'000, 0) == 80'000);
    Damage columns;
    Damage rows;
    for (std::int32_t x = 0; x < 100; ++x) {
        columns.rects.push_back({2 * x, 0, 1, 99});
    }
    for (std::int32_t y = 0; y < 49; ++y) {
        rows.rects.push_back({0, 2 * y, 198, 1});
    }
    world.screen.damage(columns); // together some thousand rectangles
    world.screen.damage(rows);
    world.screen.frame();
    CHECK(world.back(0, 0) == 2);
    CHECK(world.back(198, 98) == 2);
    CHECK(world.back(199, 0) == 1); // outside of all of them
    CHECK(world.back(0, 99) == 1);
}

TEST_CASE("surfaces that cannot be are refused", "[shm]")
{
    World world;
    const FileDescriptor file = memory(400, 1);
    const auto refuse = [&](Size size, std::uint32_t stride) {
        CAPTURE(size.width, size.height, stride);
        CHECK_THROWS_AS(world.screen.set_surface({size, stride}, duplicate(file)), BadPicture);
        CHECK_THROWS_AS(world.screen.frame(), shm::ProtocolError); // none is kept
    };
    CHECK_NOTHROW(world.screen.set_surface({{10, 10}, 40}, duplicate(file)));
    refuse({0, 10}, 40);
    refuse({10, 0}, 40);
    refuse({10, 11}, 40);
    refuse({10, 10}, 39);
    refuse({10, 10}, 0);
    refuse({10, 10}, 41); // the last row ends too late
    refuse({10, 10}, 0xffffffff);
    refuse({1, kMaxSide}, 0xffffffff);
    refuse({kMaxSide, kMaxSide}, 0xffffffff);
    refuse({kMaxSide, 1}, 4 * static_cast<std::uint32_t>(kMaxSide));
    CHECK_NOTHROW(world.screen.set_surface({{10, 1}, 0xffffffff}, duplicate(file)));
    world.screen.frame();
    CHECK(world.display.size() == Size{10, 1});
}

TEST_CASE("a surface may not be larger than the display may", "[shm]")
{
    World world;
    DisplaySettings settings;
    settings.max_pixels = 100;
    settings.size = {10, 10};
    Display small(world.loop.context(), world.pool, settings);
    shm::Screen screen(small);
    CHECK_THROWS_AS(screen.set_surface({{101, 1}, 404}, memory(404)), shm::ProtocolError);
    CHECK_NOTHROW(screen.set_surface({{100, 1}, 400}, memory(400)));
}

TEST_CASE("only memory that cannot shrink is taken", "[shm]")
{
    World world;
    const auto refuse = [&](FileDescriptor file) {
        CHECK_THROWS_AS(world.screen.set_surface({{1, 1}, 4}, duplicate(file)), shm::ProtocolError);
        CHECK_THROWS_AS(world.screen.set_cursor({{1, 1}, {}}, std::move(file)), shm::ProtocolError);
    };
    refuse({});
    refuse(memory(4, 0, 0));
    refuse(memory(4, 0, F_SEAL_GROW | F_SEAL_WRITE));
    int ends[2] = {-1, -1};
    REQUIRE(::pipe(ends) == 0);
    refuse(FileDescriptor(ends[0]));
    refuse(FileDescriptor(ends[1]));
    char path[] = "/var/tmp/covnc-test-XXXXXX";
    FileDescriptor disk(::mkstemp(path));
    REQUIRE(::unlink(path) == 0);
    REQUIRE(::ftruncate(disk.get(), 4096) == 0);
    refuse(std::move(disk));
    refuse(FileDescriptor(::open("/dev/zero", O_RDONLY)));
    refuse(FileDescriptor(::open("/proc/self", O_RDONLY | O_DIRECTORY)));
    CHECK_NOTHROW(world.screen.set_surface({{1, 1}, 4}, memory(4)));
}

TEST_CASE("what is not sealed as it should be and shrinks is an error, not a crash", "[shm]")
{
    // The seal makes it impossible; the copy does not rely on it.
    World world;
    FileDescriptor file = memory(400, 1, 0);
    SharedSurface surface(duplicate(file), 0, {10, 10}, 40, 0x20020888);
    REQUIRE(::ftruncate(file.get(), 399) == 0);
    CHECK_THROWS_AS(surface.copy({0, 0, 10, 10}, world.display.back()), BadPicture);
    CHECK_NOTHROW(surface.copy({0, 0, 10, 9}, world.display.back()));
    const FileDescriptor sealed = memory(400);
    CHECK(::ftruncate(sealed.get(), 399) != 0);
}

TEST_CASE("damage and frames want a surface, and damage stays inside", "[shm]")
{
    World world;
    CHECK_THROWS_AS(world.screen.frame(), shm::ProtocolError);
    CHECK_THROWS_AS(world.screen.damage({{{0, 0, 1, 1}}}), shm::ProtocolError);
    const FileDescriptor file = world.take({30, 20}, 1);
    CHECK_NOTHROW(world.screen.damage({{{0, 0, 30, 20}}}));
    for (const Rect& rect : {Rect{0, 0, 31, 1},
                             Rect{0, 0, 1, 21},
                             Rect{30, 0, 1, 1},
                             Rect{0, 20, 1, 1},
                             Rect{kMaxSide, kMaxSide, kMaxSide, kMaxSide}}) {
        CHECK_THROWS_AS(world.screen.damage({{rect}}), shm::ProtocolError);
    }
}

TEST_CASE("damage of an old surface does not count for the new one", "[shm]")
{
    World world;
    const FileDescriptor large = world.take({30, 20}, 1);
    world.screen.damage({{{29, 19, 1, 1}}});
    const FileDescriptor small = world.take({10, 5}, 2);
    world.screen.frame();
    CHECK(world.display.size() == Size{10, 5});
    CHECK(world.back(9, 4) == 2);
}

TEST_CASE("a cursor is copied, its hot spot kept inside, and an empty one hides it", "[shm]")
{
    World world;
    world.screen.set_cursor({{2, 3}, {256, 1}}, memory(24, 0x80ff00ff));
    const Cursor& cursor = world.display.cursor().value;
    CHECK(cursor.size == Size{2, 3});
    CHECK(cursor.hotspot == Point{1, 1});
    CHECK(cursor.pixels == std::vector<std::uint32_t>(6, 0x80ff00ff));
    CHECK_THROWS_AS(world.screen.set_cursor({{2, 3}, {}}, memory(23)), shm::ProtocolError);
    CHECK(cursor.size == Size{2, 3});
    world.screen.set_cursor({{2, 0}, {}}, {});
    CHECK(cursor.pixels.empty());
    CHECK_NOTHROW(world.screen.set_cursor({{256, 256}, {}}, memory(262'144)));
}
