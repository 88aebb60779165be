#include "src/web/http_conversation.h"

#include "coroutine/combinators.h"
#include "rfb/transport/web_socket_handshake.h"

#include <array>
#include <http_parser.h>

namespace covnc {

namespace {

constexpr std::size_t kInputSize = 4096;
constexpr std::size_t kMostDrained = 65536; // of what a peer still sends when it is refused

// Scripts from here only, nothing from elsewhere, and nobody else puts the page into a frame of
// theirs to have it clicked.
std::string page_policy(const HttpRequest& request, const std::vector<std::string>& origins)
{
    const std::string host(request.header("host")); // HostRules know that it is one
    std::string policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; "
                         "img-src 'self' data: blob:; media-src 'self' data:; object-src 'none'; "
                         "base-uri 'none'; form-action 'self'; connect-src 'self' ws://" +
                         host + " wss://" + host + "; frame-ancestors 'self'";
    for (const std::string& origin : origins) {
        policy += " " + origin;
    }
    return policy;
}

} // namespace

HttpConversation::HttpConversation(Channel& channel,
                                   const WebSite& site,
                                   const SessionLimits& limits,
                                   const TrustedProxies& proxies)
    : channel_(channel),
      site_(site),
      limits_(limits),
      proxies_(proxies)
{
    stream().set_write_stall(limits.write_stall);
}

Task<WebSocketStream*> HttpConversation::run()
{
    std::exception_ptr reason;
    int status = 0;
    std::string text;
    try {
        WebSocketStream* const web_socket = co_await answer_requests();
        co_return web_socket;
    } catch (const HttpError& error) {
        reason = std::current_exception();
        status = error.status();
        text = error.what();
    }
    const HttpAnswer page = error_page(status, text);
    co_await send(page, false, false);
    co_await drain();
    std::rethrow_exception(reason);
}

Task<WebSocketStream*> HttpConversation::answer_requests()
{
    for (int left = kMostRequests - 1;; --left) {
        const bool is_there = co_await read_request();
        if (!is_there) {
            co_return nullptr;
        }
        const HttpRequest request = parser_.take();
        site_.hosts.check(request);
        if (wants_web_socket(request)) {
            WebSocketStream* const web_socket = co_await open_web_socket(request);
            co_return web_socket;
        }
        const bool keeps_alive = request.keeps_alive && left > 0;
        const HttpAnswer answer = answer_to(request);
        co_await send(answer, keeps_alive, request.is_head);
        if (!keeps_alive) {
            co_await drain();
            co_return nullptr;
        }
    }
}

// False where the peer has closed the connection, or has nothing more to ask.
Task<bool> HttpConversation::read_request()
{
    try {
        const bool is_there = co_await with_timeout(limits_.handshake_step, read_head());
        co_return is_there;
    } catch (const TimedOut&) {
        if (parser_.has_begun()) {
            throw HttpError(HTTP_STATUS_REQUEST_TIMEOUT, "the request took too long");
        }
    }
    co_return false;
}

Task<bool> HttpConversation::read_head()
{
    while (!parser_.is_complete()) {
        if (unread_.empty()) {
            const bool is_there = co_await receive();
            if (!is_there && parser_.has_begun()) {
                throw Disconnected("the peer closed the connection inside a request");
            }
            if (!is_there) {
                co_return false;
            }
        }
        unread_ = unread_.subspan(parser_.feed(unread_));
    }
    co_return true;
}

Task<bool> HttpConversation::receive()
{
    input_.resize(kInputSize);
    const std::size_t count = co_await stream().read_some(input_);
    unread_ = ByteView(input_).first(count);
    co_return count > 0;
}

Task<> HttpConversation::send(const HttpAnswer& answer, bool keeps_alive, bool leaves_body_out)
{
    const Bytes head = http_answer(answer, keeps_alive, leaves_body_out);
    const std::array<ByteView, 2> pieces{ByteView(head),
                                         leaves_body_out ? ByteView() : answer.body};
    const std::span<const ByteView> all(pieces);
    co_await stream().write_all(all);
}

HttpAnswer HttpConversation::answer_to(const HttpRequest& request) const
{
    if (request.path == "/") {
        HttpAnswer redirect =
            error_page(HTTP_STATUS_FOUND, "the viewer is in " + site_.files.start_page());
        redirect.headers.push_back({"Location", site_.files.start_page()});
        return redirect;
    }
    const WebFile* const file = site_.files.find(request.path);
    if (file != nullptr) {
        return file_answer(*file, request);
    }
    if (request.path == "/websockify") {
        return error_page(HTTP_STATUS_UPGRADE_REQUIRED, "viewers connect here, with a WebSocket");
    }
    return error_page(HTTP_STATUS_NOT_FOUND, "there is no such page");
}

HttpAnswer HttpConversation::file_answer(const WebFile& file, const HttpRequest& request) const
{
    HttpAnswer answer;
    answer.headers.push_back({"ETag", file.etag});
    if (request.header_lists("if-none-match", file.etag) ||
        request.header_lists("if-none-match", "W/" + file.etag) ||
        request.header_lists("if-none-match", "*")) {
        answer.status = HTTP_STATUS_NOT_MODIFIED;
        return answer;
    }
    answer.type = file.type;
    answer.body = file.content;
    if (file.type.starts_with("text/html") || file.type.starts_with("image/svg")) {
        answer.headers.push_back(
            {"Content-Security-Policy", page_policy(request, site_.hosts.origins())});
        if (site_.hosts.origins().empty()) {
            answer.headers.push_back({"X-Frame-Options", "SAMEORIGIN"});
        }
    }
    return answer;
}

// Where a proxy of ours says whom it speaks for.
void HttpConversation::learn_real_peer(const HttpRequest& request)
{
    if (!proxies_.trusts(stream())) {
        return;
    }
    std::vector<std::string> values;
    for (const HttpHeader& header : request.headers) {
        if (header.name == "x-forwarded-for") {
            values.push_back(header.value);
        }
    }
    const std::optional<RealPeer> real = forwarded_peer(values, proxies_);
    if (real) {
        channel_.add<ProxiedStream>(*real);
    }
}

Task<WebSocketStream*> HttpConversation::open_web_socket(const HttpRequest& request)
{
    if (request.path != "/" && request.path != "/websockify") {
        throw HttpError(HTTP_STATUS_NOT_FOUND, "viewers connect to /websockify");
    }
    const Bytes answer = web_socket_answer(request);
    co_await stream().write_all(ByteView(answer));
    learn_real_peer(request);
    Bytes ahead(unread_.begin(), unread_.end());
    WebSocketStream& opened =
        channel_.add<WebSocketStream>(WebSocketRole::kServer, std::move(ahead));
    co_return &opened;
}

// Closing with unread input would reset the connection and lose the answer on its way.
Task<> HttpConversation::drain()
{
    stream().shutdown_write();
    try {
        co_await with_timeout(limits_.farewell, channel_.reader().skip(kMostDrained));
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): it goes in any case
    }
}

} // namespace covnc
