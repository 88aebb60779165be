#include "src/server.h"

#include "coroutine/combinators.h"

#include <spdlog/spdlog.h>

#include <optional>

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

Task<> wait_for(Event& event)
{
    co_await event.wait();
}

} // namespace

struct Server::Connection
{
    Connection(Server& owner, std::unique_ptr<Socket> socket)
        : server(owner),
          session(std::move(socket), owner.display_, owner.policy_),
          came_at(owner.display_.now()),
          newcomer(owner.newcomers_.insert(owner.newcomers_.end(), this))
    {
        ++server.connections_;
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection()
    {
        --server.connections_;
        is_no_newcomer();
    }
    // It has logged in, or goes.
    void is_no_newcomer()
    {
        if (newcomer) {
            server.newcomers_.erase(*newcomer);
            newcomer.reset();
            server.newcomer_left_.set();
        }
    }

    Server& server;
    Session session;
    TimePoint came_at;
    Event must_go;
    bool is_logged_in = false;
    std::optional<std::list<Connection*>::iterator> newcomer;
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
    const TaskContext context = co_await current_context();
    std::uint64_t refused = 0;
    for (;;) {
        std::unique_ptr<Socket> socket = co_await listener->accept();
        if (listener->refused() != refused) {
            spdlog::warn("out of file descriptors: turned away {} viewers on {}",
                         listener->refused() - refused,
                         listener->address().text());
            refused = listener->refused();
        }
        co_await wait_for_room(*context.loop);
        if (connections_ >= limits_.connections) {
            spdlog::warn("viewer {} turned away: {} are connected", socket->peer(), connections_);
            continue;
        }
        socket->limit_unsent(kUnsentLimit);
        scope.spawn(serve(std::move(socket)));
    }
}

// Until fewer than the limit are logging in. Whoever has had its time then gives way.
Task<> Server::wait_for_room(EventLoop& loop)
{
    while (newcomers_.size() >= limits_.not_logged_in) {
        Connection& oldest = *newcomers_.front();
        const Duration left = oldest.came_at + limits_.login_time - loop.now();
        if (left <= Duration()) {
            oldest.must_go.set();
            oldest.is_no_newcomer();
            co_return;
        }
        newcomer_left_.reset();
        try {
            co_await with_timeout(left, wait_for(newcomer_left_));
        } catch (const TimedOut&) {
            continue;
        }
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
    connection.is_no_newcomer();
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
