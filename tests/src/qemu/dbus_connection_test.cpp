#include "coroutine/combinators.h"
#include "src/sources/qemu/dbus_connection.h"
#include "src/sources/qemu/socket_pair.h"
#include "tests/src/qemu/fake_qemu.h"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/socket.h>

using namespace covnc;
using namespace covnc::qemu_test;

namespace {

DbusMessage make_ping(const DbusConnection& connection, const std::string& text)
{
    DbusMessage call = connection.make_call("", "/a", "org.example.Test", "Echo");
    append(call, "s", text.c_str());
    return call;
}

void echo(DbusConnection& connection, sd_bus_message* call)
{
    const char* text = nullptr;
    read(call, "s", &text);
    sd_bus_message* raw = nullptr;
    REQUIRE(sd_bus_message_new_method_return(call, &raw) >= 0);
    DbusMessage reply(raw);
    append(reply, "s", text);
    connection.send_one_way(std::move(reply));
}

Task<> serve_echo(DbusConnection& connection, bool answers)
{
    co_await connection.become_ready();
    for (;;) {
        const DbusMessage call = co_await connection.next();
        if (answers) {
            echo(connection, call.get());
        }
    }
}

Task<> read_for_ever(DbusConnection& connection)
{
    for (;;) {
        const DbusMessage message = co_await connection.next();
    }
}

// A client, and a server that answers or not, until `story` ends.
using Story = Task<> (*)(EventLoop&, DbusConnection&, int server_fd);

Task<> play(EventLoop& loop, bool answers, Story story)
{
    SocketPair pair = make_socket_pair();
    DbusConnection client(loop, open_peer(std::move(pair.ours)));
    DbusConnection server(loop, serve_peer(std::move(pair.theirs)));
    const int server_fd = sd_bus_get_fd(server.bus());
    // Authentication needs both.
    TaskScope scope(co_await current_context());
    scope.spawn(serve_echo(server, answers));
    std::exception_ptr error;
    try {
        co_await client.become_ready();
        co_await run_until_first_ends(read_for_ever(client), story(loop, client, server_fd));
    } catch (...) {
        error = std::current_exception();
    }
    co_await scope.cancel_and_join();
    if (error) {
        std::rethrow_exception(error);
    }
}

Duration run(bool answers, Story story)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run(play(loop, answers, story));
    return clock.now() - TimePoint();
}

} // namespace

TEST_CASE("a call gets its own answer, however many are under way", "[dbus_connection]")
{
    run(true, [](EventLoop&, DbusConnection& client, int) -> Task<> {
        Task<DbusMessage> first = client.call(make_ping(client, "one"), std::chrono::seconds(1));
        Task<DbusMessage> second = client.call(make_ping(client, "two"), std::chrono::seconds(1));
        const auto replies = co_await when_all(std::move(first), std::move(second));
        const char* text = nullptr;
        read(std::get<0>(replies).get(), "s", &text);
        CHECK(std::string(text) == "one");
        read(std::get<1>(replies).get(), "s", &text);
        CHECK(std::string(text) == "two");
        CHECK(client.unanswered() == 0);
    });
}

TEST_CASE("more than the socket holds is sent all the same", "[dbus_connection]")
{
    run(true, [](EventLoop& loop, DbusConnection& client, int) -> Task<> {
        const std::string large(1 << 20, 'x');
        for (int i = 0; i < 40; ++i) {
            client.send(make_ping(client, large));
        }
        CHECK(client.unanswered() == 40);
        co_await loop.sleep_for(std::chrono::seconds(1));
        CHECK(client.unanswered() == 0);
    });
}

TEST_CASE("a call without an answer times out and is forgotten", "[dbus_connection]")
{
    const Duration time = run(false, [](EventLoop&, DbusConnection& client, int) -> Task<> {
        bool timed_out = false;
        try {
            co_await client.call(make_ping(client, "one"), std::chrono::seconds(3));
        } catch (const TimedOut&) {
            timed_out = true;
        }
        CHECK(timed_out);
        CHECK(client.unanswered() == 0);
    });
    CHECK(time == std::chrono::seconds(3));
}

TEST_CASE("when the connection ends, so do the calls under way", "[dbus_connection]")
{
    const auto end_it = [](EventLoop&, DbusConnection& client, int server) -> Task<> {
        ::shutdown(server, SHUT_RDWR);
        co_await client.call(make_ping(client, "one"), std::chrono::seconds(3));
    };
    CHECK_THROWS_AS(run(false, end_it), DbusDisconnected);
}

TEST_CASE("an end is told to handlers too, once", "[dbus_connection]")
{
    static int told = 0;
    told = 0;
    const auto end_it = [](EventLoop& loop, DbusConnection& client, int server) -> Task<> {
        client.send(make_ping(client, "one"),
                    [](sd_bus_message* reply) { told += !reply ? 1 : 100; });
        ::shutdown(server, SHUT_RDWR);
        co_await loop.sleep_for(std::chrono::seconds(1));
    };
    CHECK_THROWS_AS(run(false, end_it), DbusDisconnected);
    CHECK(told == 1);
}

TEST_CASE("sending on a connection that has ended does no harm", "[dbus_connection]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    SocketPair pair = make_socket_pair();
    DbusConnection client(loop, open_peer(std::move(pair.ours)));
    DbusMessage call = make_ping(client, "one");
    pair.theirs.reset();
    CHECK_THROWS_AS(loop.run(client.become_ready()), DbusDisconnected);
    CHECK_NOTHROW(client.send(std::move(call)));
    CHECK_THROWS_AS(client.try_next(), DbusDisconnected);
}

TEST_CASE("a header that announces too much, or is none, ends the connection", "[dbus_connection]")
{
    const auto huge = [](EventLoop& loop, DbusConnection&, int server) -> Task<> {
        const unsigned char header[24] = {
            'l', 4, 0, 1, 0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0, 8, 0, 0, 0};
        REQUIRE(::send(server, header, sizeof header, 0) == 24);
        co_await loop.sleep_for(std::chrono::seconds(1));
    };
    CHECK_THROWS_WITH(run(true, huge), Catch::Contains("too large"));
    const auto garbage = [](EventLoop& loop, DbusConnection&, int server) -> Task<> {
        const std::string bytes(100, '#');
        REQUIRE(::send(server, bytes.data(), bytes.size(), 0) == 100);
        co_await loop.sleep_for(std::chrono::seconds(1));
    };
    CHECK_THROWS_WITH(run(true, garbage), Catch::Contains("does not speak D-Bus"));
}

TEST_CASE("a peer that is no D-Bus never becomes ready", "[dbus_connection]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    SocketPair pair = make_socket_pair();
    DbusConnection client(loop, open_peer(std::move(pair.ours)));
    // sd-bus waits for more of it: the deadline is ours.
    REQUIRE(::write(pair.theirs.get(), "220 mail\r\n", 10) == 10);
    CHECK_THROWS_AS(loop.run(with_timeout(std::chrono::seconds(2), client.become_ready())),
                    std::runtime_error);
    CHECK(clock.now() - TimePoint() <= std::chrono::seconds(2));
}

TEST_CASE("a bus that is not there is named", "[dbus_connection]")
{
    CHECK_THROWS_WITH(open_bus("unix:path=/nonexistent/bus"), Catch::Contains("/nonexistent/bus"));
    CHECK_THROWS_AS(open_bus("what is this"), DbusDisconnected);
    CHECK_THROWS_AS(open_bus(""), DbusDisconnected);
}

TEST_CASE("properties of known types are read and others skipped", "[dbus_message]")
{
    SocketPair pair = make_socket_pair();
    const BusHandle bus = serve_peer(std::move(pair.ours));
    sd_bus_message* raw = nullptr;
    REQUIRE(sd_bus_message_new_signal(bus.get(), &raw, "/a", "a.b", "C") >= 0);
    const DbusMessage message(raw);
    append(message,
           "a{sv}",
           5,
           "U",
           "u",
           7,
           "S",
           "s",
           "text",
           "B",
           "b",
           1,
           "A",
           "au",
           2,
           3,
           4,
           "X",
           "a(id)",
           1,
           5,
           6.0);
    REQUIRE(sd_bus_message_seal(raw, 1, 0) >= 0);
    REQUIRE(sd_bus_message_rewind(raw, 1) >= 0);
    const PropertyMap properties = read_properties(raw);
    CHECK(properties.size() == 4);
    REQUIRE(find_property<std::uint32_t>(properties, "U") != nullptr);
    CHECK(*find_property<std::uint32_t>(properties, "U") == 7);
    CHECK(*find_property<std::string>(properties, "S") == "text");
    CHECK(*find_property<bool>(properties, "B"));
    CHECK(*find_property<std::vector<std::uint32_t>>(properties, "A") ==
          std::vector<std::uint32_t>{3, 4});
    CHECK(find_property<std::string>(properties, "U") == nullptr);
    CHECK_THROWS_AS(read_properties(raw), DbusBadMessage);
}
