#pragma once

#include "coroutine/event_loop.h"
#include "coroutine/task.h"
#include "rfb/display.h"
#include "src/sources/qemu/machine.h"
#include "tests/src/qemu/fake_qemu.h"

namespace covnc::qemu_test {

// A machine, our side of it and a display, for the length of one test.
struct World
{
    World(EventLoop& the_loop, FakeQemu& the_qemu, QemuMachine& the_machine, Display& the_display)
        : loop(the_loop),
          qemu(the_qemu),
          machine(the_machine),
          display(the_display)
    {}

    // Until everybody waits for somebody else.
    EventLoop::SleepAwaiter settle() { return loop.sleep_for(std::chrono::milliseconds(100)); }
    std::uint32_t pixel(std::int32_t x, std::int32_t y) const
    {
        return display.framebuffer().front().at(x, y);
    }

    EventLoop& loop;
    FakeQemu& qemu;
    QemuMachine& machine;
    Display& display;
};

using Story = Task<> (*)(World&);
using Setting = void (*)(FakeQemu&);

// Plays a story beside a machine and our side of it, in virtual time: it jumps when everybody
// waits. `set` prepares the machine. Throws what the first of them threw.
void run_story(VirtualClock& clock, Setting set, Story story);
void run_story(Setting set, Story story);
void run_story(ClipboardPolicy allowed, Story story);
void run_story(Story story);
// Of a machine whose consoles are all shown.
void run_story_of_all(Setting set, Story story);
void run_story_of_all(Setting set, QemuOptions options, Story story);

} // namespace covnc::qemu_test
