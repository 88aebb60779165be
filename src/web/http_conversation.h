// A connection of the web port, until it is closed or has become a WebSocket. Loop thread only.
#pragma once

#include "coroutine/event_loop.h"
#include "rfb/access.h"
#include "rfb/channel.h"
#include "rfb/transport/proxy_protocol.h"
#include "rfb/transport/web_socket_stream.h"
#include "src/web/host_rules.h"
#include "src/web/http_answer.h"
#include "src/web/web_files.h"

namespace covnc {

// What a web port shows and to whom.
struct WebSite
{
    WebSite(WebFiles web_files, HostRules host_rules)
        : files(std::move(web_files)),
          hosts(std::move(host_rules))
    {}

    WebFiles files;
    HostRules hosts;
};

class HttpConversation
{
public:
    static constexpr int kMostRequests = 1000; // of one connection

    // All must live longer.
    HttpConversation(Channel& channel,
                     const WebSite& site,
                     const SessionLimits& limits,
                     const TrustedProxies& proxies);

    // Answers requests one after the other. Returns the WebSocket that the channel has become;
    // nothing where the peer is done. A peer that asks wrongly has been told why before this throws
    // HttpError. Suspends for the peer, within the limits. Throws TimedOut where it takes nothing,
    // Disconnected, Cancelled.
    Task<WebSocketStream*> run();

private:
    Task<WebSocketStream*> answer_requests();
    Task<bool> read_request();
    Task<bool> read_head();
    Task<bool> receive();
    Task<> send(const HttpAnswer& answer, bool keeps_alive, bool leaves_body_out);
    Task<> drain();
    void learn_real_peer(const HttpRequest& request);
    Task<WebSocketStream*> open_web_socket(const HttpRequest& request);
    HttpAnswer answer_to(const HttpRequest& request) const;
    HttpAnswer file_answer(const WebFile& file, const HttpRequest& request) const;
    Stream& stream() { return channel_.stream(); }

    Channel& channel_;
    const WebSite& site_;
    const SessionLimits& limits_;
    const TrustedProxies& proxies_;
    HttpRequestParser parser_;
    Bytes input_;
    ByteView unread_; // of it
};

} // namespace covnc
