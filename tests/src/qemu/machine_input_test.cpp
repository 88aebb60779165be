#include "rfb/constants.h"
#include "src/source.h"
#include "tests/src/qemu/machine_world.h"

#include <catch2/catch.hpp>
#include <xkbcommon/xkbcommon-keysyms.h>

using namespace covnc;
using namespace covnc::qemu_test;

TEST_CASE("keys, moves, buttons and wheel reach the machine in order", "[qemu]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        QemuMachine& input = world.machine;
        KeyInput key;
        key.keysym = 'A';
        key.down = true;
        input.key(key);
        key.down = false;
        input.key(key);
        PointerInput pointer;
        pointer.position = {5, 6};
        input.pointer(pointer);
        pointer.buttons = kButtonLeft | kButtonWheelUp;
        input.pointer(pointer);
        pointer.buttons = kButtonBack;
        input.pointer(pointer);
        co_await world.settle();
        CHECK(world.qemu.calls() == std::vector<std::string>{"Keyboard.Press 42",
                                                             "Keyboard.Press 30",
                                                             "Keyboard.Release 42",
                                                             "Keyboard.Release 30",
                                                             "Mouse.SetAbsPosition 5 6",
                                                             "Mouse.Press 0",
                                                             "Mouse.Press 3",
                                                             "Mouse.Release 3",
                                                             "Mouse.Release 0",
                                                             "Mouse.Press 5"});
    });
}

TEST_CASE("a relative mouse gets distances, an absolute one places, whichever it is now", "[qemu]")
{
    run_story([](FakeQemu& qemu) { qemu.is_absolute = false; },
              [](World& world) -> Task<> {
                  co_await world.qemu.attached().wait();
                  CHECK_FALSE(world.display.pointer_absolute().value);
                  PointerInput pointer;
                  pointer.position = {5, 6};
                  pointer.motion = {-3, 4};
                  world.machine.pointer(pointer);
                  co_await world.settle();
                  world.qemu.change("org.qemu.Display1.Mouse", "IsAbsolute", "b", 1);
                  co_await world.settle();
                  CHECK(world.display.pointer_absolute().value);
                  world.machine.pointer(pointer);
                  co_await world.settle();
                  CHECK(world.qemu.calls() == std::vector<std::string>{"Mouse.RelMotion -3 4",
                                                                       "Mouse.SetAbsPosition 5 6"});
              });
}

TEST_CASE("moves that a busy machine has not answered are summed up, clicks are not", "[qemu]")
{
    run_story([](FakeQemu& qemu) { qemu.is_absolute = false; },
              [](World& world) -> Task<> {
                  co_await world.qemu.attached().wait();
                  co_await world.settle(); // calls for other things are answered
                  PointerInput pointer;
                  pointer.motion = {1, 2};
                  for (int i = 0; i < 1000; ++i) {
                      world.machine.pointer(pointer);
                  }
                  co_await world.settle();
                  CHECK(world.qemu.calls().size() == 33);
                  CHECK(world.qemu.calls().back() == "Mouse.RelMotion 968 1936");
              });
}

TEST_CASE("the guest's locks reach viewers", "[qemu]")
{
    run_story([](FakeQemu& qemu) { qemu.modifiers = 2; },
              [](World& world) -> Task<> {
                  co_await world.qemu.attached().wait();
                  CHECK(world.display.leds().value == kLedNumLock);
                  world.qemu.change("org.qemu.Display1.Keyboard", "Modifiers", "u", 0xfffffffc);
                  co_await world.settle();
                  CHECK(world.display.leds().value == kLedCapsLock);
              });
}

TEST_CASE("a wish for a size is passed on until the machine says that it cannot", "[qemu]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        CHECK(world.machine.request_layout(ScreenLayout::single({800, 600})) ==
              ResizeStatus::kForwarded);
        co_await world.settle();
        CHECK(world.machine.request_layout(ScreenLayout::single({800, 600})) ==
              ResizeStatus::kProhibited);
        CHECK(world.qemu.calls() == std::vector<std::string>{"Console.SetUIInfo 0 0 800 600"});
    });
    run_story([](FakeQemu& qemu) { qemu.can_resize = true; },
              [](World& world) -> Task<> {
                  co_await world.qemu.attached().wait();
                  CHECK(world.machine.request_layout(ScreenLayout::single({800, 600})) ==
                        ResizeStatus::kForwarded);
                  co_await world.settle();
                  CHECK(world.machine.request_layout(ScreenLayout::single({640, 480})) ==
                        ResizeStatus::kForwarded);
              });
}
