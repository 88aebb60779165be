#include "src/server.h"

#include "coroutine/combinators.h"
#include "rfb/printable_text.h"
#include "rfb/security/security_types.h"
#include "src/web/web_security.h"

#include <spdlog/spdlog.h>

#include <optional>

namespace covnc {

namespace {

// Bytes that may wait unsent in the kernel: what is there cannot be overtaken by a newer picture.
constexpr int kUnsentLimit = 128 * 1024;
// Proxies cut WebSockets that say nothing for a minute; see WebSocketStream::keep_alive().
constexpr Duration kPingAfter = std::chrono::seconds(25);

constexpr std::size_t kLongestUser = 64; // in the log
constexpr Duration kTellCrowdedEvery = std::chrono::minutes(1);

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

// Of an address as Stream::peer_address() gives it.
bool is_this_machine(const std::string& address)
{
    return address.rfind("127.", 0) == 0 || address == "[::1]" ||
           address.rfind("[::ffff:127.", 0) == 0;
}

Task<> wait_for(Event& event)
{
    co_await event.wait();
}

} // namespace

struct Server::Connection
{
    Connection(Server& owner, std::unique_ptr<Socket> socket, Port its_port, LoginGuard& its_guard)
        : server(owner),
          address(socket->peer_address()),
          guard(its_guard),
          port(its_port),
          channel(std::move(socket)),
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

    std::string peer() const { return session ? session->peer() : channel.stream().peer(); }

    Server& server;
    std::string address;
    LoginGuard& guard;
    Port port;
    Channel channel; // until there is a session
    WebSocketStream* web_socket = nullptr;
    std::optional<Session> session;
    TimePoint came_at;
    Event must_go;
    bool is_logged_in = false;
    bool is_told = false; // its end is in the log
    std::optional<std::list<Connection*>::iterator> newcomer;
};

Server::Server(Display& display, const AccessPolicy& policy, ServerLimits limits)
    : display_(display),
      policy_(policy),
      limits_(limits)
{}

void Server::serve_web(std::vector<std::unique_ptr<Listener>> listeners, const WebSite& site)
{
    web_listeners_ = std::move(listeners);
    site_ = &site;
}

Task<> Server::run(std::vector<std::unique_ptr<Listener>> listeners)
{
    TaskScope scope(co_await current_context());
    for (std::unique_ptr<Listener>& listener : listeners) {
        spdlog::info("listening on {}", listener->address().text());
        scope.spawn(accept_from(std::move(listener), Port::kRfb, scope));
    }
    for (std::unique_ptr<Listener>& listener : web_listeners_) {
        spdlog::info("web page on http://{}/", listener->address().text());
        scope.spawn(accept_from(std::move(listener), Port::kWeb, scope));
    }
    co_await scope.join();
}

Task<> Server::accept_from(std::unique_ptr<Listener> listener, Port port, TaskScope& scope)
{
    const TaskContext context = co_await current_context();
    LoginGuard& guard = guards_.emplace_back(limits_.guard);
    std::uint64_t refused = 0;
    for (;;) {
        std::unique_ptr<Socket> socket = co_await listener->accept();
        if (listener->refused() != refused) {
            spdlog::warn("out of file descriptors: turned away {} viewers on {}",
                         listener->refused() - refused,
                         listener->address().text());
            refused = listener->refused();
        }
        if (!has_place(*socket, context.loop->now())) {
            continue;
        }
        co_await wait_for_room(*context.loop);
        if (connections_ >= limits_.connections) {
            spdlog::warn("viewer {} turned away: {} are connected", socket->peer(), connections_);
            continue;
        }
        socket->limit_unsent(kUnsentLimit);
        scope.spawn(serve(std::move(socket), port, guard));
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

// Whether this one may try to log in beside others from its address. If so, one of them that has
// had its time may have been told to go.
bool Server::has_place(const Socket& socket, TimePoint now)
{
    const std::string address = socket.peer_address();
    if (limits_.not_logged_in_per_address == 0 || address.empty() ||
        (is_this_machine(address) && !limits_.limits_this_machine)) {
        return true;
    }
    std::size_t count = 0;
    Connection* oldest = nullptr;
    for (Connection* const newcomer : newcomers_) {
        if (newcomer->address == address) {
            oldest = oldest == nullptr ? newcomer : oldest;
            ++count;
        }
    }
    if (count < limits_.not_logged_in_per_address) {
        return true;
    }
    if (oldest->came_at + limits_.login_time > now) {
        tell_crowded(socket.peer(), now);
        return false;
    }
    oldest->must_go.set();
    oldest->is_no_newcomer();
    return true;
}

void Server::tell_crowded(const std::string& peer, TimePoint now)
{
    ++crowded_;
    if (!crowded_told_at_ || now - *crowded_told_at_ >= kTellCrowdedEvery) {
        spdlog::warn(
            "{} viewers turned away, the last {}: too many from one address log in at once",
            crowded_,
            peer);
        crowded_ = 0;
        crowded_told_at_ = now;
    }
}

// Whatever a peer does ends here, in one line that says who and why; nobody else notices.
Task<> Server::serve(std::unique_ptr<Socket> socket, Port port, LoginGuard& guard)
{
    Connection connection(*this, std::move(socket), port, guard);
    WebSocketClose code = WebSocketClose::kPolicy;
    std::string reason;
    try {
        co_await converse(connection);
        co_return; // a browser that only wanted pages
    } catch (const Disconnected& error) {
        code = WebSocketClose::kNormal;
        reason = error.what();
    } catch (const LoginsBlocked& error) {
        // Guessers come often: one line tells of many.
        const auto count = guard.count_refusal(connection.address, display_.now());
        reason = error.what();
        if (count) {
            spdlog::warn("viewer {} turned away: {} ({} since this was last said)",
                         connection.peer(),
                         reason,
                         *count);
        }
        connection.is_told = true;
    } catch (const TimedOut&) {
        reason = connection.is_logged_in ? "it takes no data" : "too slow to log in";
    } catch (const std::exception& error) {
        reason = error.what();
    }
    connection.is_no_newcomer();
    const char* const who = connection.session ? "viewer" : "web client";
    if (connection.is_told) {
        // nothing to add
    } else if (code == WebSocketClose::kNormal) {
        spdlog::info("{} {} left: {}", who, connection.peer(), reason);
    } else {
        spdlog::warn("{} {} closed: {}", who, connection.peer(), reason);
    }
    co_await say_goodbye(connection, code, std::move(reason));
}

Task<> Server::converse(Connection& connection)
{
    if (connection.port == Port::kWeb) {
        co_await run_until_first_ends(arrive(connection), wait_until_must_go(connection));
        if (connection.web_socket == nullptr) {
            co_return;
        }
    }
    if (connection.port ==
        Port::kWeb) { // as it is now: keys and passwords may have been read again
        web_policy_ = policy_;
        web_policy_.types = in_order_for_browsers(policy_.types);
    }
    const AccessPolicy& policy = connection.port == Port::kWeb ? web_policy_ : policy_;
    connection.session.emplace(std::move(connection.channel), display_, policy, &connection.guard);
    if (connection.web_socket == nullptr) {
        co_await view(connection);
    } else {
        co_await run_until_first_ends(view(connection),
                                      connection.web_socket->keep_alive(kPingAfter));
    }
}

// From the first byte to a WebSocket, or to the last page.
Task<> Server::arrive(Connection& connection)
{
    HttpConversation conversation(connection.channel, *site_, policy_.limits);
    connection.web_socket = co_await conversation.run();
}

Task<> Server::view(Connection& connection)
{
    Session& session = *connection.session;
    co_await run_until_first_ends(session.greet(), wait_until_must_go(connection));
    connection.is_logged_in = true;
    connection.is_no_newcomer();
    const Greeting& greeting = session.greeting();
    const std::string user =
        greeting.user.empty() ? "" : ", user " + printable(greeting.user, kLongestUser);
    spdlog::info("viewer {} connected: RFB {}, {}{}{}{}",
                 session.peer(),
                 name_of(greeting.version.protocol),
                 name_of(greeting.security),
                 connection.web_socket != nullptr ? ", WebSocket" : "",
                 user,
                 greeting.view_only ? ", view only" : "");
    co_await session.serve();
}

// A browser shows why its connection ends, and takes one that ends without a word for an error.
Task<> Server::say_goodbye(Connection& connection, WebSocketClose code, std::string reason)
{
    if (connection.web_socket == nullptr) {
        co_return;
    }
    try {
        WebSocketStream& web_socket = *connection.web_socket;
        co_await with_timeout(policy_.limits.farewell, web_socket.close(code, std::move(reason)));
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): it goes in any case
    }
}

Task<> Server::wait_until_must_go(Connection& connection)
{
    co_await connection.must_go.wait();
    throw ClosedByServer("too many are logging in, and it was the slowest");
}

} // namespace covnc
