// What browsers and others may send to the web port, up to the WebSocket that a connection becomes.
#include "src/web/http_conversation.h"
#include "tools/fuzz/session_under_test.h"

namespace {

using namespace covnc;

Task<> converse(ByteView input)
{
    static const WebSite site(WebFiles({{"/vnc.html", {'p'}}, {"/a b.js", {}}}),
                              HostRules({"https://a.example"}, "box"));
    const SessionLimits limits;
    Channel channel(std::make_unique<fuzz::InputStream>(input));
    static const TrustedProxies proxies({"unix", "10.0.0.0/8"});
    HttpConversation conversation(channel, site, limits, proxies);
    try {
        WebSocketStream* const web_socket = co_await conversation.run();
        Bytes buffer(10);
        for (std::size_t count = 1; web_socket != nullptr && count > 0;) {
            count = co_await web_socket->read_some(buffer);
        }
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): how every input ends
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run(converse({data, size}));
    return 0;
}
