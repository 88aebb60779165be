#include "rfb/transport/web_socket_handshake.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <nettle/base64.h>
#include <nettle/sha1.h>

#include <array>
#include <http_parser.h>

namespace covnc {

namespace {

constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // section 1.3
constexpr std::size_t kNonceSize = 16;
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::string base64(ByteView bytes)
{
    std::string text(BASE64_ENCODE_RAW_LENGTH(bytes.size()), '\0');
    base64_encode_raw(text.data(), bytes.size(), bytes.data());
    return text;
}

// 16 bytes in base64 and nothing else.
bool is_key(std::string_view key)
{
    if (key.size() != BASE64_ENCODE_RAW_LENGTH(kNonceSize)) {
        return false;
    }
    base64_decode_ctx context{};
    base64_decode_init(&context);
    std::array<std::uint8_t, BASE64_DECODE_LENGTH(BASE64_ENCODE_RAW_LENGTH(kNonceSize))> bytes{};
    std::size_t size = bytes.size();
    return base64_decode_update(&context, &size, bytes.data(), key.size(), key.data()) == 1 &&
           base64_decode_final(&context) == 1 && size == kNonceSize;
}

// What is of interest in a server's answer.
class AnswerParser
{
public:
    AnswerParser()
    {
        http_parser_init(&parser_, HTTP_RESPONSE);
        parser_.data = this;
        http_parser_settings_init(&settings_);
        settings_.on_header_field = [](http_parser* parser, const char* text, std::size_t size) {
            AnswerParser& self = *static_cast<AnswerParser*>(parser->data);
            if (!self.in_name_) {
                self.headers_.headers.emplace_back();
                self.in_name_ = true;
            }
            self.headers_.headers.back().name += in_small_letters({text, size});
            return 0;
        };
        settings_.on_header_value = [](http_parser* parser, const char* text, std::size_t size) {
            AnswerParser& self = *static_cast<AnswerParser*>(parser->data);
            self.in_name_ = false;
            if (self.headers_.headers.empty()) {
                return -1;
            }
            self.headers_.headers.back().value.append(text, size);
            return 0;
        };
    }

    // Throws ProtocolError, ConnectionRefused.
    void check(std::string_view head, std::string_view key)
    {
        http_parser_execute(&parser_, &settings_, head.data(), head.size());
        if (HTTP_PARSER_ERRNO(&parser_) != HPE_OK) {
            throw ProtocolError("the server does not speak HTTP");
        }
        if (parser_.status_code != HTTP_STATUS_SWITCHING_PROTOCOLS) {
            throw ConnectionRefused("the web server says " + std::to_string(parser_.status_code));
        }
        if (!equal_ignoring_case(headers_.header("upgrade"), "websocket") ||
            !headers_.header_lists("connection", "upgrade") ||
            headers_.header("sec-websocket-accept") != web_socket_accept(key) ||
            headers_.count("sec-websocket-extensions") > 0) {
            throw ProtocolError("the server opens no WebSocket as it should");
        }
    }

private:
    http_parser parser_{};
    http_parser_settings settings_{};
    HttpRequest headers_; // only those
    bool in_name_ = false;
};

} // namespace

std::string web_socket_accept(std::string_view key)
{
    std::string text(key);
    text += kGuid;
    sha1_ctx context{};
    sha1_init(&context);
    sha1_update(&context, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
    std::array<std::uint8_t, SHA1_DIGEST_SIZE> digest{};
    sha1_digest(&context, digest.size(), digest.data());
    return base64(digest);
}

bool wants_web_socket(const HttpRequest& request)
{
    return request.header_lists("upgrade", "websocket");
}

Bytes web_socket_answer(const HttpRequest& request)
{
    if (!request.is_get || !request.header_lists("connection", "upgrade") ||
        request.count("sec-websocket-key") != 1 || !is_key(request.header("sec-websocket-key"))) {
        throw HttpError(HTTP_STATUS_BAD_REQUEST, "that is no request for a WebSocket");
    }
    if (request.header("sec-websocket-version") != "13") {
        throw HttpError(HTTP_STATUS_UPGRADE_REQUIRED, "this server speaks WebSocket version 13");
    }
    std::string text = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                       "Connection: Upgrade\r\nSec-WebSocket-Accept: ";
    text += web_socket_accept(request.header("sec-websocket-key"));
    text += "\r\n";
    // A protocol that was not asked for would make the client give up, and so would none to one
    // that asked.
    if (request.header_lists("sec-websocket-protocol", "binary")) {
        text += "Sec-WebSocket-Protocol: binary\r\n";
    }
    text += "\r\n";
    return {text.begin(), text.end()};
}

Task<> open_web_socket(Channel& channel, WebSocketTarget target)
{
    std::array<std::uint8_t, kNonceSize> nonce{};
    if (gnutls_rnd(GNUTLS_RND_NONCE, nonce.data(), nonce.size()) != 0) {
        throw std::runtime_error("no random numbers");
    }
    const std::string key = base64(nonce);
    const std::string request =
        "GET " + target.path + " HTTP/1.1\r\nHost: " + target.host +
        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: binary\r\nSec-WebSocket-Key: " +
        key + "\r\n\r\n";
    const Bytes out(request.begin(), request.end());
    co_await channel.stream().write_all(ByteView(out));

    Bytes answer(kMaxHttpHead);
    std::size_t size = 0;
    std::size_t end = std::string_view::npos;
    while (end == std::string_view::npos) {
        const std::span<std::uint8_t> room = std::span(answer).subspan(size);
        if (room.empty()) {
            throw ProtocolError("the web server's answer is too large");
        }
        const std::size_t count = co_await channel.stream().read_some(room);
        if (count == 0) {
            throw Disconnected("the server closed the connection");
        }
        size += count;
        end = std::string_view(reinterpret_cast<const char*>(answer.data()), size).find(kHeadEnd);
    }
    end += kHeadEnd.size();
    AnswerParser parser;
    parser.check({reinterpret_cast<const char*>(answer.data()), end}, key);
    const auto begin = answer.begin();
    Bytes ahead(begin + static_cast<std::ptrdiff_t>(end),
                begin + static_cast<std::ptrdiff_t>(size));
    channel.add<WebSocketStream>(WebSocketRole::kClient, std::move(ahead));
}

} // namespace covnc
