// Accepts viewers and runs a session for each. Loop thread only.
#pragma once

#include "coroutine/listener.h"
#include "rfb/security/login_guard.h"
#include "rfb/session.h"
#include "rfb/transport/proxy_protocol.h"
#include "src/heap_trimmer.h"
#include "src/reverse.h"
#include "src/web/http_conversation.h"

#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace covnc {

struct ServerLimits
{
    std::size_t connections = 20000; // in all
    std::size_t not_logged_in = 400; // beyond, the oldest of them gives way
    // but has this long at least: many who come in one instant get in one after the other.
    Duration login_time = std::chrono::seconds(1);
    // The same for those from one address; but here, while the oldest has its time, who comes is
    // turned away, so that nobody from elsewhere waits. A quarter of the places: one address cannot
    // keep the others out, and an office behind one address can log in at once. Peers on unix
    // sockets have no address. 0: no limit.
    std::size_t not_logged_in_per_address = 100;
    // Whether it goes for addresses of this machine: those of everybody who comes by a tunnel or a
    // proxy.
    bool limits_this_machine = false;
    LoginGuardLimits guard{};
};

class Server
{
public:
    // Display and policy must live longer.
    Server(Display& display, const AccessPolicy& policy, ServerLimits limits);

    // Shows `site` on these as well, and takes viewers there by WebSocket. It must live longer.
    // Before run().
    void serve_web(std::vector<std::unique_ptr<Listener>> listeners, const WebSite& site);

    // Calls these, again and again while they are not there. Who called whom says who is wanted:
    // such a viewer needs no login. Before run().
    void call(std::vector<ReverseTarget> targets) { reverse_ = std::move(targets); }

    // Believes them when they say for whom they speak. Before run().
    void trust(TrustedProxies proxies) { proxies_ = std::move(proxies); }

    // Serves until cancelled; then every session has ended. Throws std::system_error when a
    // listener breaks.
    Task<> run(std::vector<std::unique_ptr<Listener>> listeners);

    std::size_t connections() const { return connections_; }

private:
    struct Connection;
    enum class Port : std::uint8_t { kRfb, kWeb, kReverse };

    Task<> accept_from(std::unique_ptr<Listener> listener, Port port, TaskScope& scope);
    Task<> keep_calling(ReverseTarget target);
    Task<> serve(std::unique_ptr<Socket> socket, Port port, LoginGuard& guard);
    bool has_place(const std::string& address, const std::string& peer, TimePoint now);
    void tell_crowded(const std::string& peer, TimePoint now);
    Task<> wait_until_must_go(Connection& connection);
    Task<> converse(Connection& connection);
    Task<> arrive(Connection& connection);
    Task<> read_proxys_word(Connection& connection);
    Task<> begin_tls(Connection& connection);
    Task<std::optional<std::uint8_t>> first_byte(Connection& connection);
    Task<> view(Connection& connection);
    static void
    tell_of_end(const Connection& connection, bool is_orderly, const std::string& reason);
    Task<> say_goodbye(Connection& connection, WebSocketClose code, std::string reason);
    Task<> wait_for_room(EventLoop& loop);

    Display& display_;
    const AccessPolicy& policy_;
    ServerLimits limits_;
    std::vector<std::unique_ptr<Listener>> web_listeners_; // until run()
    const WebSite* site_ = nullptr;
    std::vector<ReverseTarget> reverse_;
    TrustedProxies proxies_;
    HeapTrimmer heap_;
    std::size_t connections_ = 0;
    std::list<Connection*> newcomers_; // not logged in, nor told to go; oldest first
    Event newcomer_left_;              // that list
    std::list<LoginGuard> guards_;     // one for each listener
    std::uint64_t crowded_ = 0;        // turned away since the log was told
    std::optional<TimePoint> crowded_told_at_;
};

} // namespace covnc
