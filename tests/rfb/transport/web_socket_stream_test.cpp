// A WebSocket between two ends in memory: one is a WebSocketStream, the other speaks by hand.
#include "coroutine/combinators.h"
#include "coroutine/memory_stream.h"
#include "rfb/transport/web_socket_stream.h"
#include "tests/rfb/message_support.h"
#include "tests/support/coroutine_loop.h"

#include <catch2/catch.hpp>

#include <numeric>
#include <random>

using namespace covnc;
using namespace covnc::test;
using std::chrono::seconds;

namespace {

// A server's WebSocket, and the browser's raw end of the connection.
struct Party
{
    explicit Party(MemoryPipeScript down = {}) : Party(make_memory_streams({}, std::move(down))) {}

    VirtualLoop at;
    std::unique_ptr<MemoryStream> browser;
    std::unique_ptr<MemoryStream> server;
    WebSocketStream web_socket;

private:
    using Ends = std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>>;
    explicit Party(Ends ends)
        : browser(std::move(ends.first)),
          server(std::move(ends.second)),
          web_socket(*server, WebSocketRole::kServer)
    {}
};

Task<> send(Stream& stream, std::string hex_bytes)
{
    const Bytes bytes = hex(hex_bytes);
    co_await stream.write_all(ByteView(bytes));
}

// `count` bytes, or fewer at the end of the stream.
Task<Bytes> read(Stream& stream, std::size_t count)
{
    Bytes bytes(count);
    std::size_t size = 0;
    while (size < count) {
        const std::span<std::uint8_t> rest = std::span(bytes).subspan(size);
        const std::size_t more = co_await with_timeout(seconds(100), stream.read_some(rest));
        if (more == 0) {
            break;
        }
        size += more;
    }
    bytes.resize(size);
    co_return bytes;
}

Task<> expect(Stream& stream, std::string hex_bytes)
{
    const Bytes wanted = hex(hex_bytes);
    const Bytes got = co_await read(stream, wanted.size());
    CHECK(got == wanted);
}

Task<> write(Stream& stream, Bytes bytes)
{
    co_await stream.write_all(ByteView(bytes));
}

Bytes counting(std::size_t size)
{
    Bytes bytes(size);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return bytes;
}

std::string error_of(EventLoop& loop, Task<> task)
{
    try {
        loop.run(std::move(task));
    } catch (const std::exception& error) {
        return error.what();
    }
    return "none";
}

Task<> read_all_of(Stream& stream)
{
    co_await read(stream, 1000);
}

// Notes where the pieces that are written lie.
class SpyStream final : public Stream
{
public:
    using Stream::write_all;
    Task<std::size_t> read_some(std::span<std::uint8_t> /*buffer*/) override { co_return 0; }
    Task<> write_all(std::span<const ByteView> pieces) override
    {
        for (const ByteView piece : pieces) {
            written.push_back(piece);
            bytes.insert(bytes.end(), piece.begin(), piece.end());
        }
        co_return;
    }
    void shutdown_write() noexcept override {}
    std::string peer() const override { return "spy"; }

    std::vector<ByteView> written;
    Bytes bytes;
};

} // namespace

TEST_CASE("both roles understand each other, through short reads and writes", "[websocket]")
{
    VirtualLoop at;
    const unsigned seed = GENERATE(1U, 2U, 3U);
    MemoryPipeScript script;
    script.capacity = 3000;
    script.step = [random = std::mt19937(seed)]() mutable { return 1 + random() % 900; };
    auto [left, right] = make_memory_streams(script, script);
    WebSocketStream client(*left, WebSocketRole::kClient);
    WebSocketStream server(*right, WebSocketRole::kServer);
    const std::size_t size = GENERATE(1U, 125U, 126U, 65535U, 65536U, 200000U);
    const Bytes sent = counting(size);
    const auto exchange = [](Stream& from, Stream& to, const Bytes& bytes) -> Task<> {
        co_await when_all(write(from, bytes), [](Stream& end, const Bytes& wanted) -> Task<> {
            const Bytes got = co_await read(end, wanted.size());
            CHECK(got == wanted);
        }(to, bytes));
    };
    at.loop.run(exchange(client, server, sent));
    at.loop.run(exchange(server, client, sent));
}

TEST_CASE("what is written goes out from where it is, behind a head for each frame", "[websocket]")
{
    VirtualLoop at;
    SpyStream spy;
    WebSocketStream server(spy, WebSocketRole::kServer);
    const Bytes small = counting(10);
    const Bytes large = counting(70000);
    const std::vector<ByteView> pieces{ByteView(small), ByteView(), ByteView(large)};
    at.loop.run([](Stream& stream, const std::vector<ByteView>& all) -> Task<> {
        const std::span<const ByteView> span(all);
        co_await stream.write_all(span);
    }(server, pieces));
    REQUIRE(spy.written.size() == 5);
    CHECK(spy.written[1].data() == small.data());
    CHECK(spy.written[2].data() == large.data());
    CHECK(spy.written[2].size() == 65525);
    CHECK(spy.written[4].data() == large.data() + 65525);
    Bytes wanted = hex("82 7e ff ff");
    wanted.insert(wanted.end(), small.begin(), small.end());
    wanted.insert(wanted.end(), large.begin(), large.begin() + 65525);
    const Bytes second_head = hex("82 7e 11 7b");
    wanted.insert(wanted.end(), second_head.begin(), second_head.end());
    wanted.insert(wanted.end(), large.begin() + 65525, large.end());
    CHECK(spy.bytes == wanted);
}

TEST_CASE("a ping is answered while reading, also between fragments", "[websocket]")
{
    Party party;
    party.at.loop.run([](Party& p) -> Task<> {
        co_await send(*p.browser, "02 81 00 00 00 00 41  89 82 00 00 00 00 68 69");
        co_await send(*p.browser, "80 81 00 00 00 00 42");
        co_await expect(p.web_socket, "41 42");
        co_await expect(*p.browser, "8a 02 68 69");
    }(party));
}

TEST_CASE("no pong gets into a frame; of many only the last goes out behind it", "[websocket]")
{
    MemoryPipeScript narrow;
    narrow.capacity = 100;
    Party party(narrow);
    party.at.loop.run([](Party& p) -> Task<> {
        TaskScope scope(co_await current_context());
        const Bytes update = counting(300);
        scope.spawn(write(p.web_socket, update));
        for (const char* const letter : {"61", "62", "63"}) {
            co_await send(*p.browser, std::string("89 81 00 00 00 00 ") + letter);
        }
        co_await send(*p.browser, "82 81 00 00 00 00 41");
        co_await expect(p.web_socket, "41"); // reading does not wait for the writer
        co_await expect(*p.browser, "82 7e 01 2c");
        const Bytes got = co_await read(*p.browser, update.size());
        CHECK(got == update);
        co_await expect(*p.browser, "8a 01 63");
        co_await scope.join();
    }(party));
}

TEST_CASE("who pings and takes nothing is given up: CVE-2017-15268", "[websocket]")
{
    MemoryPipeScript narrow;
    narrow.capacity = 50;
    Party party(narrow);
    party.web_socket.set_write_stall(seconds(30));
    const std::string error = error_of(party.at.loop, [](Party& p) -> Task<> {
        TaskScope scope(co_await current_context());
        Bytes pings;
        for (int i = 0; i < 1000; ++i) {
            const Bytes ping = hex("89 81 00 00 00 00 41");
            pings.insert(pings.end(), ping.begin(), ping.end());
        }
        scope.spawn(write(*p.browser, pings));
        Bytes buffer(10);
        co_await p.web_socket.read_some(buffer);
        co_await scope.join();
    }(party));
    CHECK(error == "timed out");
    CHECK(party.at.elapsed() == seconds(30));
    CHECK(party.server->out().written() == 50); // and nothing piles up here
}

TEST_CASE("a Close is answered with its code and ends the stream", "[websocket]")
{
    Party party;
    party.at.loop.run([](Party& p) -> Task<> {
        co_await send(*p.browser, "82 81 00 00 00 00 41 88 85 00 00 00 00 03 e9 62 79 65");
        co_await expect(p.web_socket, "41");
        const Bytes rest = co_await read(p.web_socket, 1);
        CHECK(rest.empty());
        co_await expect(*p.browser, "88 02 03 e9");
    }(party));
    const std::string error = error_of(party.at.loop, write(party.web_socket, counting(1)));
    CHECK(error == "cannot write: the WebSocket is closed");
}

TEST_CASE("close() says why and waits for the peer's Close", "[websocket]")
{
    Party party;
    party.at.loop.run([](Party& p) -> Task<> {
        TaskScope scope(co_await current_context());
        scope.spawn(p.web_socket.close(WebSocketClose::kPolicy, "no"));
        co_await expect(*p.browser, "88 04 03 f0 6e 6f");
        co_await send(*p.browser, "82 81 00 00 00 00 41");
        co_await p.at.loop.sleep_for(seconds(1));
        CHECK(scope.running() == 1);
        co_await send(*p.browser, "88 82 00 00 00 00 03 f0");
        co_await scope.join();
    }(party));
    CHECK(party.at.elapsed() == seconds(1));
}

TEST_CASE("close() tells a peer which broke the rules its code, and listens no more", "[websocket]")
{
    Party party;
    const std::string error = error_of(party.at.loop, [](Party& p) -> Task<> {
        co_await send(*p.browser, "81 81 00 00 00 00 41");
        co_await read_all_of(p.web_socket);
    }(party));
    CHECK(error == "a WebSocket frame of text");
    party.at.loop.run([](Party& p) -> Task<> {
        co_await p.web_socket.close(WebSocketClose::kPolicy, "text");
        co_await expect(*p.browser, "88 06 03 eb 74 65 78 74");
    }(party));
}

TEST_CASE("nothing follows a frame that was left half written", "[websocket]")
{
    MemoryPipeScript narrow;
    narrow.capacity = 100;
    Party party(narrow);
    party.at.loop.run([](Party& p) -> Task<> {
        TaskScope scope(co_await current_context());
        scope.spawn(write(p.web_socket, counting(300)));
        co_await scope.cancel_and_join();
        co_await p.web_socket.close(WebSocketClose::kNormal, "");
    }(party));
    CHECK(party.server->out().written() == 100);
    const std::string error = error_of(party.at.loop, write(party.web_socket, counting(1)));
    CHECK(error == "cannot write: a WebSocket frame was left half written");
}

TEST_CASE("a quiet WebSocket is pinged, one that is busy is not", "[websocket]")
{
    Party party;
    const auto stay = [](Party& p) -> Task<> {
        const std::uint64_t wakeups = p.at.loop.wakeups();
        co_await p.at.loop.sleep_for(seconds(24));
        CHECK(p.server->out().written() == 0);
        co_await p.at.loop.sleep_for(seconds(2));
        co_await expect(*p.browser, "89 00");
        for (int i = 0; i < 10; ++i) {
            co_await p.at.loop.sleep_for(seconds(10));
            co_await write(p.web_socket, counting(1));
            co_await expect(*p.browser, "82 01 00");
        }
        CHECK(p.at.loop.wakeups() - wakeups < 20);
    };
    party.at.loop.run(run_until_first_ends(stay(party), party.web_socket.keep_alive(seconds(25))));
}

TEST_CASE("no ping gets into a frame that waits for the peer", "[websocket]")
{
    MemoryPipeScript narrow;
    narrow.capacity = 100;
    Party party(narrow);
    party.web_socket.set_write_stall(std::chrono::hours(1));
    const auto stall = [](Party& p) -> Task<> {
        TaskScope scope(co_await current_context());
        const Bytes update = counting(300);
        scope.spawn(write(p.web_socket, update));
        co_await p.at.loop.sleep_for(seconds(200));
        co_await expect(*p.browser, "82 7e 01 2c");
        const Bytes got = co_await read(*p.browser, update.size());
        CHECK(got == update);
        co_await scope.join();
    };
    party.at.loop.run(run_until_first_ends(stall(party), party.web_socket.keep_alive(seconds(25))));
}

TEST_CASE("what was read behind the handshake comes first", "[websocket]")
{
    VirtualLoop at;
    auto [browser, server] = make_memory_streams();
    WebSocketStream web_socket(*server, WebSocketRole::kServer, hex("82 82 00 00 00 00 41"));
    at.loop.run([](Stream& from, Stream& to) -> Task<> {
        co_await send(from, "42");
        co_await expect(to, "41 42");
    }(*browser, web_socket));
}

TEST_CASE("the stream ends where the one below does, in a frame or between", "[websocket]")
{
    const char* const bytes = GENERATE("", "82", "82 84 00 00", "82 84 00 00 00 00 41 42");
    Party party;
    party.at.loop.run([](Party& p, std::string hex_bytes) -> Task<> {
        co_await send(*p.browser, hex_bytes);
        p.browser->shutdown_write();
        const Bytes got = co_await read(p.web_socket, 10);
        CHECK(got.size() == (hex_bytes.size() > 15 ? 2 : 0));
    }(party, bytes));
}
