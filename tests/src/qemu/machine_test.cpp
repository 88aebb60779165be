#include "tests/src/qemu/fake_qemu.h"
#include "tests/src/qemu/machine_world.h"
#include "tests/src/qemu/screen_support.h"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/mman.h>

using namespace covnc;
using namespace covnc::qemu_test;

namespace {

constexpr const char* kMap = "org.qemu.Display1.Listener.Unix.Map";

DbusMessage scanout_map(FakeQemu& qemu, int file, Size size)
{
    DbusMessage message = qemu.listener_call("ScanoutMap", kMap);
    append(message, "huuuuu", file, 8, size.width, size.height, row_bytes(size), kX8r8g8b8);
    return message;
}

} // namespace

TEST_CASE("scanouts and updates give the machine's picture", "[qemu]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        CHECK(world.qemu.offers_map());
        CHECK(world.display.name().value == "testvm");
        world.qemu.scanout({64, 48}, 0x111111);
        world.qemu.update({60, 40, 4, 8}, 0x222222);
        co_await world.settle();
        CHECK(world.display.size() == Size{64, 48});
        CHECK(world.pixel(0, 0) == 0x111111);
        CHECK(world.pixel(63, 47) == 0x222222);
        CHECK(world.pixel(59, 47) == 0x111111);
        world.qemu.scanout({100, 20}, 0x333333);
        world.qemu.resize(100, 20);
        co_await world.settle();
        CHECK(world.display.size() == Size{100, 20});
        CHECK(world.pixel(99, 19) == 0x333333);
    });
}

TEST_CASE("updates of a new size wait until the machine has told it", "[qemu]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        world.qemu.scanout({64, 48}, 0x111111);
        co_await world.settle();
        // The machine has a new size, and nothing has told us yet but its pixels.
        world.qemu.width = 72;
        world.qemu.height = 40;
        world.qemu.update({0, 0, 72, 16}, 0x222222);
        world.qemu.update({0, 16, 72, 24}, 0x333333);
        co_await world.settle();
        CHECK(world.display.size() == Size{72, 40});
        CHECK(world.pixel(71, 15) == 0x222222);
        CHECK(world.pixel(71, 39) == 0x333333);
    });
}

TEST_CASE("the machine's size may be told before its pixels come", "[qemu]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        world.qemu.scanout({64, 48}, 0x111111);
        world.qemu.resize(72, 40);
        co_await world.settle();
        CHECK(world.display.size() == Size{72, 40});
        world.qemu.update({0, 0, 72, 40}, 0x222222);
        world.qemu.update({0, 0, 64, 48}, 0x999999); // late, of the old size: it does not fit
        co_await world.settle();
        CHECK(world.display.size() == Size{72, 40});
        CHECK(world.pixel(71, 39) == 0x222222);
        CHECK(world.pixel(0, 0) == 0x222222);
    });
}

TEST_CASE("a late picture of the old size does not stay", "[qemu]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        world.qemu.resize(32, 20);
        co_await world.settle();
        world.qemu.scanout({64, 48}, 0x111111);
        co_await world.settle();
        CHECK(world.display.size() == Size{32, 20});
    });
}

TEST_CASE("what a machine cannot mean changes nothing and ends nothing", "[qemu]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        world.qemu.scanout({64, 48}, 0x111111);
        co_await world.settle();
        const std::uint64_t version = world.display.framebuffer().version();
        const std::vector<std::uint8_t> bytes = filled({64, 48}, 0x999999);
        struct Picture
        {
            std::uint32_t width, height, stride, format;
        };
        const std::vector<Picture> pictures{{64, 48, 255, kX8r8g8b8},
                                            {64, 49, 256, kX8r8g8b8},
                                            {0, 48, 256, kX8r8g8b8},
                                            {64, 0, 256, kX8r8g8b8},
                                            {0xffffffff, 48, 256, kX8r8g8b8},
                                            {0xffffffff, 0xffffffff, 0xffffffff, kX8r8g8b8},
                                            {64, 48, 0xffffffff, kX8r8g8b8},
                                            {64, 48, 256, 0x12345678}};
        for (const Picture& picture : pictures) {
            DbusMessage scanout = world.qemu.listener_call("Scanout");
            append(scanout, "uuuu", picture.width, picture.height, picture.stride, picture.format);
            sd_bus_message_append_array(scanout.get(), 'y', bytes.data(), bytes.size());
            world.qemu.send_to_listener(std::move(scanout));
            DbusMessage update = world.qemu.listener_call("Update");
            append(update,
                   "iiiiuu",
                   0,
                   0,
                   picture.width,
                   picture.height,
                   picture.stride,
                   picture.format);
            sd_bus_message_append_array(update.get(), 'y', bytes.data(), bytes.size());
            world.qemu.send_to_listener(std::move(update));
        }
        world.qemu.update({-1, 0, 2, 2}, 0x999999);
        world.qemu.update({63, 47, 2, 2}, 0x999999);
        world.qemu.update({0x7fffffff, 0x7fffffff, 2, 2}, 0x999999);
        co_await world.settle();
        CHECK(world.display.framebuffer().version() == version);
        world.qemu.update({0, 0, 1, 1}, 0x222222);
        co_await world.settle();
        CHECK(world.pixel(0, 0) == 0x222222);
    });
}

TEST_CASE("messages of wrong types or unknown names are refused, and the next one works", "[qemu]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        world.qemu.scanout({64, 48}, 0x111111);
        for (const char* member : {"Scanout",
                                   "Update",
                                   "CursorDefine",
                                   "MouseSet",
                                   "Disable",
                                   "ScanoutDMABUF",
                                   "Nope"}) {
            DbusMessage message = world.qemu.listener_call(member);
            append(message, "s", "text");
            world.qemu.send_to_listener(std::move(message));
            DbusMessage empty = world.qemu.listener_call(member, kMap);
            world.qemu.send_to_listener(std::move(empty));
        }
        DbusMessage huge_cursor = world.qemu.listener_call("CursorDefine");
        append(huge_cursor, "iiiiay", 65535, 65535, 0, 0, 0);
        world.qemu.send_to_listener(std::move(huge_cursor));
        DbusMessage asked = world.qemu.listener_call("Nope");
        std::string error;
        try {
            co_await world.qemu.call_listener(std::move(asked));
        } catch (const DbusCallError& refusal) {
            error = refusal.name();
        }
        CHECK(error == "org.freedesktop.DBus.Error.UnknownMethod");
        co_await world.settle();
        CHECK(world.display.cursor().count == 0);
        world.qemu.update({0, 0, 1, 1}, 0x222222);
        co_await world.settle();
        CHECK(world.pixel(0, 0) == 0x222222);
    });
}

TEST_CASE("the largest picture that D-Bus can carry arrives", "[qemu]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        world.qemu.width = 4096;
        world.qemu.height = 4096;
        world.qemu.scanout({4096, 4096}, 0x123456);
        co_await world.settle();
        CHECK(world.display.size() == Size{4096, 4096});
        CHECK(world.pixel(4095, 4095) == 0x123456);
    });
}

TEST_CASE("a shared picture is shown, followed, and left for a sent one", "[qemu]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        const Size size{64, 48};
        const FileDescriptor file(memfd_create("picture", MFD_CLOEXEC));
        const std::vector<std::uint8_t> first = filled(size, 0x111111);
        REQUIRE(::pwrite(file.get(), first.data(), first.size(), 8) > 0);
        DbusMessage scanout = scanout_map(world.qemu, file.get(), size);
        co_await world.qemu.call_listener(std::move(scanout));
        co_await world.settle();
        CHECK(world.pixel(63, 47) == 0x111111);

        const std::vector<std::uint8_t> second = filled(size, 0x222222);
        REQUIRE(::pwrite(file.get(), second.data(), second.size(), 8) > 0);
        DbusMessage update = world.qemu.listener_call("UpdateMap", kMap);
        append(update, "iiii", 10, 10, 5, 5);
        world.qemu.send_to_listener(std::move(update));
        co_await world.settle();
        CHECK(world.pixel(14, 14) == 0x222222);
        CHECK(world.pixel(15, 15) == 0x111111);

        world.qemu.scanout(size, 0x333333);
        DbusMessage stale = world.qemu.listener_call("UpdateMap", kMap);
        append(stale, "iiii", 0, 0, 5, 5);
        world.qemu.send_to_listener(std::move(stale));
        co_await world.settle();
        CHECK(world.pixel(0, 0) == 0x333333);
    });
}

TEST_CASE("a shared picture that cannot be is refused with an error, for QEMU to send it", "[qemu]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        const FileDescriptor file(memfd_create("picture", MFD_CLOEXEC));
        REQUIRE(ftruncate(file.get(), 100) == 0);
        DbusMessage scanout = scanout_map(world.qemu, file.get(), Size{64, 48});
        bool was_refused = false;
        try {
            co_await world.qemu.call_listener(std::move(scanout));
        } catch (const DbusCallError&) {
            was_refused = true;
        }
        CHECK(was_refused);
        world.qemu.scanout({64, 48}, 0x333333);
        co_await world.settle();
        CHECK(world.pixel(0, 0) == 0x333333);
    });
}

TEST_CASE("the pointer's picture follows CursorDefine and MouseSet", "[qemu]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        const std::vector<std::uint8_t> bytes = filled({2, 3}, 0xabcdef);
        DbusMessage define = world.qemu.listener_call("CursorDefine");
        append(define, "iiii", 2, 3, 1, 1);
        sd_bus_message_append_array(define.get(), 'y', bytes.data(), bytes.size());
        world.qemu.send_to_listener(std::move(define));
        co_await world.settle();
        CHECK(world.display.cursor().value.size == Size{2, 3});
        DbusMessage hide = world.qemu.listener_call("MouseSet");
        append(hide, "iii", 5, 5, 0);
        world.qemu.send_to_listener(std::move(hide));
        co_await world.settle();
        CHECK(world.display.cursor().value.size.is_empty());
    });
}
