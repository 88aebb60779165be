// The source and the C library with each other, over real sockets.
#include "coroutine/combinators.h"
#include "coroutine/memory_stream.h"
#include "rfb/session.h"
#include "tests/src/shm/shm_world.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

using namespace covnc;
using namespace covnc::shm_test;

extern "C" int covnc_test_use_from_c99(const char* path);

namespace {

constexpr int kViewer = 0; // its address stands for a viewer

KeyInput key(std::uint32_t keysym, std::optional<std::uint8_t> scancode, bool down)
{
    KeyInput input;
    input.keysym = keysym;
    input.scancode = scancode;
    input.down = down;
    return input;
}

Task<> shows_pictures(World& world)
{
    co_await world.turn();
    CHECK(world.shows_no_signal());
    Machine machine(world.path, "Game \xc3\xa4");
    REQUIRE(covnc_display_resize(*machine, 100, 50) == 0);
    machine.fill(0x112233);
    co_await world.turn();
    machine.look();
    CHECK(machine.count(COVNC_DISPLAY_EVENT_CONNECTED) == 1);
    CHECK(machine.error().empty());
    co_await world.turn();
    CHECK(world.shows(*machine));
    CHECK(world.display.name().value == "Game \xc3\xa4");
    machine.look();
    CHECK(covnc_display_is_taken(*machine) != 0);

    covnc_display_pixels(*machine)[100 * 7 + 8] = 0x445566;
    covnc_display_pixels(*machine)[0] = 0x778899; // not damaged
    covnc_display_damage(*machine, 8, 7, 1, 1);
    covnc_display_frame(*machine);
    CHECK(covnc_display_is_taken(*machine) == 0);
    co_await world.turn();
    CHECK(world.front().at(8, 7) == 0x445566);
    CHECK(world.front().at(0, 0) == 0x112233);
    machine.look();
    CHECK(covnc_display_is_taken(*machine) != 0);
}

Task<> takes_frames_in_time(World& world)
{
    co_await world.turn();
    Machine machine(world.path);
    REQUIRE(covnc_display_resize(*machine, 10, 10) == 0);
    co_await world.turn();
    machine.look();
    const TimePoint started = world.loop.now();
    std::uint32_t frames = 0;
    while (world.loop.now() - started < std::chrono::seconds(1)) {
        machine.fill(7); // the same picture costs as much as any other
        while (covnc_display_is_taken(*machine) == 0) {
            co_await world.loop.sleep_for(std::chrono::milliseconds(1));
            machine.look();
        }
        ++frames;
    }
    CHECK(frames <= 62);
    CHECK(frames >= 50);
}

Task<> takes_frames_at_once_after_input(World& world)
{
    co_await world.turn();
    Machine machine(world.path);
    REQUIRE(covnc_display_resize(*machine, 10, 10) == 0);
    machine.fill(0);
    co_await world.turn();
    machine.look();
    co_await world.turn();
    machine.look();
    world.display.input().key(&kViewer, key('a', 30, true));
    for (std::uint32_t i = 1; i <= 40; ++i) {
        machine.fill(i);
        co_await world.loop.sleep_for(std::chrono::milliseconds(1));
        machine.look();
        CHECK(covnc_display_is_taken(*machine) != 0);
        CHECK(world.front().at(9, 9) == i);
    }
}

Task<> counts_viewers(World& world)
{
    co_await world.turn();
    Machine machine(world.path);
    co_await world.turn();
    machine.look();
    auto ends = make_memory_streams();
    const AccessPolicy policy;
    Session viewer(std::move(ends.first), world.display, policy);
    world.display.join(viewer);
    co_await world.turn();
    machine.look();
    world.display.leave(viewer);
    co_await world.turn();
    machine.look();
    const auto counts = machine.of(COVNC_DISPLAY_EVENT_VIEWERS);
    REQUIRE(counts.size() == 3);
    CHECK(counts[0].viewers == 0);
    CHECK(counts[1].viewers == 1);
    CHECK(counts[2].viewers == 0);
}

Task<> resizes_both_ways(World& world)
{
    co_await world.turn();
    Machine machine(world.path, "machine", COVNC_DISPLAY_RESIZABLE);
    REQUIRE(covnc_display_resize(*machine, 40, 30) == 0);
    machine.fill(1);
    co_await world.turn();
    machine.look();
    co_await world.turn();
    REQUIRE(world.shows(*machine));

    CHECK(world.display.input().sink()->request_size({80, 60}) == ResizeStatus::kForwarded);
    co_await world.turn();
    machine.look();
    const auto wishes = machine.of(COVNC_DISPLAY_EVENT_RESIZE);
    REQUIRE(wishes.size() == 1);
    CHECK(wishes[0].width == 80);
    CHECK(wishes[0].height == 60);
    REQUIRE(covnc_display_resize(*machine, 80, 60) == 0);
    co_await world.turn();
    CHECK(world.display.size() == Size{40, 30}); // until there is a picture
    machine.fill(2);
    co_await world.turn();
    CHECK(world.shows(*machine));
    CHECK(world.display.size() == Size{80, 60});
}

Task<> refuses_sizes(World& world)
{
    co_await world.turn();
    Machine machine(world.path);
    co_await world.turn();
    machine.look();
    CHECK(world.display.input().sink()->request_size({80, 60}) == ResizeStatus::kProhibited);
    CHECK(covnc_display_resize(*machine, 0, 5) != 0);
    CHECK(covnc_display_resize(*machine, 5, 16385) != 0);
    CHECK(covnc_display_pixels(*machine) == nullptr);
}

Task<> shows_cursor_and_lamps(World& world)
{
    co_await world.turn();
    Machine machine(world.path);
    const std::vector<std::uint32_t> arrow(12, 0xff00ff00);
    REQUIRE(covnc_display_cursor(*machine, 3, 4, 99, 1, arrow.data()) == 0);
    covnc_display_leds(*machine, COVNC_DISPLAY_CAPS_LOCK);
    covnc_display_pointer_mode(*machine, 0);
    co_await world.turn();
    machine.look();
    co_await world.turn();
    CHECK(world.display.cursor().value.size == Size{3, 4});
    CHECK(world.display.cursor().value.hotspot == Point{2, 1});
    CHECK(world.display.cursor().value.pixels == arrow);
    CHECK(world.display.leds().value == COVNC_DISPLAY_CAPS_LOCK);
    CHECK_FALSE(world.display.pointer_absolute().value);
    CHECK(world.display.bells() == 0);
    covnc_display_bell(*machine);
    co_await world.turn();
    CHECK(world.display.bells() == 1);
    REQUIRE(covnc_display_cursor(*machine, 0, 0, 0, 0, nullptr) == 0);
    CHECK(covnc_display_cursor(*machine, 257, 1, 0, 0, arrow.data()) != 0);
    covnc_display_leds(*machine, 0);
    covnc_display_pointer_mode(*machine, 1);
    co_await world.turn();
    CHECK(world.display.cursor().value.size.is_empty());
    CHECK(world.display.leds().value == 0);
    CHECK(world.display.pointer_absolute().value);
}

Task<> passes_input_on(World& world)
{
    co_await world.turn();
    Machine machine(world.path);
    REQUIRE(covnc_display_resize(*machine, 40, 30) == 0);
    machine.fill(1);
    co_await world.turn();
    machine.look();
    co_await world.turn();
    InputRouter& input = world.display.input();
    input.key(&kViewer, key('a', 30, true));
    input.key(&kViewer, key(0xff51, {}, true));
    input.pointer(&kViewer, {500, 9}, 257, world.display.size(), false);
    input.pointer(&kViewer, {0x7fff - 3, 0x7fff + 4}, 257, world.display.size(), true);
    input.release(&kViewer);
    co_await world.turn();
    machine.look();

    const auto keys = machine.of(COVNC_DISPLAY_EVENT_KEY);
    REQUIRE(keys.size() == 4);
    CHECK(keys[0].keysym == 'a');
    CHECK(keys[0].scancode == 30);
    CHECK(keys[0].down == 1);
    CHECK(keys[1].keysym == 0xff51);
    CHECK(keys[1].scancode == -1);
    CHECK(keys[2].down == 0);
    CHECK(keys[3].down == 0);
    const auto moves = machine.of(COVNC_DISPLAY_EVENT_POINTER);
    REQUIRE(moves.size() == 2);
    CHECK(moves[0].x == 39);
    CHECK(moves[0].y == 9);
    CHECK(moves[0].buttons == (COVNC_DISPLAY_BUTTON_LEFT | COVNC_DISPLAY_BUTTON_FORWARD));
    CHECK(moves[0].motion_x == 39 - 3); // both motions
    CHECK(moves[0].motion_y == 9 + 4);
    CHECK(moves[1].buttons == 0);
}

Task<> keeps_the_pointer_inside(World& world)
{
    co_await world.turn();
    Machine machine(world.path);
    REQUIRE(covnc_display_resize(*machine, 40, 30) == 0);
    machine.fill(1);
    co_await world.turn();
    machine.look();
    co_await world.turn();
    world.display.input().pointer(&kViewer, {39, 29}, 0, world.display.size(), false);
    co_await world.turn();
    REQUIRE(covnc_display_resize(*machine, 10, 5) == 0); // while the event is on its way
    machine.look();
    const auto moves = machine.of(COVNC_DISPLAY_EVENT_POINTER);
    REQUIRE(moves.size() == 1);
    CHECK(moves[0].x == 9);
    CHECK(moves[0].y == 4);
}

Task<> refuses_a_second(World& world)
{
    co_await world.turn();
    Machine first(world.path, "first");
    co_await world.turn();
    first.look();
    Machine second(world.path, "second");
    co_await world.settle();
    second.look();
    CHECK(second.events.empty());
    CHECK(second.error() == "another emulator is connected");
    CHECK(world.display.name().value == "first");
    first.look();
    CHECK(first.error().empty());
    CHECK(first.count(COVNC_DISPLAY_EVENT_DISCONNECTED) == 0);
}

// The refusal is already there, and the socket closed, when the library looks for the first time
// or sends.
Task<> sees_why_it_was_refused(World& world)
{
    co_await world.turn();
    RawEmulator first(world.path);
    REQUIRE(first.send(hello()));
    co_await world.turn();
    RawEmulator second(world.path);
    co_await world.settle();
    REQUIRE_FALSE(second.send(hello()));
    CHECK(second.bye() == "another emulator is connected");

    RawEmulator third(world.path);
    REQUIRE(third.send(hello()));
    REQUIRE(third.send(words({3})));
    co_await world.settle();
    CHECK(third.bye() == "another emulator is connected");
}

Task<> is_back_at_once(World& world)
{
    co_await world.turn();
    auto first = std::make_unique<Machine>(world.path, "first");
    co_await world.turn();
    first->look();
    first.reset();
    Machine next(world.path, "next");
    co_await world.settle();
    next.look();
    CHECK(next.count(COVNC_DISPLAY_EVENT_CONNECTED) == 1);
    CHECK(world.display.name().value == "next");
}

Task<> comes_back_after_the_emulator(World& world)
{
    co_await world.turn();
    {
        Machine first(world.path, "first");
        REQUIRE(covnc_display_resize(*first, 40, 30) == 0);
        first.fill(1);
        covnc_display_leds(*first, 7);
        covnc_display_pointer_mode(*first, 0);
        co_await world.turn();
        first.look();
        co_await world.turn();
        REQUIRE(world.shows(*first));
        REQUIRE(world.display.input().sink() != nullptr);
    }
    co_await world.turn();
    CHECK(world.shows_no_signal());
    CHECK(world.display.size() == Size{40, 30});
    CHECK(world.display.input().sink() == nullptr);
    co_await world.settle();
    RawEmulator next(world.path);
    REQUIRE(next.send(hello("")));
    co_await world.turn();
    CHECK(world.display.name().value == "covnc"); // nothing of the first one stays
    CHECK(world.display.leds().value == 0);
    CHECK(world.display.pointer_absolute().value);
    const FileDescriptor picture = memory(4, 0x00abcdef);
    REQUIRE(next.send(words({2, 1, 1, 4}), picture.get()));
    REQUIRE(next.send(words({4, 1})));
    co_await world.turn();
    CHECK(world.front().at(0, 0) == 0xabcdef);
}

Task<> sees_no_file_of_another_kind(World& world)
{
    co_await world.turn();
    struct stat status{};
    REQUIRE(::stat(world.path.c_str(), &status) == 0);
    CHECK(S_ISSOCK(status.st_mode));
    CHECK((status.st_mode & 0777U) == 0600);
}

Task<> look_for_a_while(Display& display, Machine& machine, bool& shown)
{
    const TaskContext context = co_await current_context();
    World world(*context.loop, display, "");
    for (int i = 0; i < 10; ++i) {
        machine.look();
        co_await world.turn();
    }
    shown = world.shows(*machine);
}

// A daemon that is there for a moment of virtual time.
Task<> run_daemon(const std::string& path, Machine& machine, bool& shown)
{
    const TaskContext context = co_await current_context();
    ThreadPool pool(*context.loop, 1);
    Display display(context, pool, DisplaySettings());
    const auto source = ShmSource::parse(*context.loop, path);
    co_await run_until_first_ends(
        display.run(), source->run(display), look_for_a_while(display, machine, shown));
}

bool shown_by_a_daemon(const std::string& path, Machine& machine)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    bool shown = false;
    loop.run(run_daemon(path, machine, shown));
    return shown;
}

} // namespace

TEST_CASE("an emulator's name and pictures are shown", "[shm]")
{
    run_story(shows_pictures);
}

TEST_CASE("frames are taken at the display's rate, whether they change something or not", "[shm]")
{
    run_story(takes_frames_in_time);
}

TEST_CASE("after a viewer's input frames are taken at once", "[shm]")
{
    run_story(takes_frames_at_once_after_input);
}

TEST_CASE("the emulator knows how many viewers there are", "[shm]")
{
    run_story(counts_viewers);
}

TEST_CASE("sizes go both ways, and show with the first picture", "[shm]")
{
    run_story(resizes_both_ways);
}

TEST_CASE("an emulator that is not resizable is not asked", "[shm]")
{
    run_story(refuses_sizes);
}

TEST_CASE("cursor, lamps and pointer mode are told", "[shm]")
{
    run_story(shows_cursor_and_lamps);
}

TEST_CASE("keys and pointer reach the emulator", "[shm]")
{
    run_story(passes_input_on);
}

TEST_CASE("the pointer is inside of the screen even where that has just shrunk", "[shm]")
{
    run_story(keeps_the_pointer_inside);
}

TEST_CASE("a second emulator is told why it is refused", "[shm]")
{
    run_story(refuses_a_second);
    run_story(sees_why_it_was_refused);
}

TEST_CASE("when the emulator goes there is no signal, and nothing of it stays", "[shm]")
{
    run_story(comes_back_after_the_emulator);
}

TEST_CASE("an emulator that is started again is not refused for its own sake", "[shm]")
{
    run_story(is_back_at_once);
}

TEST_CASE("the emulators' socket is for its owner only", "[shm]")
{
    run_story(sees_no_file_of_another_kind);
}

TEST_CASE("an emulator finds a daemon that comes later, and one that comes again", "[shm]")
{
    const SocketFolder folder;
    Machine machine(folder.socket());
    CHECK(machine.error() == "No such file or directory");
    REQUIRE(covnc_display_resize(*machine, 40, 30) == 0);
    machine.fill(5);
    machine.look();
    CHECK(machine.events.empty());
    CHECK(covnc_display_is_taken(*machine) != 0); // nobody is there to wait for

    for (std::size_t times = 1; times <= 2; ++times) {
        machine.wait();
        // The library looks when its time has come, and the daemon must be there by then.
        REQUIRE(shown_by_a_daemon(folder.socket(), machine));
        CHECK(machine.count(COVNC_DISPLAY_EVENT_CONNECTED) == times);
        machine.look();
        CHECK(machine.count(COVNC_DISPLAY_EVENT_DISCONNECTED) == times);
        CHECK(machine.error() == "the daemon has ended");
    }
}

TEST_CASE("a wrong path is named", "[shm]")
{
    EventLoop loop;
    CHECK_THROWS_AS(ShmSource::parse(loop, ""), std::invalid_argument);
    CHECK_THROWS_AS(ShmSource::parse(loop, "/" + std::string(108, 'x')), std::invalid_argument);
    CHECK(ShmSource::parse(loop, "/run/x")->describe() == "shm:/run/x");
}

TEST_CASE("covnc_display.h works from C99", "[shm]")
{
    const SocketFolder folder;
    CHECK(covnc_test_use_from_c99(folder.socket().c_str()) == 1);
}
