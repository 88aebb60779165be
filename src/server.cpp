#include "src/server.h"

#include "coroutine/combinators.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace covnc {

namespace {

// Bytes that may wait unsent in the kernel: what is there cannot be overtaken by a newer picture.
constexpr int kUnsentLimit = 128 * 1024;

const char* name_of(SecurityType type)
{
    return type == SecurityType::kNone ? "None" : "VncAuth";
}

const char* name_of(ProtocolVersion version)
{
    switch (version) {
    case ProtocolVersion::k3_3:
        return "3.3";
    case ProtocolVersion::k3_7:
        return "3.7";
    case ProtocolVersion::k3_8:
        break;
    }
    return "3.8";
}

} // namespace

struct Server::Connection
{
    Connection(Server& owner, std::unique_ptr<Socket> socket)
        : server(owner),
          session(std::move(socket), owner.display_, owner.policy_),
          position(owner.connections_.insert(owner.connections_.end(), this))
    {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { server.connections_.erase(position); }

    Server& server;
    Session session;
    Event must_go;
    bool is_logged_in = false;
    std::list<Connection*>::iterator position;
};

Server::Server(Display& display, const AccessPolicy& policy, ServerLimits limits)
    : display_(display),
      policy_(policy),
      limits_(limits)
{}

Task<> Server::run(std::vector<std::unique_ptr<Listener>> listeners)
{
    TaskScope scope(co_await current_context());
    for (std::unique_ptr<Listener>& listener : listeners) {
        spdlog::info("listening on {}", listener->address().text());
        scope.spawn(accept_from(std::move(listener), scope));
    }
    co_await scope.join();
}

Task<> Server::accept_from(std::unique_ptr<Listener> listener, TaskScope& scope)
{
    std::uint64_t refused = 0;
    for (;;) {
        std::unique_ptr<Socket> socket = co_await listener->accept();
        if (listener->refused() != refused) {
            spdlog::warn("out of file descriptors: turned away {} viewers on {}",
                         listener->refused() - refused,
                         listener->address().text());
            refused = listener->refused();
        }
        if (connections_.size() >= limits_.connections) {
            spdlog::warn(
                "viewer {} turned away: {} are connected", socket->peer(), connections_.size());
            continue;
        }
        make_room_for_newcomer();
        socket->limit_unsent(kUnsentLimit);
        scope.spawn(serve(std::move(socket)));
    }
}

void Server::make_room_for_newcomer()
{
    const auto is_guest = [](const Connection* connection) {
        return !connection->is_logged_in && !connection->must_go.is_set();
    };
    const auto guests = std::count_if(connections_.begin(), connections_.end(), is_guest);
    if (static_cast<std::size_t>(guests) >= limits_.not_logged_in) {
        (*std::find_if(connections_.begin(), connections_.end(), is_guest))->must_go.set();
    }
}

// Whatever a peer does ends here, in one line that says who and why; nobody else notices.
Task<> Server::serve(std::unique_ptr<Socket> socket)
{
    Connection connection(*this, std::move(socket));
    const std::string peer = connection.session.peer();
    try {
        co_await converse(connection);
    } catch (const Disconnected& reason) {
        spdlog::info("viewer {} left: {}", peer, reason.what());
    } catch (const ClosedByServer& reason) {
        spdlog::warn("viewer {} closed: {}", peer, reason.what());
    } catch (const TimedOut&) {
        spdlog::warn("viewer {} closed: {}",
                     peer,
                     connection.is_logged_in ? "it takes no data" : "too slow to log in");
    } catch (const std::exception& error) {
        spdlog::warn("viewer {} closed: {}", peer, error.what());
    }
}

Task<> Server::converse(Connection& connection)
{
    co_await run_until_first_ends(connection.session.greet(), wait_until_must_go(connection));
    connection.is_logged_in = true;
    const Greeting& greeting = connection.session.greeting();
    spdlog::info("viewer {} connected: RFB {}, {}{}",
                 connection.session.peer(),
                 name_of(greeting.version.protocol),
                 name_of(greeting.security),
                 greeting.view_only ? ", view only" : "");
    co_await connection.session.serve();
}

Task<> Server::wait_until_must_go(Connection& connection)
{
    co_await connection.must_go.wait();
    throw ClosedByServer("too many are logging in, and it was the slowest");
}

} // namespace covnc
