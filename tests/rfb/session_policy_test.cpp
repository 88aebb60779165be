// What the policy allows viewers once they are in, and for how long.
#include "tests/rfb/session_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr const char* kKeyDown = "04 01 0000 00000041";

} // namespace

TEST_CASE("who neither types nor points for long has to go", "[session_policy]")
{
    play({2, 1}, [](World& world) -> Task<> {
        world.policy.limits.idle = minutes(10);
        Peer& lively = world.connect();
        Peer& idle = world.connect();
        co_await lively.log_in();
        co_await idle.log_in();
        for (int i = 0; i < 9; ++i) {
            co_await world.sleep(minutes(1));
            co_await lively.send(kKeyDown);
        }
        CHECK(idle.ended().empty());
        co_await world.sleep(minutes(2));
        CHECK(idle.ended() == "ClosedByServer: it neither typed nor pointed for 600 seconds");
        CHECK(lively.ended().empty());
        co_await lively.send("05 00 0001 0000"); // pointing counts as well
        co_await world.sleep(seconds(599));
        CHECK(lively.ended().empty());
        co_await world.sleep(seconds(2));
        CHECK_FALSE(lively.ended().empty());
    });
}

TEST_CASE("who may only look is never idle, but its time may be over", "[session_policy]")
{
    play({2, 1}, [](World& world) -> Task<> {
        world.policy.limits.idle = minutes(10);
        world.policy.limits.session = minutes(20);
        world.policy.view_only = true;
        Peer& watcher = world.connect();
        co_await watcher.log_in();
        co_await watcher.send(kKeyDown);
        co_await world.sleep(seconds(1199));
        CHECK(watcher.ended().empty());
        CHECK(world.sink.log.empty());
        co_await world.sleep(seconds(2));
        CHECK(watcher.ended() == "ClosedByServer: its time is over: 1200 seconds");
    });
}

TEST_CASE("viewers may wish another size, or not", "[session_policy]")
{
    play({2, 1}, [](World& world) -> Task<> {
        world.sink.resizes = &world.display;
        world.policy.resize = false;
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send("02 00 0001 fffffecc 03 01 0000 0000 0002 0001");
        co_await peer.expect("00 00 0001 0000 0000 0002 0001 fffffecc 01000000"
                             "00000001 0000 0000 0002 0001 00000000");
        co_await peer.send("fb 00 0004 0003 01 00 00000001 0000 0000 0004 0003 00000000"
                           "03 01 0000 0000 0002 0001");
        co_await peer.expect("00 00 0001 0001 0001 0002 0001 fffffecc 01000000"
                             "00000001 0000 0000 0002 0001 00000000");
        CHECK(world.display.size() == Size{2, 1});
    });
}

TEST_CASE("power control is offered where machine and policy allow it", "[session_policy]")
{
    play({2, 1}, [](World& world) -> Task<> {
        constexpr const char* kListXvp = "02 00 0001 fffffecb";
        world.sink.has_switch = true;
        Peer& not_allowed = world.connect();
        co_await not_allowed.log_in();
        co_await not_allowed.send(kListXvp);
        co_await not_allowed.expect_silence();
        co_await not_allowed.send("fa 00 01 04");
        co_await not_allowed.expect_end();
        CHECK_THAT(not_allowed.ended(), Catch::Contains("was not announced"));

        world.policy.power = true;
        world.sink.has_switch = false;
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(kListXvp);
        co_await peer.expect_silence();
        world.sink.has_switch = true; // a machine comes
        co_await peer.send(kListXvp);
        co_await peer.expect("fa 00 01 01");
        co_await peer.send("fa 00 01 04");
        co_await world.sleep(milliseconds(1));
        CHECK(world.sink.log == std::vector<std::string>{"power 4"});
        co_await peer.send("fa 00 01 09"); // no such thing
        co_await peer.expect("fa 00 01 00");
        co_await peer.send("fa 00 02 02"); // another version of it
        co_await peer.expect("fa 00 01 00");
        world.policy.power = false;
        co_await peer.send("fa 00 01 02");
        co_await peer.expect("fa 00 01 00");
        CHECK(world.sink.log.size() == 1);
    });
}

TEST_CASE("viewers learn where others move the pointer, not where they do", "[session_policy]")
{
    play({20, 20}, [](World& world) -> Task<> {
        Peer& mover = world.connect();
        Peer& other = world.connect();
        co_await mover.log_in();
        co_await other.log_in();
        co_await mover.send("02 00 0001 574d5666 03 01 0000 0000 0001 0001");
        co_await other.send("02 00 0001 ffffff18 03 01 0000 0000 0001 0001");
        Bytes first = co_await mover.read(4 + 12 + 4);
        first = co_await other.read(4 + 12 + 4);
        co_await mover.send("03 01 0000 0000 0001 0001");
        co_await other.send("03 01 0000 0000 0001 0001");
        co_await mover.send("05 00 0007 0009");
        co_await other.expect("00 00 0001 0007 0009 0000 0000 ffffff18");
        co_await mover.expect_silence();
        world.display.set_pointer_position({3, 4});
        co_await mover.expect("00 00 0001 0003 0004 0000 0000 574d5666");
    });
}
