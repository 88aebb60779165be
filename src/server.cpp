#include "src/server.h"

#include "coroutine/combinators.h"
#include "rfb/printable_text.h"
#include "rfb/security/security_types.h"
#include "rfb/transport/tls_stream.h"
#include "src/web/web_security.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>

namespace covnc {

namespace {

// Bytes that may wait unsent in the kernel: what is there cannot be overtaken by a newer picture.
constexpr int kUnsentLimit = 128 * 1024;
// Between calls of a viewer that listens.
constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLongestPause = std::chrono::seconds(60);
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

} // namespace

struct Server::Connection
{
    Connection(Server& owner,
               std::unique_ptr<Socket> its_socket,
               Port its_port,
               LoginGuard& its_guard)
        : server(owner),
          port(its_port),
          guard(its_guard),
          socket(*its_socket),
          address(socket.peer_address()),
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
        server.heap_.one_has_gone();
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
    LoginGuard& guard;
    Socket& socket; // the channel's lowest stream
    std::string address;
    Channel channel; // until there is a session
    WebSocketStream* web_socket = nullptr;
    bool is_https = false;
    std::optional<AccessPolicy> own_policy; // where it is not that of all
    std::optional<Session> session;
    TimePoint came_at;
    Event must_go;
    bool is_logged_in = false;
    bool is_told_of = false;     // the log knows why it goes
    bool is_turned_away = false; // likewise
    std::optional<std::list<Connection*>::iterator> newcomer;
};

Server::Server(Display& display, const AccessPolicy& policy, ServerLimits limits)
    : display_(display),
      policy_(policy),
      limits_(limits),
      heap_(display.pool())
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
        spdlog::info("web page on http://{}/{}",
                     listener->address().text(),
                     policy_.tls && policy_.tls->has_certificate() ? ", also by https" : "");
        scope.spawn(accept_from(std::move(listener), Port::kWeb, scope));
    }
    for (const ReverseTarget& target : reverse_) {
        scope.spawn(keep_calling(target));
    }
    scope.spawn(heap_.run());
    co_await scope.join();
}

Task<> Server::keep_calling(ReverseTarget target)
{
    const TaskContext context = co_await current_context();
    LoginGuard& guard = guards_.emplace_back(limits_.guard);
    WorkerPool& workers =
        policy_.login_workers != nullptr ? *policy_.login_workers : display_.pool();
    Duration pause = kFirstPause;
    std::string last_failure;
    for (;;) {
        std::unique_ptr<Socket> socket;
        std::string failure;
        try {
            socket = co_await call_viewer(*context.loop, workers, target);
        } catch (const std::exception& error) {
            failure = error.what();
        }
        if (socket != nullptr) {
            spdlog::info("called {}", target.text());
            socket->limit_unsent(kUnsentLimit);
            co_await serve(std::move(socket), Port::kReverse, guard);
            pause = kFirstPause;
        } else if (failure != last_failure) {
            spdlog::warn("cannot call {}: {}; trying on", target.text(), failure);
        }
        last_failure = failure;
        co_await context.loop->sleep_for(pause);
        pause = std::min(2 * pause, kLongestPause);
    }
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
        // Whom a proxy speaks for is to be heard.
        if (!proxies_.trusts(*socket) &&
            !has_place(socket->peer_address(), socket->peer(), context.loop->now())) {
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
bool Server::has_place(const std::string& address, const std::string& peer, TimePoint now)
{
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
        tell_crowded(peer, now);
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
    std::exception_ptr cancelled;
    try {
        co_await converse(connection);
        co_return; // a browser that only wanted pages, or one who was turned away
    } catch (const Cancelled&) {
        cancelled = std::current_exception();
    } catch (const Disconnected& error) {
        code = WebSocketClose::kNormal;
        reason = error.what();
    } catch (const LoginsBlocked& error) {
        // Guessers come often: one line tells of many.
        const auto count = guard.count_refusal(connection.address, display_.now());
        if (count) {
            spdlog::warn("viewer {} turned away: {} ({} since this was last said)",
                         connection.peer(),
                         error.what(),
                         *count);
        }
        connection.is_told_of = true;
        reason = error.what();
    } catch (const TimedOut&) {
        reason = connection.is_logged_in ? "it takes no data" : "too slow to log in";
    } catch (const std::exception& error) {
        reason = error.what();
    }
    if (cancelled) {
        co_await shielded(say_goodbye(connection, WebSocketClose::kGoingAway, "the server ends"));
        std::rethrow_exception(cancelled);
    }
    connection.is_no_newcomer();
    if (!connection.is_told_of) {
        tell_of_end(connection, code == WebSocketClose::kNormal, reason);
    }
    co_await say_goodbye(connection, code, std::move(reason));
}

void Server::tell_of_end(const Connection& connection, bool is_orderly, const std::string& reason)
{
    const bool is_viewer = connection.session || connection.port == Port::kRfb;
    const char* const who = is_viewer ? "viewer" : "web client";
    if (is_orderly) {
        spdlog::info("{} {} left: {}", who, connection.peer(), reason);
    } else {
        spdlog::warn("{} {} closed: {}", who, connection.peer(), reason);
    }
}

Task<> Server::converse(Connection& connection)
{
    const bool is_web = connection.port == Port::kWeb;
    if (is_web || (connection.port == Port::kRfb && !proxies_.is_empty())) {
        co_await run_until_first_ends(arrive(connection), wait_until_must_go(connection));
    }
    if (connection.is_turned_away || (is_web && connection.web_socket == nullptr)) {
        co_return;
    }
    if (is_web) {
        connection.own_policy = policy_; // as it is now: it may be reloaded
        connection.own_policy->types = types_for_browsers(policy_.types, connection.is_https);
    }
    if (connection.port == Port::kReverse) {
        connection.own_policy = policy_;
        connection.own_policy->types = {SecurityType::kNone};
    }
    const AccessPolicy& policy = connection.own_policy ? *connection.own_policy : policy_;
    connection.session.emplace(std::move(connection.channel), display_, policy, &connection.guard);
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
        co_await read_proxys_word(connection);
    }
    if (connection.port == Port::kWeb) {
        co_await begin_tls(connection);
        HttpConversation conversation(connection.channel, *site_, policy_.limits, proxies_);
        connection.web_socket = co_await conversation.run();
    }
    const std::string address = connection.channel.stream().peer_address();
    if (address != connection.address) {
        connection.is_turned_away = !has_place(address, connection.peer(), display_.now());
        connection.address = address;
    }
}

// A proxy on the web port may speak HTTP at once, and name the peer there. To guess is safe: no
// request that is of use here begins like that.
Task<> Server::read_proxys_word(Connection& connection)
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

// Where the browser does, on the same port as without.
Task<> Server::begin_tls(Connection& connection)
{
    if (!policy_.tls || !policy_.tls->has_certificate()) {
        co_return;
    }
    constexpr std::uint8_t kTlsHandshake = 0x16; // RFC 8446, section 5.1; no request begins so
    const std::optional<std::uint8_t> byte = co_await first_byte(connection);
    if (byte != kTlsHandshake) {
        co_return;
    }
    WorkerPool& pool = policy_.tls_workers != nullptr ? *policy_.tls_workers : display_.pool();
    TlsStream& tls = connection.channel.add<TlsStream>(pool, policy_.tls, TlsKind::kCertificate);
    try {
        co_await with_timeout(policy_.limits.handshake_step, tls.handshake());
    } catch (const CertificateRefused&) {
        connection.guard.failed(connection.address, display_.now());
        throw;
    }
    connection.is_https = true;
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
    const std::string user =
        greeting.user.empty() ? "" : ", user " + printable(greeting.user, kLongestUser);
    spdlog::info("viewer {} connected: RFB {}, {}{}{}{}{}",
                 session.peer(),
                 name_of(greeting.version.protocol),
                 name_of(greeting.security),
                 greeting.is_tight ? " in Tight" : "",
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
