#include "coroutine/combinators.h"
#include "coroutine/memory_stream.h"
#include "coroutine/simulated_link.h"

#include <catch2/catch.hpp>

using namespace covnc;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

using Bytes = std::vector<std::uint8_t>;

struct Ends
{
    EventLoop& loop;
    SimulatedLink& link; // the viewer's
    MemoryStream& server;
    Duration now() const { return loop.now().time_since_epoch(); }
};

using Story = Task<> (*)(Ends&);

Task<> run_story(EventLoop& loop, LinkProfile profile, Story story)
{
    auto streams = make_memory_streams({}, {});
    SimulatedLink link(loop, std::move(streams.first), profile, 1);
    Ends ends{loop, link, *streams.second};
    co_await run_until_first_ends(link.run(), story(ends));
}

void play(const LinkProfile& profile, Story story)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run(with_timeout(std::chrono::hours(1), run_story(loop, profile, story)));
}

Task<> send(Stream& stream, std::size_t count)
{
    const Bytes bytes(count, 5);
    co_await stream.write_all(ByteView(bytes));
}

Task<> receive(Stream& stream, std::size_t count)
{
    Bytes bytes(count);
    co_await stream.read_exact(bytes);
    CHECK(bytes == Bytes(count, 5));
}

} // namespace

TEST_CASE("a link delays both ways", "[link]")
{
    LinkProfile profile;
    profile.delay = milliseconds(100);
    play(profile, [](Ends& ends) -> Task<> {
        co_await send(ends.server, 10);
        co_await receive(ends.link, 10);
        CHECK(ends.now() == milliseconds(100));
        co_await send(ends.link, 10);
        CHECK(ends.now() == milliseconds(100)); // it has been taken
        co_await receive(ends.server, 10);
        CHECK(ends.now() == milliseconds(200));
    });
}

TEST_CASE("a link takes its time for many bytes", "[link]")
{
    LinkProfile profile;
    profile.bandwidth = 100'000;
    profile.delay = milliseconds(50);
    play(profile, [](Ends& ends) -> Task<> {
        co_await when_all(send(ends.server, 200'000), receive(ends.link, 200'000));
        CHECK(ends.now() >= milliseconds(2050));
        CHECK(ends.now() < milliseconds(2060));
    });
}

TEST_CASE("what the narrow place does not take stays with the server", "[link]")
{
    LinkProfile profile;
    profile.bandwidth = 10'000;
    profile.queue = 20'000;
    play(profile, [](Ends& ends) -> Task<> {
        // The pipe holds 65536, the link's queue 20000 and what it carries in the meantime.
        bool taken = true;
        try {
            co_await with_timeout(seconds(1), send(ends.server, 200'000));
        } catch (const TimedOut&) {
            taken = false;
        }
        CHECK_FALSE(taken);
        CHECK(ends.server.out().written() < 65536 + 20'000 + 11'000);
        CHECK(ends.server.out().written() > 65536 + 15'000);
    });
}

TEST_CASE("stalls hold up everything, and take their share of the time", "[link]")
{
    LinkProfile profile;
    profile.bandwidth = 100'000;
    profile.stall_share = 0.2;
    play(profile, [](Ends& ends) -> Task<> {
        co_await when_all(send(ends.server, 10'000'000), receive(ends.link, 10'000'000));
        CHECK(ends.now() > seconds(110)); // 100 without
        CHECK(ends.now() < seconds(150));
    });
}

TEST_CASE("jitter keeps the order", "[link]")
{
    LinkProfile profile;
    profile.jitter = milliseconds(30);
    play(profile, [](Ends& ends) -> Task<> {
        for (std::uint8_t i = 0; i < 50; ++i) {
            const Bytes byte{i};
            co_await ends.server.write_all(ByteView(byte));
        }
        for (std::uint8_t i = 0; i < 50; ++i) {
            Bytes byte(1);
            co_await ends.link.read_exact(byte);
            CHECK(byte[0] == i);
        }
        CHECK(ends.now() > milliseconds(1));
        CHECK(ends.now() <= milliseconds(30));
    });
}

TEST_CASE("the end of a stream takes the link's time as well", "[link]")
{
    LinkProfile profile;
    profile.delay = milliseconds(100);
    play(profile, [](Ends& ends) -> Task<> {
        co_await send(ends.server, 3);
        ends.server.shutdown_write();
        co_await receive(ends.link, 3);
        Bytes byte(1);
        CHECK(co_await ends.link.read_some(byte) == 0);
        CHECK(co_await ends.link.read_some(byte) == 0);
        CHECK(ends.now() == milliseconds(100));
    });
}
