// Connections of the web port, in virtual time: what a browser is answered, and for how long.
#include "coroutine/combinators.h"
#include "coroutine/memory_stream.h"
#include "src/web/http_conversation.h"
#include "tests/support/coroutine_loop.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr const char* kHost = "Host: localhost:5800\r\n";
constexpr const char* kUpgrade =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

WebSite site()
{
    return WebSite(WebFiles({{"/vnc.html", {'p', 'a', 'g', 'e'}}, {"/a.js", {'j', 's'}}}),
                   HostRules({}, "box"));
}

struct Outcome
{
    Outcome() = default;
    std::string answer; // all that came back
    std::string end;    // "done", "websocket", or what was thrown
    std::string peer;   // of the WebSocket
    Duration time{};
};

struct Script
{
    Script(std::string the_text, bool then_closes = false, Duration a_pause = {})
        : text(std::move(the_text)),
          closes(then_closes),
          pause(a_pause)
    {}
    std::string text;
    bool closes;
    Duration pause; // between bytes
};

Task<> ask(Stream& stream, EventLoop& loop, const Script& script)
{
    try {
        for (const char c : script.text) {
            const Bytes byte{static_cast<std::uint8_t>(c)};
            co_await stream.write_all(ByteView(byte));
            if (script.pause > Duration()) {
                co_await loop.sleep_for(script.pause);
            }
        }
        if (script.closes) {
            stream.shutdown_write();
        }
    } catch (const Disconnected&) { // NOLINT(bugprone-empty-catch): it was refused meanwhile
    }
}

Task<> collect(Stream& stream, std::string& answer)
{
    Bytes buffer(1000);
    for (std::size_t count = 1; count > 0;) {
        count = co_await stream.read_some(buffer);
        answer.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(count));
    }
}

Task<> converse(std::unique_ptr<Stream> stream, Outcome& outcome, EventLoop& loop)
{
    const WebSite the_site = site();
    const SessionLimits limits;
    Channel channel(std::move(stream));
    const TrustedProxies proxies({"unix", "10.0.0.0/8"});
    HttpConversation conversation(channel, the_site, limits, proxies);
    try {
        WebSocketStream* const web_socket = co_await conversation.run();
        outcome.end = web_socket != nullptr ? "websocket" : "done";
        outcome.peer = web_socket != nullptr ? web_socket->peer() : "";
    } catch (const HttpError& error) {
        outcome.end = std::to_string(error.status()) + " " + error.what();
    } catch (const std::exception& error) {
        outcome.end = error.what();
    }
    outcome.time = loop.now().time_since_epoch();
}

Outcome talk(const Script& script)
{
    VirtualLoop at;
    auto ends = make_memory_streams();
    Outcome outcome;
    std::unique_ptr<Stream> server = std::move(ends.second);
    at.loop.run(when_all(ask(*ends.first, at.loop, script),
                         collect(*ends.first, outcome.answer),
                         converse(std::move(server), outcome, at.loop)));
    return outcome;
}

std::string get(const std::string& path, const std::string& headers = {})
{
    return "GET " + path + " HTTP/1.1\r\n" + kHost + headers + "\r\n";
}

int status_of(const Outcome& outcome)
{
    REQUIRE(outcome.answer.starts_with("HTTP/1.1 "));
    return std::stoi(outcome.answer.substr(9, 3));
}

using Catch::Contains;
using Catch::EndsWith;

} // namespace

TEST_CASE("a page comes with what keeps foreign scripts and frames away", "[web]")
{
    const Outcome outcome = talk(Script(get("/vnc.html"), true));
    CHECK(outcome.end == "done");
    CHECK(status_of(outcome) == 200);
    CHECK_THAT(outcome.answer, Contains("\r\nContent-Length: 4\r\n"));
    CHECK_THAT(outcome.answer, Contains("\r\nContent-Type: text/html; charset=utf-8\r\n"));
    CHECK_THAT(outcome.answer, Contains("\r\nX-Content-Type-Options: nosniff\r\n"));
    CHECK_THAT(outcome.answer, Contains("\r\nX-Frame-Options: SAMEORIGIN\r\n"));
    CHECK_THAT(outcome.answer, Contains("default-src 'self'"));
    CHECK_THAT(outcome.answer, Contains("connect-src 'self' ws://localhost:5800 "));
    CHECK_THAT(outcome.answer, EndsWith("\r\n\r\npage"));
}

TEST_CASE("several requests of one connection are answered in their order", "[web]")
{
    const Outcome outcome =
        talk(Script(get("/a.js") + get("/nothing") + get("/a.js", "Connection: close\r\n")));
    CHECK(outcome.end == "done");
    const std::string& all = outcome.answer;
    const std::size_t missing = all.find("HTTP/1.1 404 Not Found");
    REQUIRE(missing != std::string::npos);
    CHECK(all.find("js", all.find("\r\n\r\n")) < missing);
    CHECK_THAT(all, EndsWith("\r\n\r\njs"));
    CHECK(outcome.time <= milliseconds(500)); // the farewell
}

TEST_CASE("HEAD and what has not changed come without a body", "[web]")
{
    CHECK_THAT(talk(Script("HEAD /a.js HTTP/1.1\r\nHost: localhost\r\n\r\n", true)).answer,
               Contains("Content-Length: 2\r\n") && EndsWith("\r\n\r\n"));
    CHECK_THAT(talk(Script("HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n", true)).answer,
               Contains("404") && EndsWith("\r\n\r\n"));
    const Outcome first = talk(Script(get("/a.js"), true));
    const std::size_t at = first.answer.find("ETag: ") + 6;
    const std::string etag = first.answer.substr(at, first.answer.find("\r\n", at) - at);
    for (const std::string& known : {etag, "W/" + etag, "\"x\", " + etag, std::string("*")}) {
        const Outcome again = talk(Script(get("/a.js", "If-None-Match: " + known + "\r\n"), true));
        CHECK(status_of(again) == 304);
        CHECK_THAT(again.answer, EndsWith("\r\n\r\n"));
    }
    CHECK(status_of(talk(Script(get("/a.js", "If-None-Match: \"x\"\r\n"), true))) == 200);
}

TEST_CASE("the start leads to noVNC, and viewers are told where to connect", "[web]")
{
    const Outcome start = talk(Script(get("/"), true));
    CHECK(status_of(start) == 302);
    CHECK_THAT(start.answer, Contains("Location: /vnc.html?autoconnect=1"));
    const Outcome socket = talk(Script(get("/websockify"), true));
    CHECK(status_of(socket) == 426);
    CHECK_THAT(socket.answer, Contains("Upgrade: websocket\r\n"));
}

TEST_CASE("a WebSocket is opened at two addresses and nowhere else", "[web]")
{
    for (const char* const path : {"/", "/websockify", "/websockify?token=1"}) {
        const Outcome outcome = talk(Script(get(path, kUpgrade)));
        CHECK(outcome.end == "websocket");
        CHECK(status_of(outcome) == 101);
    }
    CHECK(status_of(talk(Script(get("/elsewhere", kUpgrade)))) == 404);
    const Outcome foreign =
        talk(Script(get("/", std::string(kUpgrade) + "Origin: http://evil.example\r\n")));
    CHECK(status_of(foreign) == 403);
    CHECK_THAT(foreign.end, Contains("403 a page from elsewhere"));
}

TEST_CASE("a trusted proxy says whom it speaks for", "[web]")
{
    const std::string upgrade = kUpgrade;
    CHECK(talk(Script(get("/", upgrade))).peer == "memory:second");
    CHECK(talk(Script(get("/", upgrade + "X-Forwarded-For: 203.0.113.9, 10.1.1.1\r\n"))).peer ==
          "203.0.113.9");
    CHECK(talk(Script(get("/", upgrade + "X-Forwarded-For: <script>\r\n"))).peer ==
          "memory:second");
}

TEST_CASE("what is refused is told why, in plain words, and closed", "[web]")
{
    const Outcome outcome = talk(Script("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    CHECK(status_of(outcome) == 405);
    CHECK_THAT(outcome.answer, Contains("Allow: GET, HEAD\r\n"));
    CHECK_THAT(outcome.answer, Contains("Connection: close\r\n"));
    CHECK_THAT(outcome.answer,
               EndsWith("405 Method Not Allowed: only GET and HEAD are of use here\n"));
    CHECK(status_of(talk(Script("RFB 003.008\n"))) == 400);
    CHECK(status_of(talk(Script(get("/%2")))) == 400);
    CHECK(status_of(talk(Script("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"))) == 421);
    CHECK(status_of(talk(Script("GET /" + std::string(3000, 'x')))) == 414);
    CHECK(status_of(talk(Script("GET / HTTP/1.1\r\nA: " + std::string(20000, 'x')))) == 431);
}

TEST_CASE("a request has ten seconds, however it drips in; so has the next one", "[web]")
{
    const Outcome slow = talk(Script(get("/a.js"), false, seconds(1)));
    CHECK(status_of(slow) == 408);
    CHECK(slow.time < seconds(11));
    const Outcome silent = talk(Script(""));
    CHECK(silent.end == "done");
    CHECK(silent.answer.empty());
    CHECK(silent.time == seconds(10));
    const Outcome idle = talk(Script(get("/a.js")));
    CHECK(idle.end == "done");
    CHECK(status_of(idle) == 200);
    CHECK(idle.time == seconds(10));
}

TEST_CASE("CVE-2025-11234, CVE-2023-3354: a peer that goes at any byte of a request", "[web]")
{
    const std::string request = get("/", kUpgrade);
    for (std::size_t size = 0; size < request.size(); ++size) {
        const Outcome outcome = talk(Script(request.substr(0, size), true));
        CHECK(outcome.end ==
              (size == 0 ? "done" : "the peer closed the connection inside a request"));
        CHECK(outcome.answer.empty());
        CHECK(outcome.time == Duration());
    }
}
