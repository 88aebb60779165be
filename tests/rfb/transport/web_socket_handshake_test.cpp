// How a connection becomes a WebSocket (RFC 6455, section 4).
#include "coroutine/combinators.h"
#include "coroutine/memory_stream.h"
#include "rfb/transport/web_socket_handshake.h"
#include "tests/support/coroutine_loop.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::seconds;

namespace {

constexpr const char* kUpgrade = "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n";
constexpr const char* kKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
constexpr const char* kVersion = "Sec-WebSocket-Version: 13\r\n";

HttpRequest request_of(const std::string& headers, const std::string& method = "GET")
{
    const std::string text = method + " /websockify HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
    const Bytes bytes(text.begin(), text.end());
    HttpRequestParser parser;
    parser.feed(bytes);
    REQUIRE(parser.is_complete());
    return parser.take();
}

std::string answer_to(const std::string& headers, const std::string& method = "GET")
{
    try {
        const Bytes answer = web_socket_answer(request_of(headers, method));
        return {answer.begin(), answer.end()};
    } catch (const HttpError& error) {
        return std::to_string(error.status());
    }
}

// What a client makes of a server that answers this; "KEY" stands for what its key asks for.
std::string meet(std::string answer, bool ends = true)
{
    VirtualLoop at;
    auto ends_of_it = make_memory_streams();
    const auto serve = [](Stream& stream, std::string text, bool closes) -> Task<> {
        std::string request;
        Bytes byte(1);
        while (!request.ends_with("\r\n\r\n")) {
            co_await stream.read_exact(byte);
            request += static_cast<char>(byte[0]);
        }
        CHECK(request.starts_with("GET /path HTTP/1.1\r\nHost: host:1\r\n"));
        constexpr std::string_view kName = "Sec-WebSocket-Key: ";
        const std::string key = request.substr(request.find(kName) + kName.size(), 24);
        const std::size_t at_key = text.find("KEY");
        if (at_key != std::string::npos) {
            text.replace(at_key, 3, web_socket_accept(key));
        }
        const Bytes out(text.begin(), text.end());
        co_await stream.write_all(ByteView(out));
        if (closes) {
            stream.shutdown_write();
        }
    };
    const auto ask = [](Stream& stream) -> Task<std::string> {
        Channel channel(stream);
        co_await open_web_socket(channel, WebSocketTarget("host:1", "/path"));
        Bytes byte(1);
        co_await channel.stream().read_exact(byte);
        co_return std::string("read ") + static_cast<char>(byte[0]);
    };
    try {
        const auto result = at.loop.run(when_all(serve(*ends_of_it.second, std::move(answer), ends),
                                                 with_timeout(seconds(5), ask(*ends_of_it.first))));
        return std::get<1>(result);
    } catch (const std::exception& error) {
        return error.what();
    }
}

const std::string kGood = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                          "Connection: Upgrade\r\nSec-WebSocket-Accept: KEY\r\n\r\n";

std::string without(const std::string& line)
{
    std::string text = kGood;
    const std::size_t begin = text.find(line);
    text.erase(begin, text.find("\r\n", begin) + 2 - begin);
    return text;
}

} // namespace

TEST_CASE("the key of RFC 6455, 1.3", "[websocket]")
{
    CHECK(web_socket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("a WebSocket is agreed on; binary is answered only where it was asked for", "[websocket]")
{
    const std::string all = std::string(kUpgrade) + kKey + kVersion;
    const std::string plain = answer_to(all);
    CHECK_THAT(plain, Catch::StartsWith("HTTP/1.1 101 "));
    CHECK_THAT(plain, Catch::Contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    CHECK_THAT(plain, Catch::EndsWith("\r\n\r\n"));
    CHECK_THAT(plain, !Catch::Contains("Protocol:"));
    CHECK_THAT(plain, !Catch::Contains("Extensions"));
    const std::string asked = answer_to(all + "Sec-WebSocket-Protocol: base64, binary\r\n"
                                              "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    CHECK_THAT(asked, Catch::Contains("\r\nSec-WebSocket-Protocol: binary\r\n"));
    CHECK_THAT(asked, !Catch::Contains("Extensions"));
    CHECK_THAT(answer_to(all + "Sec-WebSocket-Protocol: base64\r\n"),
               !Catch::Contains("Protocol:"));
}

TEST_CASE("what lacks a part of the handshake is no WebSocket", "[websocket]")
{
    const std::string upgrade = kUpgrade;
    const std::string key = kKey;
    const std::string version = kVersion;
    CHECK(answer_to(upgrade + version) == "400");
    CHECK(answer_to(upgrade + key) == "426");
    CHECK(answer_to(upgrade + key + "Sec-WebSocket-Version: 8\r\n") == "426");
    CHECK(answer_to("Upgrade: websocket\r\nConnection: close\r\n" + key + version) == "400");
    CHECK(answer_to(upgrade + key + key + version) == "400");
    CHECK(answer_to(upgrade + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n" + version) == "400");
    CHECK(answer_to(upgrade + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=!\r\n" + version) ==
          "400");
    CHECK(answer_to(upgrade + "Sec-WebSocket-Key: QQ==\r\n" + version) == "400");
    CHECK(answer_to(upgrade + key + version, "HEAD") == "400");
}

TEST_CASE("a client opens a WebSocket, and reads what came with the answer", "[websocket]")
{
    CHECK(meet(kGood + "\x82\x01X") == "read X");
}

TEST_CASE("a client refuses servers that open no WebSocket", "[websocket]")
{
    CHECK(meet("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") == "the web server says 404");
    const std::string wrong = "the server opens no WebSocket as it should";
    CHECK(meet(without("Upgrade:")) == wrong);
    CHECK(meet(without("Connection:")) == wrong);
    CHECK(meet(without("Sec-WebSocket-Accept:")) == wrong);
    std::string false_key = kGood;
    false_key.replace(false_key.find("KEY"), 3, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    CHECK(meet(false_key) == wrong);
    CHECK(meet("RFB 003.008\n", false) == "timed out");
    CHECK(meet("RFB 003.008\n\r\n\r\n") == "the server does not speak HTTP");
    CHECK(meet(std::string(20000, 'x')) == "the web server's answer is too large");
    CHECK(meet("HTTP/1.1 101 ") == "the server closed the connection");
}
