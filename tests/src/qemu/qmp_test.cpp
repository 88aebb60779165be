#include "coroutine/combinators.h"
#include "src/sources/qemu/qmp.h"
#include "src/sources/qemu/socket_pair.h"
#include "tests/src/qemu/fake_qmp.h"

#include <catch2/catch.hpp>

#include <fcntl.h>

using namespace covnc;
using namespace covnc::qemu_test;

namespace {

Task<> add_client(EventLoop& loop, std::string path)
{
    SocketPair pair = make_socket_pair();
    const std::unique_ptr<Qmp> qmp = co_await Qmp::connect(loop, std::move(path));
    co_await qmp->add_display_client(std::move(pair.theirs));
    // Whoever got the other end has it still, and nobody else has.
    REQUIRE(::write(pair.ours.get(), "hello", 5) == 5);
}

Task<> with_server(EventLoop& loop, FakeQmp& server)
{
    co_await when_all(server.serve(), add_client(loop, server.path()));
}

// The error's text; empty where there was none. time: how long it took.
std::string try_with(void (*set)(FakeQmp&), Duration* time = nullptr)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    FakeQmp server(loop);
    set(server);
    std::string text;
    try {
        loop.run(with_server(loop, server));
    } catch (const QmpError& error) {
        text = error.what();
    }
    if (time != nullptr) {
        *time = clock.now() - TimePoint();
    }
    return text;
}

} // namespace

TEST_CASE("a descriptor is handed over in three commands, events between or not", "[qmp]")
{
    for (const bool events : {false, true}) {
        VirtualClock clock;
        EventLoop loop(&clock);
        FakeQmp server(loop);
        server.sends_events = events;
        loop.run(with_server(loop, server));
        CHECK(server.commands() ==
              std::vector<std::string>{"qmp_capabilities", "getfd", "add_client"});
        const FileDescriptor received = server.take_descriptor();
        REQUIRE(received);
        char text[8] = {};
        CHECK(::read(received.get(), text, sizeof text) == 5);
        CHECK(std::string(text) == "hello");
        CHECK(::read(received.get(), text, sizeof text) == 0);
    }
}

TEST_CASE("a QMP socket that is not there is named", "[qmp]")
{
    EventLoop loop;
    CHECK_THROWS_WITH(loop.run(add_client(loop, "/nonexistent/qmp")),
                      Catch::Contains("/nonexistent/qmp: No such file"));
    CHECK_THROWS_AS(loop.run(add_client(loop, std::string(200, 'x'))), QmpError);
}

TEST_CASE("a monitor that another program holds does not greet, and is given up", "[qmp]")
{
    Duration time{};
    CHECK_THAT(try_with([](FakeQmp& server) { server.greeting.clear(); }, &time),
               Catch::Contains("another program is connected"));
    CHECK(time == Qmp::kLimit);
}

TEST_CASE("what is no QMP is called so", "[qmp]")
{
    CHECK_THAT(try_with([](FakeQmp& server) { server.greeting = "SSH-2.0-OpenSSH_9.2"; }),
               Catch::Contains("not QMP"));
    CHECK_THAT(try_with([](FakeQmp& server) { server.greeting = "[]"; }),
               Catch::Contains("not QMP"));
    CHECK_THAT(try_with([](FakeQmp& server) { server.greeting = "{\"return\": {}}"; }),
               Catch::Contains("not QMP"));
    CHECK_THAT(try_with([](FakeQmp& server) { server.greeting = std::string(70000, ' '); }),
               Catch::Contains("longer than 65536"));
}

TEST_CASE("a greeting that says its version in another way says none", "[qmp]")
{
    const std::string greeting = GENERATE("{\"QMP\": []}",
                                          "{\"QMP\": 7}",
                                          "{\"QMP\": {\"version\": [8, 1]}}",
                                          "{\"QMP\": {\"version\": {\"qemu\": \"8.1\"}}}",
                                          "{\"QMP\": {\"version\": {\"qemu\": {\"major\": -8}}}}");
    static std::string current;
    current = greeting;
    CHECK(try_with([](FakeQmp& server) { server.greeting = current; }).empty());
}

TEST_CASE("a monitor that closes or falls silent is given up", "[qmp]")
{
    CHECK_THAT(try_with([](FakeQmp& server) { server.closes = true; }),
               Catch::Contains("QMP socket"));
    Duration time{};
    CHECK_THAT(try_with([](FakeQmp& server) { server.answers = false; }, &time),
               Catch::Contains("does not answer 'qmp_capabilities'"));
    CHECK(time == Qmp::kLimit);
}

TEST_CASE("a refused command is told with QEMU's reason, made printable", "[qmp]")
{
    CHECK_THAT(try_with([](FakeQmp& server) { server.refuses = "getfd"; }),
               Catch::Contains("'getfd': because?of?[0m that"));
    CHECK_THAT(try_with([](FakeQmp& server) { server.refuses = "add_client"; }),
               Catch::Contains("-display dbus,p2p=yes"));
}
