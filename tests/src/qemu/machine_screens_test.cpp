#include "src/source.h"
#include "tests/src/qemu/machine_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::qemu_test;

namespace {

void two_consoles(FakeQemu& qemu)
{
    qemu.consoles = {0, 1};
    qemu.can_resize = true;
}

ScreenLayout two_screens(Size first, Size second)
{
    const Size whole{first.width + second.width, std::max(first.height, second.height)};
    return {whole,
            {{1, Rect::of(first), 0}, {2, {first.width, 0, second.width, second.height}, 0}}};
}

PointerInput pointing(Point position, std::uint16_t buttons)
{
    PointerInput input;
    input.position = position;
    input.buttons = buttons;
    return input;
}

} // namespace

TEST_CASE("all consoles of a machine are shown side by side", "[qemu]")
{
    run_story_of_all(two_consoles, [](World& world) -> Task<> {
        co_await world.settle();
        CHECK(world.display.layout().value == two_screens({64, 48}, {32, 60}));
        world.qemu.scanout({64, 48}, 0x111111);
        world.qemu.console = 1;
        world.qemu.scanout({32, 60}, 0x222222);
        world.qemu.update({30, 58, 2, 2}, 0x333333);
        co_await world.settle();
        CHECK(world.pixel(63, 47) == 0x111111);
        CHECK(world.pixel(0, 48) == 0);
        CHECK(world.pixel(64, 0) == 0x222222);
        CHECK(world.pixel(95, 59) == 0x333333);
    });
}

TEST_CASE("whichever console changes its size, the other goes on being shown", "[qemu]")
{
    run_story_of_all(two_consoles, [](World& world) -> Task<> {
        co_await world.settle();
        world.qemu.scanout({64, 48}, 0x111111);
        world.qemu.console = 1;
        world.qemu.scanout({32, 60}, 0x222222);
        co_await world.settle();
        world.qemu.scanout({20, 20}, 0x333333);
        world.qemu.resize(20, 20);
        co_await world.settle();
        CHECK(world.display.layout().value == two_screens({64, 48}, {20, 20}));
        CHECK(world.pixel(63, 47) == 0x111111);
        CHECK(world.pixel(83, 19) == 0x333333);
        CHECK(world.pixel(83, 20) == 0);
        world.qemu.console = 0;
        world.qemu.resize(100, 30); // told before its picture comes
        co_await world.settle();
        CHECK(world.display.layout().value == two_screens({100, 30}, {20, 20}));
        CHECK(world.pixel(63, 29) == 0x111111);
        CHECK(world.pixel(64, 0) == 0);
        CHECK(world.pixel(100, 0) == 0x333333);
    });
}

TEST_CASE("one tablet spans all consoles", "[qemu]")
{
    run_story_of_all(two_consoles, [](World& world) -> Task<> {
        co_await world.settle();
        // The display has 96x60 pixels, the first and larger console 64x48.
        world.machine.pointer(pointing({0, 0}, 0));
        world.machine.pointer(pointing({48, 30}, 0));
        world.machine.pointer(pointing({95, 59}, kButtonLeft));
        world.machine.pointer(pointing({0, 0}, 0));
        co_await world.settle();
        CHECK(world.qemu.calls() == std::vector<std::string>{"Mouse.SetAbsPosition 0 0",
                                                             "Mouse.SetAbsPosition 32 24",
                                                             "Mouse.SetAbsPosition 63 47",
                                                             "Mouse.Press 0",
                                                             "Mouse.SetAbsPosition 0 0",
                                                             "Mouse.Release 0"});
    });
}

TEST_CASE("of several tablets that below the pointer moves, as long as a button is held", "[qemu]")
{
    QemuOptions options;
    options.has_tablet_for_each = true;
    run_story_of_all(two_consoles, options, [](World& world) -> Task<> {
        co_await world.settle();
        world.machine.pointer(pointing({63, 55}, 0));
        world.machine.pointer(pointing({66, 55}, kButtonLeft));
        world.machine.pointer(pointing({5, 6}, kButtonLeft));
        world.machine.pointer(pointing({5, 6}, 0));
        world.machine.pointer(pointing({5, 7}, 0));
        KeyInput key;
        key.keysym = 'a';
        key.down = true;
        world.machine.key(key);
        co_await world.settle();
        CHECK(world.qemu.calls() == std::vector<std::string>{"Mouse.SetAbsPosition 63 47",
                                                             "Console_1 Mouse.SetAbsPosition 2 55",
                                                             "Console_1 Mouse.Press 0",
                                                             "Console_1 Mouse.SetAbsPosition 0 6",
                                                             "Console_1 Mouse.Release 0",
                                                             "Mouse.SetAbsPosition 5 7",
                                                             "Keyboard.Press 30"});
    });
}

TEST_CASE("a wish for two screens goes to both consoles, others are refused", "[qemu]")
{
    run_story_of_all(two_consoles, [](World& world) -> Task<> {
        co_await world.settle();
        QemuMachine& machine = world.machine;
        CHECK(machine.request_layout(two_screens({80, 60}, {40, 30})) == ResizeStatus::kForwarded);
        CHECK(machine.request_layout(ScreenLayout::single({96, 61})) ==
              ResizeStatus::kInvalidLayout);
        ScreenLayout below = two_screens({80, 60}, {40, 30});
        below.screens[1].area = {0, 30, 40, 30};
        CHECK(machine.request_layout(below) == ResizeStatus::kInvalidLayout);
        co_await world.settle();
        CHECK(world.qemu.calls() ==
              std::vector<std::string>{"Console.SetUIInfo 0 0 80 60",
                                       "Console_1 Console.SetUIInfo 80 0 40 30"});
    });
}

TEST_CASE("consoles that keep their size are not asked again", "[qemu]")
{
    const Setting stiff = [](FakeQemu& qemu) { qemu.consoles = {0, 1}; };
    run_story_of_all(stiff, [](World& world) -> Task<> {
        co_await world.settle();
        const ScreenLayout wanted = two_screens({80, 60}, {40, 30});
        CHECK(world.machine.request_layout(wanted) == ResizeStatus::kForwarded);
        co_await world.settle();
        CHECK(world.machine.request_layout(wanted) == ResizeStatus::kProhibited);
        CHECK(world.qemu.calls().size() == 2);
    });
}

TEST_CASE("terminals are not shown, and a machine with nothing else is named as such", "[qemu]")
{
    const Setting with_terminal = [](FakeQemu& qemu) {
        qemu.consoles = {0, 1, 2};
        qemu.terminals = {1};
    };
    run_story_of_all(with_terminal, [](World& world) -> Task<> {
        co_await world.settle();
        const ScreenLayout& layout = world.display.layout().value;
        CHECK(layout.screens.size() == 2);
        CHECK(layout.screens.back().id == 3);
    });
    const Setting only_terminals = [](FakeQemu& qemu) { qemu.terminals = {0}; };
    const Story wait = [](World& world) -> Task<> { co_await world.settle(); };
    CHECK_THROWS_WITH(run_story_of_all(only_terminals, wait),
                      Catch::Contains("no graphic console; it has 0"));
    const Setting too_many = [](FakeQemu& qemu) {
        for (std::uint32_t number = 1; number < 17; ++number) {
            qemu.consoles.push_back(number);
        }
    };
    CHECK_THROWS_WITH(run_story_of_all(too_many, wait), Catch::Contains("more than 16 consoles"));
}

TEST_CASE("one console's end is the end of the picture", "[qemu]")
{
    const Story story = [](World& world) -> Task<> {
        co_await world.settle();
        world.qemu.console = 1;
        world.qemu.close_listener();
        co_await world.settle();
    };
    CHECK_THROWS_AS(run_story_of_all(two_consoles, story), SourceError);
}
