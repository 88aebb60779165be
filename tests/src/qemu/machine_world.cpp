#include "tests/src/qemu/machine_world.h"

#include "coroutine/combinators.h"
#include "coroutine/event.h"
#include "coroutine/worker_pool.h"
#include "src/sources/qemu/socket_pair.h"

namespace covnc::qemu_test {

namespace {

Task<> run_machine(DbusConnection& connection, QemuMachine& machine)
{
    co_await connection.become_ready();
    co_await machine.run();
}

Task<> serve_for_ever(FakeQemu& qemu, FileDescriptor socket)
{
    co_await qemu.serve(std::move(socket));
    Event never;
    co_await never.wait();
}

Task<>
play(EventLoop& loop, Setting set, DisplaySettings settings, QemuOptions options, Story story)
{
    static const auto keymap = std::make_shared<const Keymap>("us", "");
    ThreadPool pool(loop, 1);
    const TaskContext context = co_await current_context();
    Display display(context, pool, std::move(settings));
    FakeQemu qemu(loop);
    set(qemu);
    SocketPair pair = make_socket_pair();
    DbusConnection connection(loop, open_peer(std::move(pair.ours)));
    QemuMachine machine(loop, connection, "", options, keymap, display);
    machine.allow_audio();
    World world(loop, qemu, machine, display);
    co_await run_until_first_ends(display.run(),
                                  serve_for_ever(qemu, std::move(pair.theirs)),
                                  run_machine(connection, machine),
                                  story(world));
}

} // namespace

void run_story(VirtualClock& clock, Setting set, Story story)
{
    EventLoop loop(&clock);
    loop.run(play(loop, set, DisplaySettings(), QemuOptions(), story));
}

void run_story_of_all(Setting set, Story story)
{
    run_story_of_all(set, QemuOptions(), story);
}

void run_story_of_all(Setting set, QemuOptions options, Story story)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    options.console = std::nullopt;
    loop.run(play(loop, set, DisplaySettings(), std::move(options), story));
}

void run_story(ClipboardPolicy allowed, Story story)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    DisplaySettings settings;
    settings.clipboard = allowed;
    loop.run(play(loop, [](FakeQemu& /*qemu*/) {}, std::move(settings), QemuOptions(), story));
}

void run_story(Setting set, Story story)
{
    VirtualClock clock;
    run_story(clock, set, story);
}

void run_story(Story story)
{
    run_story([](FakeQemu& /*qemu*/) {}, story);
}

} // namespace covnc::qemu_test
