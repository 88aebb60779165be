#include "src/server.h"

#include "coroutine/combinators.h"
#include "src/web/web_security.h"

#include <spdlog/spdlog.h>

#include <optional>

namespace covnc {

namespace {

// Bytes that may wait unsent in the kernel: what is there cannot be overtaken by a newer picture.
constexpr int kUnsentLimit = 128 * 1024;
// Proxies cut WebSockets that say nothing for a minute; see WebSocketStream::keep_alive().
constexpr Duration kPingAfter = std::chrono::seconds(25);

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
    Connection(Server& owner, std::unique_ptr<Socket> its_socket, Port its_port)
        : server(owner),
          port(its_port),
          socket(*its_socket),
          channel(std::move(its_socket)),
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
    Port port;
    Socket& socket;  // the channel's lowest stream
    Channel channel; // until there is a session
    WebSocketStream* web_socket = nullptr;
    std::optional<Session> session;
    TimePoint came_at;
    Event must_go;
    bool is_logged_in = false;
    std::optional<std::list<Connection*>::iterator> newcomer;
};

Server::Server(Display& display, const AccessPolicy& policy, ServerLimits limits)
    : display_(display),
      policy_(policy),
      web_policy_(policy),
      limits_(limits)
{
    web_policy_.types = in_order_for_browsers(policy.types);
}

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
        scope.spawn(serve(std::move(socket), port));
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
Task<> Server::serve(std::unique_ptr<Socket> socket, Port port)
{
    Connection connection(*this, std::move(socket), port);
    WebSocketClose code = WebSocketClose::kPolicy;
    std::string reason;
    try {
        co_await converse(connection);
        co_return; // a browser that only wanted pages
    } catch (const Disconnected& error) {
        code = WebSocketClose::kNormal;
        reason = error.what();
    } catch (const TimedOut&) {
        reason = connection.is_logged_in ? "it takes no data" : "too slow to log in";
    } catch (const std::exception& error) {
        reason = error.what();
    }
    connection.is_no_newcomer();
    const bool is_viewer = connection.session || port == Port::kRfb;
    const char* const who = is_viewer ? "viewer" : "web client";
    if (code == WebSocketClose::kNormal) {
        spdlog::info("{} {} left: {}", who, connection.peer(), reason);
    } else {
        spdlog::warn("{} {} closed: {}", who, connection.peer(), reason);
    }
    co_await say_goodbye(connection, code, std::move(reason));
}

Task<> Server::converse(Connection& connection)
{
    const bool is_web = connection.port == Port::kWeb;
    if (is_web || !proxies_.is_empty()) {
        co_await run_until_first_ends(arrive(connection), wait_until_must_go(connection));
    }
    if (is_web && connection.web_socket == nullptr) {
        co_return;
    }
    const AccessPolicy& policy = is_web ? web_policy_ : policy_;
    connection.session.emplace(std::move(connection.channel), display_, policy);
    if (connection.web_socket == nullptr) {
        co_await view(connection);
    } else {
        co_await run_until_first_ends(view(connection),
                                      connection.web_socket->keep_alive(kPingAfter));
    }
}

// What comes before RFB: whom a proxy speaks for; on the web port all up to a WebSocket, or to the
// last page.
Task<> Server::arrive(Connection& connection)
{
    if (proxies_.trusts(connection.socket)) {
        co_await learn_real_peer(connection);
    }
    if (connection.port == Port::kWeb) {
        HttpConversation conversation(connection.channel, *site_, policy_.limits, proxies_);
        connection.web_socket = co_await conversation.run();
    }
}

// A proxy on the web port may speak HTTP at once, and name the peer there. To guess is safe: no
// request begins like that.
Task<> Server::learn_real_peer(Connection& connection)
{
    if (connection.port == Port::kWeb) {
        const std::optional<std::uint8_t> byte = co_await first_byte(connection);
        if (!byte || !may_begin_proxy_header(*byte)) {
            co_return;
        }
    }
    Stream& stream = connection.channel.stream();
    const std::optional<RealPeer> real =
        co_await with_timeout(policy_.limits.handshake_step, read_proxy_header(stream));
    if (real) {
        connection.channel.add<ProxiedStream>(*real);
    }
}

// Nothing where none comes in time: browsers connect in advance.
Task<std::optional<std::uint8_t>> Server::first_byte(Connection& connection)
{
    try {
        const std::optional<std::uint8_t> byte =
            co_await with_timeout(policy_.limits.handshake_step, connection.socket.peek());
        co_return byte;
    } catch (const TimedOut&) { // NOLINT(bugprone-empty-catch): as said above
    }
    co_return std::nullopt;
}

Task<> Server::view(Connection& connection)
{
    Session& session = *connection.session;
    co_await run_until_first_ends(session.greet(), wait_until_must_go(connection));
    connection.is_logged_in = true;
    connection.is_no_newcomer();
    const Greeting& greeting = session.greeting();
    spdlog::info("viewer {} connected: RFB {}, {}{}{}",
                 session.peer(),
                 name_of(greeting.version.protocol),
                 name_of(greeting.security),
                 connection.web_socket != nullptr ? ", WebSocket" : "",
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
