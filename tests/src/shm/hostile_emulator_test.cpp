// What an emulator must not do: it hears why the connection ends, and the next one works.
#include "coroutine/combinators.h"
#include "tests/src/shm/shm_world.h"

#include <filesystem>
#include <functional>

using namespace covnc;
using namespace covnc::shm_test;

namespace {

std::size_t open_descriptors()
{
    const std::filesystem::directory_iterator all("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

constexpr std::size_t kTooLong = shm::kMaxMessage + 1;

struct Offence
{
    std::function<void(RawEmulator&)> commit;
    std::string answer; // a part of the Bye
};

Bytes surface(std::uint32_t width, std::uint32_t height, std::uint32_t stride)
{
    return words({2, width, height, stride});
}

void greet(RawEmulator& emulator)
{
    REQUIRE(emulator.send(hello()));
}

// Without a Hello in front.
void open(RawEmulator& emulator, const Bytes& message)
{
    REQUIRE(emulator.send(message));
}

void say(RawEmulator& emulator, const Bytes& message)
{
    greet(emulator);
    REQUIRE(emulator.send(message));
}

void send_memory(RawEmulator& emulator, const Bytes& message, std::size_t bytes, int seals)
{
    greet(emulator);
    const FileDescriptor file = memory(bytes, 0, seals);
    REQUIRE(emulator.send(message, file.get()));
}

void send_descriptors(RawEmulator& emulator, std::size_t count)
{
    greet(emulator);
    const FileDescriptor file = memory(4);
    REQUIRE(emulator.send(surface(1, 1, 4), std::vector<int>(count, file.get())));
}

// What each emulator does, and a part of what it is told.
const std::vector<Offence>& offences()
{
    static const std::vector<Offence> all = {
        {[](RawEmulator& e) { open(e, words({4, 1})); }, "first message is not Hello"},
        {[](RawEmulator& e) { open(e, Bytes{1, 2}); }, "too short"},
        {[](RawEmulator& e) { open(e, Bytes(300, 0xff)); }, "unknown"},
        {[](RawEmulator& e) { open(e, words({1, 5, 1, 0})); }, "no covnc_display program"},
        {[](RawEmulator& e) { open(e, words({1, shm::kMagic, 9, 0})); }, "version 9"},
        {[](RawEmulator& e) { say(e, hello()); }, "second Hello"},
        {[](RawEmulator& e) { say(e, words({4, 1})); }, "before a Surface"},
        {[](RawEmulator& e) { say(e, words({3})); }, "before a Surface"},
        {[](RawEmulator& e) { say(e, surface(1, 1, 4)); }, "no memory came"},
        {[](RawEmulator& e) { say(e, Bytes(kTooLong)); }, "too long"},
        {[](RawEmulator& e) { send_memory(e, surface(1, 1, 4), 4, 0); }, "not sealed"},
        {[](RawEmulator& e) { send_memory(e, surface(1, 2, 4), 4, kShrinkSeal); }, "too small"},
        {[](RawEmulator& e) { send_memory(e, surface(2, 1, 4), 8, kShrinkSeal); }, "too short"},
        {[](RawEmulator& e) { send_memory(e, surface(0, 1, 4), 8, kShrinkSeal); }, "impossible"},
        {[](RawEmulator& e) { send_memory(e, words({5, 2, 2, 0, 0}), 15, kShrinkSeal); },
         "pointer's memory is too small"},
        {[](RawEmulator& e) { send_descriptors(e, 2); }, "too many descriptors"},
        {[](RawEmulator& e) { send_descriptors(e, 3); }, "too many descriptors"},
    };
    return all;
}

Task<> commit_one(World& world, const Offence& offence)
{
    RawEmulator emulator(world.path);
    offence.commit(emulator);
    // What it goes on to say does not take the answer away.
    static_cast<void>(emulator.send(words({6, 1})));
    co_await world.settle();
    INFO("wanted: " << offence.answer);
    CHECK_THAT(emulator.bye(), Catch::Contains(offence.answer));
    CHECK(emulator.closed());
    CHECK(world.shows_no_signal());
}

Task<> commit_all(World& world)
{
    co_await world.turn();
    for (const Offence& offence : offences()) {
        const std::size_t before = open_descriptors();
        co_await commit_one(world, offence);
        CHECK(open_descriptors() == before);
    }
    RawEmulator good(world.path);
    const FileDescriptor picture = memory(4, 0x00abcdef);
    greet(good);
    REQUIRE(good.send(surface(1, 1, 4), picture.get()));
    REQUIRE(good.send(words({4, 1})));
    co_await world.turn();
    CHECK(world.front().at(0, 0) == 0xabcdef);
}

Task<> says_nothing(World& world)
{
    co_await world.turn();
    RawEmulator silent(world.path);
    RawEmulator good(world.path);
    co_await world.loop.sleep_for(std::chrono::milliseconds(4900));
    CHECK_FALSE(silent.receive());
    CHECK_FALSE(silent.closed());
    CHECK(good.bye() == "another emulator is connected");
    co_await world.turn();
    co_await world.settle();
    CHECK(silent.bye() == "no Hello came within five seconds");
    RawEmulator next(world.path);
    greet(next);
    co_await world.settle();
    CHECK(next.receive() == std::vector<std::uint32_t>{101, 1, 1});
}

Task<> ignores_descriptors_that_are_not_wanted(World& world)
{
    co_await world.turn();
    RawEmulator emulator(world.path);
    const FileDescriptor file = memory(4);
    greet(emulator);
    co_await world.turn();
    const std::size_t before = open_descriptors();
    for (const Bytes& message : {words({6, 1}), words({7, 1}), words({5, 0, 0, 0, 0})}) {
        REQUIRE(emulator.send(message, file.get()));
    }
    co_await world.turn();
    CHECK(open_descriptors() == before);
    CHECK(emulator.bye() == "");
    CHECK_FALSE(emulator.closed());
}

// It sends frames as fast as the socket takes them, and reads nothing.
Task<> does_not_serve_a_flood(World& world)
{
    co_await world.turn();
    RawEmulator emulator(world.path);
    const FileDescriptor file = memory(400, 1);
    greet(emulator);
    REQUIRE(emulator.send(surface(10, 10, 40), file.get()));
    co_await world.turn();
    int frames = 0;
    const TimePoint started = world.loop.now();
    while (world.loop.now() - started < std::chrono::seconds(1)) {
        while (emulator.send(words({4, 1}))) {
            ++frames;
        }
        co_await world.turn();
    }
    // What the socket holds at first, and 60 a second.
    std::size_t queue = 0;
    while (emulator.send(words({4, 1}))) {
        ++queue;
    }
    CHECK(queue <= 2);
    CHECK(frames > 60);
    CHECK(frames < 2000);
    CHECK(world.front().at(9, 9) == 1);
}

} // namespace

TEST_CASE("a hostile emulator hears what is wrong, leaves nothing, and the next one works", "[shm]")
{
    run_story(commit_all);
}

TEST_CASE("an emulator that says nothing goes after five seconds", "[shm]")
{
    run_story(says_nothing);
}

TEST_CASE("descriptors that belong to no message are closed", "[shm]")
{
    run_story(ignores_descriptors_that_are_not_wanted);
}

TEST_CASE("a flood of frames waits in the emulator's socket", "[shm]")
{
    run_story(does_not_serve_a_flood);
}
