#include "coroutine/event.h"
#include "src/source.h"
#include "tests/src/qemu/machine_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::qemu_test;

namespace {

Task<> forever(World& /*world*/)
{
    Event never;
    co_await never.wait();
}

} // namespace

TEST_CASE("a machine that does not authenticate its listener is let go after a second", "[qemu]")
{
    VirtualClock clock;
    const Setting silent = [](FakeQemu& qemu) { qemu.authenticates_listener = false; };
    CHECK_THROWS_WITH(run_story(clock, silent, forever), Catch::Contains("within a second"));
    CHECK(clock.now() - TimePoint() == std::chrono::seconds(1));
}

TEST_CASE("a machine that does not ask its listener is let go after a second", "[qemu]")
{
    VirtualClock clock;
    const Setting silent = [](FakeQemu& qemu) { qemu.asks_listener = false; };
    CHECK_THROWS_WITH(run_story(clock, silent, forever), Catch::Contains("within a second"));
    CHECK(clock.now() - TimePoint() == std::chrono::seconds(1));
}

TEST_CASE("the listener's question is answered without any time passing", "[qemu]")
{
    VirtualClock clock;
    run_story(
        clock,
        [](FakeQemu& /*qemu*/) {},
        [](World& world) -> Task<> { co_await world.qemu.attached().wait(); });
    CHECK(clock.now() == TimePoint());
}

TEST_CASE("a machine without the console, or that refuses a listener, is named as such", "[qemu]")
{
    CHECK_THROWS_WITH(run_story([](FakeQemu& qemu) { qemu.consoles = {1, 2}; }, forever),
                      Catch::Contains("no console 0; it has 1, 2"));
    CHECK_THROWS_AS(run_story([](FakeQemu& qemu) { qemu.answers_register = false; }, forever),
                    DbusCallError);
}

TEST_CASE("when the listener's connection ends, so does the source", "[qemu]")
{
    CHECK_THROWS_AS(run_story([](World& world) -> Task<> {
                        co_await world.qemu.attached().wait();
                        world.qemu.close_listener();
                        co_await forever(world);
                    }),
                    SourceError);
}

TEST_CASE("a main connection that ends is no listener's end", "[qemu]")
{
    CHECK_THROWS_AS(run_story([](World& world) -> Task<> {
                        co_await world.qemu.attached().wait();
                        world.qemu.close_main();
                        co_await forever(world);
                    }),
                    DbusDisconnected);
}

TEST_CASE("bytes that are no D-Bus end the source", "[qemu]")
{
    CHECK_THROWS_AS(run_story([](World& world) -> Task<> {
                        co_await world.qemu.attached().wait();
                        world.qemu.send_garbage();
                        co_await forever(world);
                    }),
                    SourceError);
}
