// Who gets in when many knock at once. Real sockets on a loop of their own.
#include "coroutine/combinators.h"
#include "coroutine/socket.h"
#include "rfb/client_handshake.h"
#include "src/server.h"

#include <catch2/catch.hpp>

#include <functional>

using namespace covnc;
using std::chrono::milliseconds;

namespace {

struct Party
{
    explicit Party(ServerLimits server_limits) : limits(server_limits) {}

    ServerLimits limits;
    std::string address;
    int logged_in = 0;
    std::vector<std::unique_ptr<Socket>> guests; // they stay
};

Task<> log_in(Party& party)
{
    const TaskContext context = co_await current_context();
    const Endpoint endpoint = Endpoint::parse(party.address);
    std::unique_ptr<Socket> socket = co_await Socket::connect(*context.loop, endpoint);
    Channel channel(*socket);
    const ClientIdentity identity;
    co_await client_handshake(channel, identity);
    ++party.logged_in;
    party.guests.push_back(std::move(socket));
}

Task<> stay_silent(Party& party)
{
    const TaskContext context = co_await current_context();
    const Endpoint endpoint = Endpoint::parse(party.address);
    party.guests.push_back(co_await Socket::connect(*context.loop, endpoint));
}

// Silent ones first, one after the other; then the others all at once.
Task<> play(Party& party, int silent, int good)
{
    const TaskContext context = co_await current_context();
    for (int i = 0; i < silent; ++i) {
        co_await stay_silent(party);
    }
    TaskScope scope(context);
    for (int i = 0; i < good; ++i) {
        scope.spawn(log_in(party));
    }
    co_await scope.join();
}

Task<> run(Party& party, int silent, int good)
{
    const TaskContext context = co_await current_context();
    ThreadPool pool(*context.loop, 1);
    const Endpoint endpoint = Endpoint::parse("127.0.0.1:0");
    std::vector<std::unique_ptr<Listener>> listeners = Listener::open(*context.loop, endpoint);
    party.address = listeners.front()->address().text();
    const DisplaySettings settings;
    Display display(context, pool, settings);
    const AccessPolicy policy;
    Server server(display, policy, party.limits);
    co_await run_until_first_ends(
        display.run(), server.run(std::move(listeners)), play(party, silent, good));
}

} // namespace

TEST_CASE("many who knock in one instant get in one after the other", "[server]")
{
    ServerLimits limits;
    limits.not_logged_in = 4;
    limits.login_time = std::chrono::minutes(1);
    Party party(limits);
    EventLoop loop;
    loop.run(run(party, 0, 100));
    CHECK(party.logged_in == 100);
}

TEST_CASE("who says nothing gives way to others when it has had its time", "[server]")
{
    ServerLimits limits;
    limits.not_logged_in = 4;
    limits.login_time = milliseconds(20);
    Party party(limits);
    EventLoop loop;
    loop.run(run(party, 30, 10));
    CHECK(party.logged_in == 10);
}

TEST_CASE("one address has so many places, the oldest of which is given up in time", "[server]")
{
    ServerLimits limits;
    limits.not_logged_in_per_address = 3;
    limits.limits_this_machine = true;
    limits.login_time = milliseconds(0); // whoever is there has had its time
    Party party(limits);
    EventLoop loop;
    loop.run(run(party, 30, 3));
    CHECK(party.logged_in == 3);
}

TEST_CASE("one too many of an address is turned away, not kept waiting", "[server]")
{
    ServerLimits limits;
    limits.not_logged_in_per_address = 3;
    limits.limits_this_machine = true;
    limits.login_time = std::chrono::minutes(1);
    Party party(limits);
    EventLoop loop;
    CHECK_THROWS_AS(loop.run(run(party, 3, 1)), Disconnected);
    CHECK(party.logged_in == 0);
}

TEST_CASE("addresses of this machine have no such limit unless it is wanted", "[server]")
{
    ServerLimits limits;
    limits.not_logged_in_per_address = 3;
    limits.login_time = std::chrono::minutes(1);
    Party party(limits);
    EventLoop loop;
    loop.run(run(party, 10, 10));
    CHECK(party.logged_in == 10);
}

namespace {

// A viewer that listens: it is called twice, and through a repeater with an ID.
Task<> be_called(Listener& listener, std::size_t id_size, std::string& id, int& calls)
{
    for (; calls < 2; ++calls) {
        std::unique_ptr<Socket> socket = co_await listener.accept();
        id.resize(id_size);
        const std::span bytes(reinterpret_cast<std::uint8_t*>(id.data()), id.size());
        co_await socket->read_exact(bytes);
        Channel channel(*socket);
        const ClientIdentity identity;
        const ServerGreeting greeting = co_await client_handshake(channel, identity);
        CHECK(greeting.security == SecurityType::kNone);
    }
}

Task<> run_calling(std::string option, std::size_t id_size, std::string& id, int& calls)
{
    const TaskContext context = co_await current_context();
    ThreadPool pool(*context.loop, 1);
    const Endpoint endpoint = Endpoint::parse("127.0.0.1:0");
    const std::vector<std::unique_ptr<Listener>> listeners =
        Listener::open(*context.loop, endpoint);
    const DisplaySettings settings;
    Display display(context, pool, settings);
    AccessPolicy policy; // of those who come by themselves
    policy.types = {SecurityType::kVncAuth};
    policy.passwords.full = "secret";
    Server server(display, policy, ServerLimits());
    server.call({ReverseTarget::parse(listeners.front()->address().text() + option)});
    std::vector<std::unique_ptr<Listener>> none;
    co_await run_until_first_ends(display.run(),
                                  server.run(std::move(none)),
                                  be_called(*listeners.front(), id_size, id, calls));
}

} // namespace

TEST_CASE("a viewer that listens is called, and called again when it has gone", "[server]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    std::string id;
    int calls = 0;
    loop.run(run_calling("", 0, id, calls));
    CHECK(calls == 2);
}

TEST_CASE("a repeater is told whom to connect", "[server]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    std::string id;
    int calls = 0;
    loop.run(run_calling(",id=4711", 250, id, calls));
    CHECK(calls == 2);
    CHECK(id == "ID:4711" + std::string(243, '\0'));
}
