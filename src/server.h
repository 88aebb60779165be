// Accepts viewers and runs a session for each. Loop thread only.
#pragma once

#include "coroutine/listener.h"
#include "rfb/session.h"
#include "rfb/transport/proxy_protocol.h"
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
};

class Server
{
public:
    // Display and policy must live longer.
    Server(Display& display, const AccessPolicy& policy, ServerLimits limits);

    // Shows `site` on these as well, and takes viewers there by WebSocket. It must live longer.
    // Before run().
    void serve_web(std::vector<std::unique_ptr<Listener>> listeners, const WebSite& site);

    // Believes them when they say for whom they speak. Before run().
    void trust(TrustedProxies proxies) { proxies_ = std::move(proxies); }

    // Serves until cancelled; then every session has ended. Throws std::system_error when a
    // listener breaks.
    Task<> run(std::vector<std::unique_ptr<Listener>> listeners);

    std::size_t connections() const { return connections_; }

private:
    struct Connection;
    enum class Port : std::uint8_t { kRfb, kWeb };

    Task<> accept_from(std::unique_ptr<Listener> listener, Port port, TaskScope& scope);
    Task<> serve(std::unique_ptr<Socket> socket, Port port);
    Task<> wait_until_must_go(Connection& connection);
    Task<> converse(Connection& connection);
    Task<> arrive(Connection& connection);
    Task<> learn_real_peer(Connection& connection);
    Task<std::optional<std::uint8_t>> first_byte(Connection& connection);
    Task<> view(Connection& connection);
    Task<> say_goodbye(Connection& connection, WebSocketClose code, std::string reason);
    Task<> wait_for_room(EventLoop& loop);

    Display& display_;
    const AccessPolicy& policy_;
    AccessPolicy web_policy_; // the same for viewers on the web port
    ServerLimits limits_;
    std::vector<std::unique_ptr<Listener>> web_listeners_; // until run()
    const WebSite* site_ = nullptr;
    TrustedProxies proxies_;
    std::size_t connections_ = 0;
    std::list<Connection*> newcomers_; // not logged in, nor told to go; oldest first
    Event newcomer_left_;              // that list
};

} // namespace covnc
