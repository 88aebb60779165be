#include "coroutine/buffered_reader.h"
#include "coroutine/combinators.h"
#include "coroutine/memory_stream.h"
#include "tests/support/coroutine_loop.h"

#include <catch2/catch.hpp>

#include <array>
#include <numeric>
#include <random>
#include <vector>

using namespace covnc;
using namespace covnc::test;
using std::chrono::seconds;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes counting(std::size_t size)
{
    Bytes bytes(size);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return bytes;
}

Task<> write_in_pieces(Stream& stream, const Bytes& bytes, std::size_t pieces)
{
    const ByteView all(bytes);
    std::vector<ByteView> views;
    const std::size_t step = all.size() / pieces;
    for (std::size_t i = 0; i < pieces; ++i) {
        views.push_back(i + 1 == pieces ? all.subspan(i * step) : all.subspan(i * step, step));
        views.emplace_back(); // an empty one between them
    }
    co_await stream.write_all(views);
    stream.shutdown_write();
}

Task<> read_exactly(Stream& stream, Bytes& out)
{
    co_await stream.read_exact(out);
}

Task<std::size_t> read_to_end(Stream& stream)
{
    Bytes buffer(100);
    std::size_t total = 0;
    for (;;) {
        const std::size_t count = co_await stream.read_some(buffer);
        if (count == 0) {
            co_return total;
        }
        total += count;
    }
}

} // namespace

TEST_CASE("every byte arrives in order, however short the reads and writes", "[memory_stream]")
{
    VirtualLoop at;
    const unsigned seed = GENERATE(1U, 2U, 3U, 4U, 5U);
    MemoryPipeScript script;
    script.capacity = 1 + seed * 3;
    script.step = [random = std::mt19937(seed)]() mutable { return 1 + random() % 5; };
    auto [first, second] = make_memory_streams(script);
    const Bytes sent = counting(1000);
    Bytes got(1000);
    at.loop.run(when_all(write_in_pieces(*first, sent, 7), read_exactly(*second, got)));
    CHECK(got == sent);
    CHECK(first->bytes_written() == 1000);
    CHECK(at.loop.run(read_to_end(*second)) == 0);
}

TEST_CASE("the end in the middle of something is a disconnection", "[stream]")
{
    VirtualLoop at;
    auto [first, second] = make_memory_streams();
    const Bytes sent = counting(10);
    Bytes got(11);
    at.loop.run(write_in_pieces(*first, sent, 1));
    CHECK_THROWS_AS(at.loop.run(read_exactly(*second, got)), Disconnected);
}

TEST_CASE("a pipe breaks at the chosen byte, for both ends", "[memory_stream]")
{
    VirtualLoop at;
    MemoryPipeScript script;
    script.break_after = 64;
    auto [first, second] = make_memory_streams(script);
    const Bytes sent = counting(100);
    CHECK_THROWS_AS(at.loop.run(write_in_pieces(*first, sent, 1)), Disconnected);
    CHECK(first->out().written() == 64);
    CHECK_THROWS_AS(at.loop.run(read_to_end(*second)), Disconnected);
}

TEST_CASE("who reads nothing holds the writer until its patience ends", "[memory_stream]")
{
    VirtualLoop at;
    MemoryPipeScript script;
    script.capacity = 10;
    auto [first, second] = make_memory_streams(script);
    const Bytes sent = counting(100);
    first->set_write_stall(seconds(30));
    SECTION("for ever")
    {
        CHECK_THROWS_AS(at.loop.run(write_in_pieces(*first, sent, 1)), TimedOut);
        CHECK(at.elapsed() == seconds(30));
        CHECK(first->bytes_written() == 10);
    }
    SECTION("a byte now and then is enough")
    {
        const auto sip = [](Stream& stream, EventLoop& loop) -> Task<> {
            std::array<std::uint8_t, 1> byte{};
            for (int i = 0; i < 100; ++i) {
                co_await loop.sleep_for(seconds(29));
                co_await stream.read_exact(byte);
            }
        };
        at.loop.run(when_all(write_in_pieces(*first, sent, 1), sip(*second, at.loop)));
        CHECK(first->bytes_written() == 100);
    }
}

TEST_CASE("a stalled pipe delivers nothing until it is let go", "[memory_stream]")
{
    VirtualLoop at;
    auto [first, second] = make_memory_streams();
    const Bytes sent = counting(5);
    at.loop.run(write_in_pieces(*first, sent, 1));
    second->in().set_stalled(true);
    Bytes got(5);
    CHECK_THROWS_AS(at.loop.run(with_timeout(seconds(1), read_exactly(*second, got))), TimedOut);
    second->in().set_stalled(false);
    at.loop.run(read_exactly(*second, got));
    CHECK(got == sent);
}

TEST_CASE("an end that goes is seen by the other as the end of the stream", "[memory_stream]")
{
    VirtualLoop at;
    auto [first, second] = make_memory_streams();
    const Bytes sent = counting(5);
    first.reset();
    CHECK(at.loop.run(read_to_end(*second)) == 0);
    CHECK_THROWS_AS(at.loop.run(write_in_pieces(*second, sent, 1)), Disconnected);
}

TEST_CASE("a buffered reader gives the same bytes as the stream, across its buffer's end",
          "[buffered_reader]")
{
    VirtualLoop at;
    auto [first, second] = make_memory_streams();
    const Bytes sent = counting(5000);
    const auto read = [](Stream& stream) -> Task<bool> {
        BufferedReader reader(stream);
        std::size_t at_byte = 0;
        bool right = true;
        Bytes part;
        for (std::size_t size = 1; at_byte + 2 * size + 1 <= 5000; ++size) {
            part.resize(size);
            co_await reader.read_exact(part);
            for (const std::uint8_t byte : part) {
                right = right && byte == static_cast<std::uint8_t>(at_byte++);
            }
            co_await reader.skip(size);
            at_byte += size;
            const std::uint8_t byte = co_await reader.read_byte();
            right = right && byte == static_cast<std::uint8_t>(at_byte++);
        }
        co_return right&& at_byte > 4000;
    };
    at.loop.run(write_in_pieces(*first, sent, 3));
    CHECK(at.loop.run(read(*second)));
}

TEST_CASE("a buffered reader says that the stream has ended", "[buffered_reader]")
{
    VirtualLoop at;
    auto [first, second] = make_memory_streams();
    const Bytes sent = counting(3);
    at.loop.run(write_in_pieces(*first, sent, 1));
    const auto skip = [](Stream& stream) -> Task<> {
        BufferedReader reader(stream);
        co_await reader.skip(4);
    };
    CHECK_THROWS_AS(at.loop.run(skip(*second)), Disconnected);
}
