// Which names and which pages a web port takes.
#include "src/web/host_rules.h"

#include <catch2/catch.hpp>

using namespace covnc;

namespace {

constexpr const char* kUpgrade = "Upgrade: websocket\r\n";

int status_of(const HostRules& rules, const std::string& headers)
{
    const std::string text = "GET / HTTP/1.1\r\n" + headers + "\r\n";
    HttpRequestParser parser;
    const Bytes bytes(text.begin(), text.end());
    parser.feed(bytes);
    const HttpRequest request = parser.take();
    try {
        rules.check(request);
    } catch (const HttpError& error) {
        return error.status();
    }
    return 200;
}

int host(const HostRules& rules, const std::string& value)
{
    return status_of(rules, "Host: " + value + "\r\n");
}

int page(const HostRules& rules, const std::string& origin, const std::string& host = "[::1]:5800")
{
    return status_of(rules, "Host: " + host + "\r\nOrigin: " + origin + "\r\n" + kUpgrade);
}

} // namespace

TEST_CASE("hosts are told from what they are not", "[web]")
{
    CHECK(host_of("127.0.0.1:5800") == "127.0.0.1");
    CHECK(host_of("Example.ORG") == "example.org");
    CHECK(host_of("[::1]:5800") == "::1");
    CHECK(host_of("[::1]") == "::1");
    for (const char* const none : {"",
                                   ":80",
                                   "a:",
                                   "a:b",
                                   "a:1:2",
                                   "a:123456",
                                   "::1",
                                   "[::1",
                                   "[::1]x",
                                   "[::1]5800",
                                   "[a]",
                                   "[]",
                                   "a/b",
                                   "a b",
                                   "a@b",
                                   "a\"b",
                                   "a;b",
                                   "a'b",
                                   "[127.0.0.1]"}) {
        CHECK(host_of(none).empty());
    }
    CHECK(host_of(std::string(254, 'a')).empty());
}

TEST_CASE("DNS rebinding: no name but our own is answered", "[web]")
{
    const HostRules rules({"https://vnc.example.org", "http://b.example.org:8080"}, "Box.lan");
    for (const char* const ours : {"127.0.0.1",
                                   "127.0.0.1:5800",
                                   "192.168.7.7:5800",
                                   "[::1]:5800",
                                   "localhost:5800",
                                   "LOCALHOST",
                                   "display.localhost",
                                   "box",
                                   "box.lan:1",
                                   "box.local",
                                   "vnc.example.org",
                                   "b.example.org"}) {
        INFO(ours);
        CHECK(host(rules, ours) == 200);
    }
    for (const char* const foreign : {"example.org",
                                      "evil.example:5800",
                                      "127.0.0.1.evil.example",
                                      "localhost.evil.example",
                                      "xbox.lan",
                                      "lan",
                                      "1.2.3"}) {
        INFO(foreign);
        CHECK(host(rules, foreign) == 421);
    }
    CHECK(host(rules, "") == 400);
    CHECK(host(rules, "a, b") == 400);
    CHECK(status_of(rules, "") == 400);
    CHECK(status_of(rules, "Host: localhost\r\nHost: localhost\r\n") == 400);
}

TEST_CASE("a WebSocket of a foreign page is refused", "[web]")
{
    const HostRules rules({"https://vnc.example.org"}, "box");
    CHECK(page(rules, "http://[::1]:5800") == 200);
    CHECK(page(rules, "HTTP://LocalHost", "localhost") == 200);
    CHECK(page(rules, "https://vnc.example.org") == 200);
    CHECK(page(rules, "https://vnc.example.org", "127.0.0.1:5800") == 200);
    CHECK(status_of(rules, std::string("Host: box\r\n") + kUpgrade) == 200); // no browser
    for (const char* const foreign : {"null",
                                      "",
                                      "http://[::1]:5801",
                                      "http://[::1]",
                                      "http://evil.example",
                                      "http://vnc.example.org",
                                      "https://vnc.example.org:444",
                                      "https://vnc.example.org.evil",
                                      "file://",
                                      "http://[::1]:5800/",
                                      "x[::1]:5800"}) {
        INFO(foreign);
        CHECK(page(rules, foreign) == 403);
    }
    CHECK(status_of(rules,
                    std::string("Host: box\r\nOrigin: http://box\r\nOrigin: http://box\r\n") +
                        kUpgrade) == 403);
    // Pages themselves are for everybody who names us.
    CHECK(status_of(rules, "Host: box\r\nOrigin: http://evil.example\r\n") == 200);
}

TEST_CASE("an origin that is none is a mistake", "[web]")
{
    for (const char* const none : {"vnc.example.org", "https://", "ftp://a", "https://a/b", "*"}) {
        CHECK_THROWS_AS(HostRules({none}), std::invalid_argument);
    }
}
