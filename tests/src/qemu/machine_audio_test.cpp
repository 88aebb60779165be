// What a machine plays, from QEMU to the display.
#include "tests/src/qemu/fake_qemu.h"
#include "tests/src/qemu/machine_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::qemu_test;

namespace {

void plays(FakeQemu& qemu)
{
    qemu.audio.exists = true;
}

Bytes heard(const AudioFeed& feed)
{
    Bytes all;
    for (std::uint64_t number = feed.begin(); number < feed.end(); ++number) {
        all.insert(all.end(), feed.piece(number)->begin(), feed.piece(number)->end());
    }
    return all;
}

} // namespace

TEST_CASE("what a machine plays is heard, from begin to end", "[qemu][audio]")
{
    run_story(plays, [](World& world) -> Task<> {
        FakeAudio& machine = world.qemu.audio;
        Audio& audio = world.display.audio();
        const std::shared_ptr<AudioFeed> feed = audio.feed(AudioFormat{});
        co_await machine.attached().wait();
        machine.init(7);
        machine.enable(7, false);
        machine.write(7, {9, 9, 9, 9}); // nobody has switched it on
        co_await world.settle();
        CHECK(audio.stream() == 0);
        machine.enable(7, true);
        machine.enable(7, true);
        machine.write(7, {1, 2, 3, 4});
        machine.write(7, {5, 6, 7, 8});
        co_await world.settle();
        CHECK(audio.stream() == 1);
        CHECK(heard(*feed) == Bytes{1, 2, 3, 4, 5, 6, 7, 8});
        machine.enable(7, false);
        co_await world.settle();
        CHECK(audio.stream() == 0);
        machine.enable(7, true);
        machine.end(7);
        machine.write(7, {9, 9, 9, 9});
        co_await world.settle();
        CHECK(audio.stream() == 0);
        CHECK(heard(*feed) == Bytes{1, 2, 3, 4, 5, 6, 7, 8});
    });
}

TEST_CASE("one voice is heard at a time, with its own volume", "[qemu][audio]")
{
    run_story(plays, [](World& world) -> Task<> {
        FakeAudio& machine = world.qemu.audio;
        Audio& audio = world.display.audio();
        const std::shared_ptr<AudioFeed> feed = audio.feed(AudioFormat{});
        co_await machine.attached().wait();
        machine.init(1);
        machine.init(2, 22050);
        machine.set_volume(1, false, {255, 255});
        machine.set_volume(2, true, {255});
        machine.enable(1, true);
        machine.enable(2, true);
        machine.write(2, {9, 9, 9, 9});
        machine.write(1, {0, 64, 0, 64});
        machine.set_volume(1, false, {0, 255});
        machine.write(1, {0, 64, 0, 64});
        co_await world.settle();
        CHECK(audio.stream() == 1);
        CHECK(heard(*feed) == Bytes{0, 64, 0, 64, 0, 0, 0, 64});
        machine.end(1);
        co_await world.settle();
        CHECK(audio.stream() == 2);
        machine.write(2, Bytes(400, 64));
        co_await world.settle();
        const Bytes silence = heard(*feed);
        CHECK(silence.size() > 8 + 400); // at twice the frequency
        CHECK(std::all_of(silence.begin() + 8, silence.end(), [](auto byte) { return byte == 0; }));
    });
}

TEST_CASE("sound that cannot be changes nothing and ends nothing", "[qemu][audio]")
{
    run_story(plays, [](World& world) -> Task<> {
        FakeAudio& machine = world.qemu.audio;
        Audio& audio = world.display.audio();
        const std::shared_ptr<AudioFeed> feed = audio.feed(AudioFormat{});
        co_await machine.attached().wait();
        machine.init(1, 44100, 24);
        machine.init(2, 1);
        machine.init(0);
        machine.enable(1, true);
        machine.enable(99, true);
        machine.write(99, {1});
        machine.set_volume(99, false, {});
        DbusMessage odd = machine.make_call("Write");
        append(odd, "s", "no sound");
        machine.send(std::move(odd));
        machine.send(machine.make_call("Sing"));
        for (std::uint64_t id = 100; id < 200; ++id) {
            machine.init(id);
        }
        machine.enable(199, true); // too many: not known
        co_await world.settle();
        CHECK(audio.stream() == 0);
        machine.enable(100, true);
        machine.write(100, {1, 2, 3, 4, 5});
        co_await world.settle();
        CHECK(heard(*feed) == Bytes{1, 2, 3, 4});
        CHECK_FALSE(machine.has_ended());
    });
}

TEST_CASE("a machine without audio, or that ends it, is shown all the same", "[qemu][audio]")
{
    run_story([](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        world.qemu.scanout({64, 48}, 0x111111);
        co_await world.settle();
        CHECK(world.pixel(0, 0) == 0x111111);
    });
    run_story(plays, [](World& world) -> Task<> {
        co_await world.qemu.audio.attached().wait();
        world.qemu.audio.init(1);
        world.qemu.audio.enable(1, true);
        co_await world.settle();
        CHECK(world.display.audio().stream() == 1);
        world.qemu.audio.close();
        world.qemu.scanout({64, 48}, 0x111111);
        co_await world.settle();
        CHECK(world.display.audio().stream() == 0);
        CHECK(world.pixel(0, 0) == 0x111111);
    });
}

TEST_CASE("audio that keeps QEMU waiting is closed within a second", "[qemu][audio]")
{
    const auto mute = [](FakeQemu& qemu) {
        qemu.audio.exists = true;
        qemu.audio.asks = false;
    };
    run_story(mute, [](World& world) -> Task<> {
        co_await world.qemu.attached().wait();
        co_await world.loop.sleep_for(std::chrono::milliseconds(1100));
        CHECK(world.qemu.audio.has_ended());
        world.qemu.scanout({64, 48}, 0x111111);
        co_await world.settle();
        CHECK(world.pixel(0, 0) == 0x111111);
    });
}
