// Requests of browsers, and of others (RFC 9112).
#include "rfb/transport/http_request.h"

#include <catch2/catch.hpp>

using namespace covnc;

namespace {

std::size_t feed(HttpRequestParser& parser, std::string_view text)
{
    return parser.feed({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

// The status of what is refused, 0 for a request that is complete, 1 for one that is not.
int status_of(std::string_view text, std::size_t step = 1000000)
{
    HttpRequestParser parser;
    try {
        while (!text.empty() && !parser.is_complete()) {
            text.remove_prefix(feed(parser, text.substr(0, step)));
        }
    } catch (const HttpError& error) {
        return error.status();
    }
    return parser.is_complete() ? 0 : 1;
}

HttpRequest parse(std::string_view text)
{
    HttpRequestParser parser;
    CHECK(feed(parser, text) == text.size());
    REQUIRE(parser.is_complete());
    return parser.take();
}

std::string path_of(const std::string& target)
{
    HttpRequestParser parser;
    try {
        feed(parser, "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
    } catch (const HttpError& error) {
        return std::to_string(error.status());
    }
    return parser.take().path;
}

} // namespace

TEST_CASE("a request is read, in pieces of any size", "[http]")
{
    const std::string text =
        "GET /vnc.html?autoconnect=1 HTTP/1.1\r\nHost: 127.0.0.1:5800\r\n"
        "Accept: text/html, */*\r\nX-Empty:\r\nX-TWICE: a\r\nx-twice: b, C\r\n\r\n";
    const std::size_t step = GENERATE(1U, 2U, 10U, 1000U);
    CHECK(status_of(text, step) == 0);
    const HttpRequest request = parse(text);
    CHECK(request.is_get);
    CHECK_FALSE(request.is_head);
    CHECK(request.path == "/vnc.html");
    CHECK(request.keeps_alive);
    CHECK(request.header("host") == "127.0.0.1:5800");
    CHECK(request.header("missing").empty());
    CHECK(request.count("x-empty") == 1);
    CHECK(request.count("x-twice") == 2);
    CHECK(request.header_lists("x-twice", "c"));
    CHECK(request.header_lists("accept", "text/html"));
    CHECK_FALSE(request.header_lists("accept", "text"));
}

TEST_CASE("requests may follow each other at once", "[http]")
{
    const std::string one = "HEAD / HTTP/1.0\r\n\r\n";
    HttpRequestParser parser;
    CHECK(feed(parser, one + one) == one.size());
    const HttpRequest request = parser.take();
    CHECK(request.is_head);
    CHECK_FALSE(request.keeps_alive);
    CHECK_FALSE(parser.has_begun());
    CHECK(feed(parser, one) == one.size());
    CHECK(parser.is_complete());
    CHECK(parse("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").keeps_alive == false);
}

TEST_CASE("addresses of pages are decoded once", "[http]")
{
    CHECK(path_of("/") == "/");
    CHECK(path_of("/a%20b?c%zz") == "/a b");
    CHECK(path_of("/%252e") == "/%2e");
    CHECK(path_of("/%00") == std::string("/\0", 2));
    CHECK(path_of("/%4") == "400");
    CHECK(path_of("/%4g") == "400");
    CHECK(path_of("/%") == "400");
    CHECK(path_of("/%+1") == "400");
    CHECK(path_of("http://elsewhere/x") == "400");
    CHECK(path_of("*") == "400");
}

TEST_CASE("what is no request, or of no use here, is refused", "[http]")
{
    CHECK(status_of("RFB 003.008\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\nHost a\r\n\r\n") == 400);
    CHECK(status_of("GET / HTTP/1.1\r\n: a\r\n\r\n") == 400);
    CHECK(status_of("GET /\x01 HTTP/1.1\r\n\r\n") == 400);
    CHECK(status_of(std::string_view("GET / HTTP/1.1\r\nA: \0\r\n\r\n", 25)) == 400);
    CHECK(status_of("GET / HTTP/2.0\r\n\r\n") == 505);
    CHECK(status_of("POST / HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
    CHECK(status_of("OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
    CHECK(status_of("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n") == 405);
    CHECK(status_of("GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde") == 413);
    CHECK(status_of("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n") == 413);
    CHECK(status_of("GET / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n") >=
          400);
    CHECK(status_of("GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n") == 0);
    CHECK(status_of("GET / HTTP/1.1\r\nHost: a\r\n") == 1);
}

TEST_CASE("CVE-2015-1779: a head that grows and grows is refused", "[http]")
{
    const std::string start = "GET / HTTP/1.1\r\n";
    std::string many = start;
    for (int i = 0; i < 64; ++i) {
        many += "A: b\r\n";
    }
    CHECK(status_of(many + "\r\n") == 0);
    CHECK(status_of(many + "A: b\r\n\r\n") == 431);
    const std::size_t step = GENERATE(100U, 1000000U);
    CHECK(status_of(start + "A: " + std::string(100000, 'x'), step) == 431);
    CHECK(status_of(start + std::string(100000, 'x'), step) == 431);
    CHECK(status_of("GET /" + std::string(100000, 'x'), step) == 414);
    CHECK(status_of("GET /" + std::string(2047, 'x') + " HTTP/1.1\r\n\r\n") == 0);
    CHECK(status_of(std::string(100000, '\n'), step) >= 400);
}
