// TlsStream at both ends of a stream in memory, in virtual time.
#include "rfb/transport/tls_stream.h"
#include "tests/rfb/session_world.h"
#include "tests/support/certificates.h"

#include <catch2/catch.hpp>

#include <numeric>

using namespace covnc;
using namespace covnc::test;
using std::chrono::seconds;

namespace {

std::shared_ptr<const TlsCredentials> server_credentials()
{
    static Certificates certificates;
    static const auto made = [] {
        const Certificates::Files own = certificates.issue("server");
        TlsServerFiles files;
        files.certificate = own.certificate;
        files.key = own.key;
        return TlsCredentials::for_server(files);
    }();
    return made;
}

std::shared_ptr<const TlsCredentials> client_credentials()
{
    static const auto made = TlsCredentials::for_client({});
    return made;
}

// Everything that a story needs: two streams, a layer of TLS on each.
struct Wires
{
    Wires(EventLoop& the_loop,
          TlsKind the_kind,
          MemoryPipeScript to_server = {},
          MemoryPipeScript to_client = {})
        : loop(the_loop),
          kind(the_kind),
          ends(make_memory_streams(std::move(to_server), std::move(to_client))),
          pool(the_loop)
    {
        client = std::make_unique<TlsStream>(*ends.first, pool, client_credentials(), kind);
        server = std::make_unique<TlsStream>(*ends.second, pool, server_credentials(), kind);
    }

    EventLoop& loop;
    TlsKind kind;
    std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> ends;
    ManualPool pool;
    std::unique_ptr<TlsStream> client;
    std::unique_ptr<TlsStream> server;
};

template <typename Story>
void run(Story story)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run(with_timeout(std::chrono::hours(1), story(loop)));
}

Task<std::string> outcome_of(Task<> task)
{
    try {
        co_await std::move(task);
    } catch (const TimedOut&) {
        co_return "TimedOut";
    } catch (const Disconnected& error) {
        co_return std::string("Disconnected: ") + error.what();
    } catch (const TlsError& error) {
        co_return std::string("TlsError: ") + error.what();
    }
    co_return "";
}

// Then closes the wire, as whoever owned the stream would.
Task<> keep_outcome(Task<> task, Stream& wire, std::string& outcome)
{
    outcome = co_await outcome_of(std::move(task));
    if (!outcome.empty()) {
        wire.shutdown_write();
    }
}

Task<> connect(Wires& wires)
{
    co_await when_all(wires.server->handshake(), wires.client->handshake());
}

Bytes numbers(std::size_t count)
{
    Bytes bytes(count);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{});
    return bytes;
}

Task<> write_in_pieces(Stream& stream, const Bytes& bytes, std::size_t piece)
{
    std::vector<ByteView> pieces;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        pieces.push_back(ByteView(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    }
    co_await stream.write_all(pieces);
}

Task<> expect(Stream& stream, const Bytes& bytes)
{
    Bytes got(bytes.size());
    co_await stream.read_exact(got);
    CHECK(got == bytes);
}

Task<> exchange(Wires& wires, std::size_t size, std::size_t piece)
{
    const Bytes bytes = numbers(size);
    co_await when_all(write_in_pieces(*wires.server, bytes, piece),
                      expect(*wires.client, bytes),
                      write_in_pieces(*wires.client, bytes, piece),
                      expect(*wires.server, bytes));
}

MemoryPipeScript in_steps_of(std::size_t step, std::size_t capacity = 65536)
{
    MemoryPipeScript script;
    script.step = [step] { return step; };
    script.capacity = capacity;
    return script;
}

} // namespace

TEST_CASE("bytes of any number in pieces of any size come through both ways", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        for (const TlsKind kind : {TlsKind::kAnonymous, TlsKind::kCertificate}) {
            Wires wires(loop, kind);
            co_await connect(wires);
            for (const std::size_t piece : {1U, 7U, 1000U, 16384U, 16385U, 200000U}) {
                for (const std::size_t size : {1U, 16383U, 16384U, 16385U, 200000U}) {
                    if (size / piece < 20000) {
                        co_await exchange(wires, size, piece);
                    }
                }
            }
        }
    });
}

TEST_CASE("a server's end that has written much holds on to little", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        Wires wires(loop, TlsKind::kCertificate);
        co_await connect(wires);
        for (int i = 0; i < 5; ++i) {
            co_await exchange(wires, 300000, 100000);
            co_await exchange(wires, 10, 10);
        }
        CHECK(wires.server->buffer_bytes() < 12 * 1024);
    });
}

TEST_CASE("small pieces share records of 16 KiB", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        Wires wires(loop, TlsKind::kCertificate);
        co_await connect(wires);
        const std::uint64_t before = wires.server->bytes_written();
        co_await exchange(wires, 32768, 100);
        // Header, content type and tag: 22 bytes each.
        CHECK(wires.server->bytes_written() - before == 32768 + 2 * 22);
    });
}

TEST_CASE("a network that delivers single bytes, and holds few, changes nothing", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        for (const TlsKind kind : {TlsKind::kAnonymous, TlsKind::kCertificate}) {
            Wires wires(loop, kind, in_steps_of(1, 10), in_steps_of(1, 10));
            co_await connect(wires);
            co_await exchange(wires, 3000, 70);
        }
    });
}

TEST_CASE("records of one byte are taken", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        Wires wires(loop, TlsKind::kCertificate);
        co_await connect(wires);
        const Bytes bytes = numbers(1000);
        for (const std::uint8_t& byte : bytes) {
            co_await wires.client->write_all(ByteView(&byte, 1));
        }
        co_await expect(*wires.server, bytes);
    });
}

TEST_CASE("who reads nothing stops who writes, with little held in between", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        Wires wires(loop, TlsKind::kCertificate, {}, in_steps_of(5000, 10000));
        co_await connect(wires);
        const Bytes bytes = numbers(4 << 20U);
        wires.server->set_write_stall(seconds(30));
        const TimePoint begin = loop.now();
        const std::uint64_t before = wires.ends.second->out().written();
        const std::string outcome =
            co_await outcome_of(write_in_pieces(*wires.server, bytes, 100000));
        CHECK(outcome == "TimedOut");
        CHECK(loop.now() - begin == seconds(30));
        CHECK(wires.ends.second->out().written() - before <= 10000);
    });
}

TEST_CASE("the orderly end is the end; so is one without close_notify", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        for (const bool is_orderly : {true, false}) {
            Wires wires(loop, TlsKind::kCertificate);
            co_await connect(wires);
            const Bytes bytes = numbers(10);
            co_await wires.client->write_all(ByteView(bytes));
            if (is_orderly) {
                co_await wires.client->finish();
            } else {
                wires.client->shutdown_write();
            }
            co_await expect(*wires.server, bytes);
            Bytes more(10);
            CHECK(co_await wires.server->read_some(more) == 0);
            CHECK(co_await wires.server->read_some(more) == 0);
            // The other direction stays open.
            co_await wires.server->write_all(ByteView(bytes));
            co_await expect(*wires.client, bytes);
        }
    });
}

TEST_CASE("an end inside a record is told as such", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        Wires wires(loop, TlsKind::kCertificate);
        co_await connect(wires);
        const Bytes half = {23, 3, 3, 0, 50, 1, 2, 3};
        co_await wires.ends.first->write_all(ByteView(half));
        wires.ends.first->shutdown_write();
        Bytes byte(1);
        const std::string outcome = co_await outcome_of(wires.server->read_exact(byte));
        CHECK(outcome == "Disconnected: TLS: the connection ended inside a record");
    });
}

TEST_CASE("after a broken record nothing is read any more", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        Wires wires(loop, TlsKind::kCertificate);
        co_await connect(wires);
        const Bytes clear = numbers(100);
        co_await wires.ends.first->write_all(ByteView(clear));
        Bytes byte(1);
        std::string outcome = co_await outcome_of(wires.server->read_exact(byte));
        CHECK_THAT(outcome, Catch::StartsWith("TlsError: TLS: "));
        co_await wires.server->finish(); // with the alert
        outcome = co_await outcome_of(wires.client->read_exact(byte));
        CHECK_THAT(outcome, Catch::StartsWith("TlsError: TLS: the peer gives up: "));
        wires.ends.first->shutdown_write();
        CHECK(co_await wires.server->read_some(byte) == 0);
        outcome = co_await outcome_of(wires.server->write_all(ByteView(clear)));
        CHECK(outcome == "Disconnected: TLS: the connection is not established");
    });
}

TEST_CASE("a peer that leaves in order within the handshake is told as such", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        Wires wires(loop, TlsKind::kCertificate);
        wires.ends.first->shutdown_write();
        const std::string outcome = co_await outcome_of(wires.server->handshake());
        CHECK(outcome == "Disconnected: TLS: the peer leaves during the handshake");
    });
}

TEST_CASE("what is no TLS fails at its first byte, with an alert", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        Wires wires(loop, TlsKind::kCertificate);
        const Bytes byte = {'R'};
        co_await wires.ends.first->write_all(ByteView(byte));
        const std::string outcome = co_await outcome_of(wires.server->handshake());
        CHECK_THAT(outcome, Catch::StartsWith("TlsError: TLS: "));
    });
}

TEST_CASE("a handshake without an end is ended", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        Wires wires(loop, TlsKind::kCertificate);
        // A ClientHello of 16 MiB less one, in records of 16 KiB.
        Bytes record(5 + 16384);
        const Bytes head = {22, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff};
        std::copy(head.begin(), head.end(), record.begin());
        std::string outcome;
        const auto feed = [](Stream& stream, Bytes& bytes) -> Task<> {
            for (int i = 0; i < 30; ++i) {
                co_await stream.write_all(ByteView(bytes));
            }
        };
        co_await run_until_first_ends(
            keep_outcome(wires.server->handshake(), *wires.ends.second, outcome),
            feed(*wires.ends.first, record));
        CHECK_THAT(outcome, Catch::StartsWith("TlsError: TLS: "));
    });
}

TEST_CASE("a silent peer meets the caller's deadline", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        Wires wires(loop, TlsKind::kCertificate);
        const TimePoint begin = loop.now();
        const std::string outcome =
            co_await outcome_of(with_timeout(seconds(10), wires.server->handshake()));
        CHECK(outcome == "TimedOut");
        CHECK(loop.now() - begin == seconds(10));
    });
}

TEST_CASE("a handshake may be left while a worker is at it", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        Wires wires(loop, TlsKind::kCertificate);
        wires.pool.holds_jobs = true;
        const std::string outcome =
            co_await outcome_of(with_timeout(seconds(1), wires.client->handshake()));
        CHECK(outcome == "TimedOut");
        REQUIRE(wires.pool.waiting() == 1);
        // Nothing of it may be touched by now but by the job.
        CHECK(wires.client->description().empty());
        co_await wires.client->finish();
        wires.client.reset();
        wires.pool.let_go();
        co_await loop.sleep_for(seconds(1));
    });
}

TEST_CASE("new keys while both directions are busy", "[tls]")
{
    run([](EventLoop& loop) -> Task<> {
        Wires wires(loop, TlsKind::kCertificate, in_steps_of(1000), in_steps_of(1000));
        co_await connect(wires);
        for (int i = 0; i < 4; ++i) {
            TlsStream& one = *(i % 2 == 0 ? wires.client : wires.server);
            co_await one.renew_keys();
            co_await exchange(wires, 100000, 5000);
            co_await exchange(wires, 10, 10);
        }
    });
}
