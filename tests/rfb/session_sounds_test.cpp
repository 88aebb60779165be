// What viewers hear.
#include "tests/rfb/decoding_viewer.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::milliseconds;

TEST_CASE("a bell reaches every viewer that is there, asked for or not", "[session_sounds]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& first = world.connect();
        Peer& second = world.connect();
        co_await first.log_in();
        co_await second.log_in();
        co_await world.sleep(milliseconds(1));
        world.display.bell();
        co_await first.expect("02");
        co_await second.expect("02");
        Peer& late = world.connect();
        co_await late.log_in();
        co_await late.expect_silence();
        world.display.bell();
        co_await first.expect("02");
        co_await second.expect("02");
        co_await late.expect("02");
        co_await first.expect_silence();
    });
}

TEST_CASE("a thousand rings in one tick are one", "[session_sounds]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await world.sleep(milliseconds(1));
        for (int i = 0; i < 100; ++i) {
            world.display.bell();
            co_await world.sleep(std::chrono::microseconds(10));
        }
        co_await peer.expect("02");
        co_await peer.expect_silence();
        CHECK(world.display.bells() == 1);
    });
}

TEST_CASE("bells are no queue: a viewer that does not read has one waiting", "[session_sounds]")
{
    play({64, 64}, [](World& world) -> Task<> {
        MemoryPipeScript narrow;
        narrow.capacity = 64;
        Peer& peer = world.connect(narrow);
        co_await peer.log_in();
        co_await peer.send("03 00 0000 0000 0040 0040");
        co_await world.sleep(milliseconds(100)); // the update fills what there is
        for (int i = 0; i < 50; ++i) {
            world.display.bell();
            co_await world.sleep(milliseconds(20));
        }
        CHECK(world.display.bells() == 50);
        co_await peer.read(4 + 12 + 64 * 64 * 4);
        co_await peer.expect("02");
        co_await peer.expect_silence();
    });
}

TEST_CASE("our own viewer's side counts bells", "[session_sounds]")
{
    play({8, 8}, [](World& world) -> Task<> {
        DecodingViewer viewer(world, {0});
        world.scope.spawn(viewer.run());
        co_await world.sleep(milliseconds(100));
        for (int i = 0; i < 3; ++i) {
            world.display.bell();
            co_await world.sleep(milliseconds(50));
        }
        CHECK(viewer.bells == 3);
        CHECK(viewer.ended.empty());
        co_await world.scope.cancel_and_join();
    });
}
