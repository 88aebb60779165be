#include "src/sources/shared_surface.h"
#include "tests/src/qemu/screen_support.h"

#include <catch2/catch.hpp>

#include <cstdio>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace covnc;
using namespace covnc::qemu_test;

namespace {

constexpr std::uint32_t kOffset = 12;

FileDescriptor memory_with(std::uint32_t offset, const std::vector<std::uint8_t>& bytes)
{
    FileDescriptor file(memfd_create("picture", MFD_CLOEXEC));
    REQUIRE(file);
    REQUIRE(::pwrite(file.get(), bytes.data(), bytes.size(), offset) ==
            static_cast<ssize_t>(bytes.size()));
    return file;
}

FileDescriptor duplicate(const FileDescriptor& file)
{
    return FileDescriptor(fcntl(file.get(), F_DUPFD_CLOEXEC, 0));
}

} // namespace

TEST_CASE("a shared picture is read from its offset, and again when it changed", "[shared_surface]")
{
    const Size size{600, 300}; // more than one read
    const FileDescriptor file = memory_with(kOffset, filled(size, 3));
    SharedSurface surface(duplicate(file), kOffset, size, row_bytes(size), kX8r8g8b8);
    std::vector<std::uint32_t> pixels(static_cast<std::size_t>(size.area()), 99);
    const WritablePixelView view(pixels.data(), size, size.width);
    surface.copy(Rect::of(size), view);
    CHECK(std::count(pixels.begin(), pixels.end(), 3U) == size.area());

    const auto changed = filled(size, 4);
    REQUIRE(::pwrite(file.get(), changed.data(), changed.size(), kOffset) > 0);
    surface.copy({10, 20, 5, 6}, view);
    CHECK(std::count(pixels.begin(), pixels.end(), 4U) == 30);
    CHECK(view.at(10, 20) == 4);
    CHECK(view.at(14, 25) == 4);
    CHECK(view.at(9, 20) == 3);
    CHECK(view.at(15, 25) == 3);
}

TEST_CASE("a shared picture that ends early is refused, and later only fails", "[shared_surface]")
{
    const Size size{8, 8};
    const FileDescriptor file = memory_with(kOffset, filled(size, 3));
    CHECK_THROWS_AS(SharedSurface(duplicate(file), kOffset + 1, size, 32, kX8r8g8b8), BadPicture);
    CHECK_THROWS_AS(SharedSurface(duplicate(file), 0xffffffff, size, 32, kX8r8g8b8), BadPicture);
    CHECK_THROWS_AS(SharedSurface(duplicate(file), 0, size, 0xffffffff, kX8r8g8b8), BadPicture);
    SharedSurface surface(duplicate(file), kOffset, size, 32, kX8r8g8b8);
    REQUIRE(ftruncate(file.get(), 100) == 0);
    std::vector<std::uint32_t> pixels(64);
    CHECK_THROWS_AS(surface.copy(Rect::of(size), {pixels.data(), size, 8}), BadPicture);
}

TEST_CASE("only memory is taken as a shared picture", "[shared_surface]")
{
    int ends[2] = {-1, -1};
    REQUIRE(::pipe(ends) == 0);
    const FileDescriptor writer(ends[1]);
    CHECK_THROWS_AS(SharedSurface(FileDescriptor(ends[0]), 0, {1, 1}, 4, kX8r8g8b8), BadPicture);
    CHECK_THROWS_AS(SharedSurface(FileDescriptor(), 0, {1, 1}, 4, kX8r8g8b8), BadPicture);
    CHECK_THROWS_AS(
        SharedSurface(FileDescriptor(::open("/dev/zero", O_RDONLY)), 0, {1, 1}, 4, kX8r8g8b8),
        BadPicture);
}

TEST_CASE("an impossible shared picture is refused", "[shared_surface]")
{
    const FileDescriptor file = memory_with(0, filled({64, 64}, 3));
    CHECK_THROWS_AS(SharedSurface(duplicate(file), 0, {0, 1}, 4, kX8r8g8b8), BadPicture);
    CHECK_THROWS_AS(SharedSurface(duplicate(file), 0, {-1, 1}, 4, kX8r8g8b8), BadPicture);
    CHECK_THROWS_AS(SharedSurface(duplicate(file), 0, {2, 1}, 7, kX8r8g8b8), BadPicture);
    CHECK_THROWS_AS(SharedSurface(duplicate(file), 0, {2, 1}, 8, 0), BadPicture);
    CHECK_THROWS_AS(SharedSurface(duplicate(file), 0, {kMaxSide + 1, 1}, 4, kX8r8g8b8), BadPicture);
}
