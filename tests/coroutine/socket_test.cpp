// Sockets and listeners of the real kernel, on real time: no test waits for time to pass.
#include "coroutine/buffered_reader.h"
#include "coroutine/combinators.h"
#include "coroutine/listener.h"
#include "coroutine/signals.h"
#include "coroutine/socket.h"
#include "tests/support/coroutine_loop.h"

#include <catch2/catch.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>

using namespace covnc;
using namespace covnc::test;

namespace {

using Bytes = std::vector<std::uint8_t>;
using std::chrono::seconds;

class TemporaryFolder
{
public:
    TemporaryFolder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "covnc-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::string file(const char* name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

struct Pair
{
    Pair() = default;
    std::unique_ptr<Socket> client;
    std::unique_ptr<Socket> server;
};

Task<Pair> connect_pair(EventLoop& loop, Listener& listener)
{
    auto [client, server] = co_await when_all(
        Socket::connect(loop, Endpoint::parse(listener.address().text())), listener.accept());
    Pair pair;
    pair.client = std::move(client);
    pair.server = std::move(server);
    co_return pair;
}

Task<> send_all(Stream& stream, const Bytes& bytes)
{
    co_await stream.write_all(ByteView(bytes));
    stream.shutdown_write();
}

Task<Bytes> receive_all(Stream& stream)
{
    Bytes all;
    Bytes buffer(70000);
    for (;;) {
        const std::size_t count = co_await stream.read_some(buffer);
        if (count == 0) {
            co_return all;
        }
        all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
    }
}

// Every descriptor that this process may have is taken.
class NoDescriptorsLeft
{
public:
    NoDescriptorsLeft()
    {
        getrlimit(RLIMIT_NOFILE, &before_);
        rlimit few = before_;
        few.rlim_cur = 256;
        setrlimit(RLIMIT_NOFILE, &few);
        for (;;) {
            FileDescriptor fd(dup(STDIN_FILENO));
            if (!fd) {
                break;
            }
            taken_.push_back(std::move(fd));
        }
    }
    ~NoDescriptorsLeft() { setrlimit(RLIMIT_NOFILE, &before_); }
    NoDescriptorsLeft(const NoDescriptorsLeft&) = delete;
    NoDescriptorsLeft& operator=(const NoDescriptorsLeft&) = delete;

private:
    rlimit before_{};
    std::vector<FileDescriptor> taken_;
};

// A connection both ends of which are ours.
std::pair<FileDescriptor, FileDescriptor> raw_pair()
{
    std::array<int, 2> fds{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) == 0);
    return {FileDescriptor(fds[0]), FileDescriptor(fds[1])};
}

} // namespace

TEST_CASE("many megabytes arrive as they were sent, both ways at once", "[socket]")
{
    EventLoop loop;
    const TemporaryFolder folder;
    const std::string text =
        GENERATE(as<std::string>(), "127.0.0.1:0", "[::1]:0", "localhost:0", "unix");
    const auto listeners =
        Listener::open(loop, Endpoint::parse(text == "unix" ? "unix:" + folder.file("s") : text));
    const Pair pair = loop.run(connect_pair(loop, *listeners.front()));
    Bytes there(8'000'000);
    Bytes back(3'000'000);
    for (std::size_t i = 0; i < there.size(); ++i) {
        there[i] = static_cast<std::uint8_t>(i * 7 + (i >> 9U));
    }
    for (std::size_t i = 0; i < back.size(); ++i) {
        back[i] = static_cast<std::uint8_t>(i * 5 + (i >> 11U));
    }
    const auto results = loop.run(when_all(send_all(*pair.client, there),
                                           send_all(*pair.server, back),
                                           receive_all(*pair.server),
                                           receive_all(*pair.client)));
    CHECK(std::get<2>(results) == there);
    CHECK(std::get<3>(results) == back);
    CHECK(pair.client->bytes_written() == there.size());
}

TEST_CASE("a byte that was looked at stays to be read", "[socket]")
{
    EventLoop loop;
    const auto listeners = Listener::open(loop, Endpoint::parse("127.0.0.1:0"));
    const Pair pair = loop.run(connect_pair(loop, *listeners.front()));
    const auto look = [](Socket& socket) -> Task<> {
        for (int i = 0; i < 2; ++i) {
            const std::optional<std::uint8_t> byte = co_await socket.peek();
            CHECK(byte == std::uint8_t{7});
        }
        const Bytes all = co_await receive_all(socket);
        CHECK(all == Bytes{7, 8});
        const std::optional<std::uint8_t> nothing = co_await socket.peek();
        CHECK_FALSE(nothing);
    };
    // It waits first, then the bytes come.
    loop.run(when_all(look(*pair.server), send_all(*pair.client, Bytes{7, 8})));
}

TEST_CASE("what is skipped is gone, and nothing else is", "[socket]")
{
    EventLoop loop;
    const TemporaryFolder folder;
    const std::string text = GENERATE(as<std::string>(), "127.0.0.1:0", "unix");
    const auto listeners =
        Listener::open(loop, Endpoint::parse(text == "unix" ? "unix:" + folder.file("s") : text));
    const Pair pair = loop.run(connect_pair(loop, *listeners.front()));
    Bytes bytes(700'100);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = static_cast<std::uint8_t>(i * 7 + (i >> 9U));
    }
    BufferedReader reader(*pair.server);
    const auto skip_between = [](BufferedReader& in) -> Task<Bytes> {
        Bytes kept(100);
        const std::span<std::uint8_t> all(kept);
        co_await in.read_exact(all.first(50));
        co_await in.skip(700'000);
        co_await in.read_exact(all.subspan(50));
        co_return kept;
    };
    const auto results = loop.run(when_all(send_all(*pair.client, bytes), skip_between(reader)));
    Bytes wanted(bytes.begin(), bytes.begin() + 50);
    wanted.insert(wanted.end(), bytes.begin() + 700'050, bytes.end());
    CHECK(std::get<1>(results) == wanted);
}

TEST_CASE("the peer is named", "[socket]")
{
    EventLoop loop;
    const TemporaryFolder folder;
    const auto v4 = Listener::open(loop, Endpoint::parse("127.0.0.1:0"));
    const auto v6 = Listener::open(loop, Endpoint::parse("[::1]:0"));
    const auto unix_socket = Listener::open(loop, Endpoint::parse("unix:" + folder.file("s")));
    CHECK_THAT(loop.run(connect_pair(loop, *v4.front())).server->peer(),
               Catch::StartsWith("127.0.0.1:"));
    CHECK_THAT(loop.run(connect_pair(loop, *v6.front())).server->peer(),
               Catch::StartsWith("[::1]:"));
    CHECK(loop.run(connect_pair(loop, *unix_socket.front())).server->peer() ==
          "unix:uid " + std::to_string(getuid()));
}

TEST_CASE("a peer that reads nothing stalls the writer, who gives up", "[socket]")
{
    EventLoop loop;
    auto [ours, theirs] = raw_pair();
    Socket socket(loop, std::move(ours), "test");
    socket.set_write_stall(std::chrono::milliseconds(1));
    const Bytes much(10'000'000);
    CHECK_THROWS_AS(loop.run(send_all(socket, much)), TimedOut);
    CHECK(socket.bytes_written() > 0);
}

TEST_CASE("a peer that goes ends reads and writes", "[socket]")
{
    EventLoop loop;
    auto [ours, theirs] = raw_pair();
    Socket socket(loop, std::move(ours), "test");
    theirs.reset();
    CHECK(loop.run(receive_all(socket)).empty());
    const Bytes some(10);
    CHECK_THROWS_AS(loop.run(send_all(socket, some)), Disconnected);
}

TEST_CASE("two readers of one socket are a mistake that is told", "[socket]")
{
    EventLoop loop;
    auto [ours, theirs] = raw_pair();
    Socket socket(loop, std::move(ours), "test");
    const auto read = [](Stream& stream) -> Task<> { co_await receive_all(stream); };
    CHECK_THROWS_AS(loop.run(when_all(read(socket), read(socket))), std::logic_error);
}

TEST_CASE("what comes between two reads is not missed, nor is the end", "[socket]")
{
    EventLoop loop;
    auto [ours, theirs] = raw_pair();
    Socket socket(loop, std::move(ours), "test");
    // Turns of the loop in which the edge comes while nobody reads; none: it comes later.
    const int turns = GENERATE(0, 1, 3);
    const auto read = [](Socket& from) -> Task<std::string> {
        Bytes buffer(100);
        const std::size_t count = co_await from.read_some(buffer);
        co_return std::string(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
    };
    const auto pass = [](EventLoop& here, int count) -> Task<> {
        for (int i = 0; i < count; ++i) {
            co_await here.yield();
        }
    };
    for (const std::string text : {"first", "second", "third"}) {
        REQUIRE(write(theirs.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        loop.run(pass(loop, turns));
        CHECK(loop.run(with_timeout(seconds(5), read(socket))) == text);
    }
    // The last words and the end, in one edge.
    REQUIRE(write(theirs.get(), "bye", 3) == 3);
    theirs.reset();
    loop.run(pass(loop, turns));
    CHECK(loop.run(with_timeout(seconds(5), read(socket))) == "bye");
    CHECK(loop.run(with_timeout(seconds(5), read(socket))).empty());
}

TEST_CASE("what the peer's system has not taken is undelivered", "[socket]")
{
    EventLoop loop;
    const auto listeners = Listener::open(loop, Endpoint::parse("127.0.0.1:0"));
    const Pair pair = loop.run(connect_pair(loop, *listeners.front()));
    const auto receive = [](Stream& from, std::size_t count) -> Task<> {
        Bytes bytes(count);
        co_await from.read_exact(bytes);
    };
    CHECK(pair.server->undelivered() == 0);
    pair.server->set_write_stall(std::chrono::milliseconds(1));
    const Bytes much(20'000'000);
    CHECK_THROWS_AS(loop.run(send_all(*pair.server, much)), TimedOut); // nobody reads
    CHECK(pair.server->undelivered() > 100'000);
    CHECK(pair.server->undelivered() < pair.server->bytes_written());
    loop.run(receive(*pair.client, pair.server->bytes_written()));
    // The last acknowledgement is due when all has been read.
    for (int i = 0; i < 1'000'000 && pair.server->undelivered() > 0; ++i) {
        std::this_thread::yield();
    }
    CHECK(pair.server->undelivered() == 0);
}

TEST_CASE("a cancelled read leaves the socket usable", "[socket]")
{
    EventLoop loop;
    auto [ours, theirs] = raw_pair();
    Socket socket(loop, std::move(ours), "test");
    CHECK_THROWS_AS(loop.run(with_timeout(Duration(1), receive_all(socket))), TimedOut);
    REQUIRE(write(theirs.get(), "hello", 5) == 5);
    theirs.reset();
    CHECK(loop.run(receive_all(socket)) == Bytes{'h', 'e', 'l', 'l', 'o'});
}

TEST_CASE("connecting to nobody says to whom", "[socket]")
{
    EventLoop loop;
    CHECK_THROWS_WITH(loop.run(Socket::connect(loop, Endpoint::parse("unix:/nonexistent/socket"))),
                      Catch::Contains("/nonexistent/socket"));
    std::string closed;
    {
        closed = Listener::open(loop, Endpoint::parse("127.0.0.1:0")).front()->address().text();
    }
    try {
        loop.run(Socket::connect(loop, Endpoint::parse(closed)));
        FAIL("connected");
    } catch (const std::system_error& error) {
        CHECK(error.code() == std::errc::connection_refused);
        CHECK_THAT(error.what(), Catch::Contains(closed));
    }
}

TEST_CASE("a unix socket is its owner's alone, and goes with the listener", "[listener]")
{
    EventLoop loop;
    const TemporaryFolder folder;
    const std::string path = folder.file("s");
    const Endpoint endpoint = Endpoint::parse("unix:" + path);
    {
        const auto listeners = Listener::open(loop, endpoint);
        struct stat status{};
        REQUIRE(stat(path.c_str(), &status) == 0);
        CHECK((status.st_mode & 0777U) == 0600U);
        // Somebody listens: no second one takes its place.
        CHECK_THROWS_AS(Listener::open(loop, endpoint), std::system_error);
    }
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a stale unix socket is replaced, any other file is not", "[listener]")
{
    EventLoop loop;
    const TemporaryFolder folder;
    const std::string path = folder.file("s");
    const Endpoint endpoint = Endpoint::parse("unix:" + path);
    {
        // Bound and never removed, as after a crash.
        const FileDescriptor dead(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const SocketAddress address = endpoint.resolve().front();
        REQUIRE(::bind(dead.get(), address.get(), address.length()) == 0);
    }
    CHECK(Listener::open(loop, endpoint).size() == 1);
    std::filesystem::create_directory(path);
    CHECK_THROWS_WITH(Listener::open(loop, endpoint), Catch::Contains(path));
    CHECK(std::filesystem::is_directory(path));
}

TEST_CASE("a port that is taken is named", "[listener]")
{
    EventLoop loop;
    const auto first = Listener::open(loop, Endpoint::parse("127.0.0.1:0"));
    const std::string text = first.front()->address().text();
    CHECK_THROWS_WITH(Listener::open(loop, Endpoint::parse(text)), Catch::Contains(text));
}

TEST_CASE("an inherited descriptor must be a listening socket", "[listener]")
{
    EventLoop loop;
    FileDescriptor listening(::socket(AF_INET, SOCK_STREAM, 0));
    REQUIRE(::listen(listening.get(), 1) == 0);
    const int number = listening.release();
    const auto listeners = Listener::open(loop, Endpoint::parse("fd:" + std::to_string(number)));
    const Pair pair = loop.run(connect_pair(loop, *listeners.front()));
    CHECK(pair.server != nullptr);
    CHECK((fcntl(number, F_GETFD) & FD_CLOEXEC) != 0);

    auto [one, other] = raw_pair();
    CHECK_THROWS_WITH(Listener(loop, std::move(one)), Catch::Contains("no listening socket"));
    CHECK_THROWS_AS(Listener::open(loop, Endpoint::parse("fd:9999")), std::system_error);
}

TEST_CASE("when descriptors run out the newcomer is turned away and the listener lives",
          "[listener]")
{
    VirtualLoop at; // the pause after it takes no time
    const auto listeners = Listener::open(at.loop, Endpoint::parse("127.0.0.1:0"));
    Listener& listener = *listeners.front();
    FileDescriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int connected =
        ::connect(client.get(), listener.address().get(), listener.address().length());
    REQUIRE((connected == 0 || errno == EINPROGRESS));
    {
        const NoDescriptorsLeft full;
        const auto accept = [](Listener& from) -> Task<> { co_await from.accept(); };
        CHECK_THROWS_AS(at.loop.run(with_timeout(seconds(1), accept(listener))), TimedOut);
    }
    CHECK(listener.refused() == 1);
    Socket refused(at.loop, std::move(client), "the newcomer");
    CHECK(at.loop.run(receive_all(refused)).empty());
    const Pair pair = at.loop.run(connect_pair(at.loop, listener));
    CHECK(pair.server != nullptr);
}

TEST_CASE("a signal is waited for like anything else", "[signals]")
{
    EventLoop loop;
    SignalSet signals(loop, {SIGUSR1, SIGUSR2});
    const auto next = [](SignalSet& set, int raised) -> Task<int> {
        std::raise(raised);
        co_return co_await set.next();
    };
    CHECK(loop.run(next(signals, SIGUSR2)) == SIGUSR2);
    CHECK(loop.run(next(signals, SIGUSR1)) == SIGUSR1);
    const auto quiet = [](SignalSet& set) -> Task<> { co_await set.next(); };
    CHECK_THROWS_AS(loop.run(with_timeout(Duration(1), quiet(signals))), TimedOut);
}
