#include "rfb/input_router.h"
#include "tests/rfb/session_world.h"
#include "tests/support/coroutine_loop.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

struct Routed
{
    Routed() { router.set_sink(&sink); }

    void key(const int& viewer, std::uint32_t keysym, std::uint8_t scancode, bool down)
    {
        KeyInput input;
        input.keysym = keysym;
        if (scancode != 0) {
            input.scancode = scancode;
        }
        input.down = down;
        router.key(&viewer, input);
    }
    void point(const int& viewer, std::int32_t x, std::uint16_t buttons)
    {
        router.pointer(&viewer, {x, 0}, buttons, {100, 100}, false);
    }
    std::vector<std::string> take() { return std::exchange(sink.log, {}); }
    void pass(Duration duration)
    {
        const auto sleep = [](EventLoop& loop, Duration how_long) -> Task<> {
            co_await loop.sleep_for(how_long);
        };
        at.loop.run(sleep(at.loop, duration));
    }

    VirtualLoop at;
    RecordingSink sink;
    int inputs = 0;
    InputRouter router{at.loop, [this] { ++inputs; }};
    int anne = 0; // viewers: only their addresses count
    int bert = 0;
};

using Log = std::vector<std::string>;

} // namespace

TEST_CASE("a key that two viewers hold goes up with the second", "[input]")
{
    Routed it;
    it.key(it.anne, 0x61, 0x1e, true);
    it.key(it.bert, 0x61, 0x1e, true);
    CHECK(it.take() == Log{"key 61/1e down", "key 61/1e down"});
    it.key(it.anne, 0x61, 0x1e, false);
    CHECK(it.take().empty());
    it.key(it.bert, 0x61, 0x1e, false);
    CHECK(it.take() == Log{"key 61/1e up"});
    CHECK(it.inputs == 4);
}

TEST_CASE("a key that goes up under another keysym is one key by its place", "[input]")
{
    Routed it;
    it.key(it.anne, 'A', 0x1e, true);
    it.key(it.anne, 'a', 0x1e, false);
    CHECK(it.take() == Log{"key 41/1e down", "key 61/1e up"});
    it.router.release(&it.anne);
    CHECK(it.take().empty());
    // What was never down does not go up.
    it.key(it.anne, 'a', 0x1f, false);
    CHECK(it.take().empty());
}

TEST_CASE("leaving lets go of every key and button, each once", "[input]")
{
    Routed it;
    it.key(it.anne, 0xffe1, 0x2a, true);
    it.key(it.anne, 0x61, 0, true);
    it.key(it.bert, 0xffe1, 0x2a, true);
    it.point(it.anne, 5, 4);
    it.take();
    it.router.release(&it.anne);
    CHECK(it.take() == Log{"key 61/0 up", "pointer 5,0 +0,+0 buttons 0"});
    it.router.release(&it.anne);
    CHECK(it.take().empty());
    it.router.release(&it.bert);
    CHECK(it.take() == Log{"key ffe1/2a up"});
}

TEST_CASE("while a button is down the pointer is its viewer's, for ten idle seconds", "[input]")
{
    Routed it;
    it.point(it.anne, 10, 1);
    it.take();
    it.point(it.bert, 20, 0);
    CHECK(it.take().empty());
    it.pass(std::chrono::seconds(9));
    it.point(it.anne, 11, 1);
    it.take();
    it.pass(std::chrono::seconds(9));
    it.point(it.bert, 20, 0);
    CHECK(it.take().empty());
    it.pass(std::chrono::seconds(1));
    it.point(it.bert, 20, 0);
    CHECK(it.take() == Log{"pointer 20,0 +9,+0 buttons 0"});
    it.point(it.anne, 30, 0);
    CHECK(it.take() == Log{"pointer 30,0 +10,+0 buttons 0"});
}

TEST_CASE("relative pointers tell distances from 7fff", "[input]")
{
    Routed it;
    it.router.pointer(&it.anne, {0x7fff + 3, 0x7fff - 4}, 1, {100, 100}, true);
    CHECK(it.take() == Log{"pointer 0,0 +3,-4 buttons 1"});
}

TEST_CASE("a machine that goes is let go of, and the next one starts afresh", "[input]")
{
    Routed it;
    it.key(it.anne, 0x61, 0x1e, true);
    it.point(it.anne, 5, 1);
    it.take();
    it.router.set_sink(nullptr);
    CHECK(it.take() == Log{"key 61/1e up"});
    it.key(it.anne, 0x62, 0x30, true);
    RecordingSink next;
    it.router.set_sink(&next);
    it.router.release(&it.anne);
    CHECK(next.log.empty());
    it.router.set_sink(nullptr);
}
