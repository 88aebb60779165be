#include "coroutine/endpoint.h"

#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

using namespace covnc;

namespace {

std::string only_address(const char* text)
{
    const auto addresses = Endpoint::parse(text).resolve();
    REQUIRE(addresses.size() == 1);
    return addresses.front().text();
}

} // namespace

TEST_CASE("endpoints as people write them", "[endpoint]")
{
    CHECK(only_address("127.0.0.1:5900") == "127.0.0.1:5900");
    CHECK(only_address("0.0.0.0:0") == "0.0.0.0:0");
    CHECK(only_address("[::1]:65535") == "[::1]:65535");
    CHECK(only_address("[::]:1") == "[::]:1");
    CHECK(only_address("unix:/run/covnc.sock") == "unix:/run/covnc.sock");
    CHECK(Endpoint::parse("unix:relative/path").path() == "relative/path");
    const Endpoint inherited = Endpoint::parse("fd:3");
    CHECK(inherited.kind() == Endpoint::Kind::kInherited);
    CHECK(inherited.inherited_fd() == 3);
    CHECK(Endpoint::parse("localhost:1").text() == "localhost:1");
}

TEST_CASE("a name stands for at least one address", "[endpoint]")
{
    const auto addresses = Endpoint::parse("localhost:5901").resolve();
    REQUIRE_FALSE(addresses.empty());
    for (const SocketAddress& address : addresses) {
        CHECK(address.is_loopback());
        CHECK_THAT(address.text(), Catch::EndsWith(":5901"));
    }
}

TEST_CASE("what is no endpoint is refused with its own text", "[endpoint]")
{
    const std::string text = GENERATE(as<std::string>(),
                                      "",
                                      ":",
                                      ":5900",
                                      "host",
                                      "host:",
                                      "host:65536",
                                      "host:-1",
                                      "host:+1",
                                      "host: 1",
                                      "host:1 ",
                                      "host:0x10",
                                      "host:99999999999999999999",
                                      "::1:5900",
                                      "[::1]",
                                      "[::1]5900",
                                      "[::1:5900",
                                      "[]:5900",
                                      "[host]:5900",
                                      "unix:",
                                      "fd:",
                                      "fd:-1",
                                      "fd:x");
    INFO(text);
    CHECK_THROWS_AS(Endpoint::parse(text), EndpointError);
    CHECK_THROWS_WITH(Endpoint::parse(text), Catch::Contains("'" + text + "'"));
}

TEST_CASE("a unix path has room for 107 bytes and no NUL", "[endpoint]")
{
    CHECK(Endpoint::parse("unix:" + std::string(107, 'x')).path().size() == 107);
    CHECK_THROWS_AS(Endpoint::parse("unix:" + std::string(108, 'x')), EndpointError);
    CHECK_THROWS_AS(Endpoint::parse(std::string_view("unix:/a\0b", 9)), EndpointError);
}

TEST_CASE("a name that does not resolve is named", "[endpoint]")
{
    CHECK_THROWS_WITH(Endpoint::parse("no-such-host.invalid:1").resolve(),
                      Catch::Contains("no-such-host.invalid"));
}

TEST_CASE("what is on this machine only", "[endpoint]")
{
    const auto is_loopback = [](const char* text) {
        return Endpoint::parse(text).resolve().front().is_loopback();
    };
    CHECK(is_loopback("127.0.0.1:1"));
    CHECK(is_loopback("127.255.255.254:1"));
    CHECK(is_loopback("[::1]:1"));
    CHECK(is_loopback("[::ffff:127.0.0.1]:1"));
    CHECK(is_loopback("unix:/x"));
    CHECK_FALSE(is_loopback("0.0.0.0:1"));
    CHECK_FALSE(is_loopback("128.0.0.1:1"));
    CHECK_FALSE(is_loopback("[::]:1"));
    CHECK_FALSE(is_loopback("[::2]:1"));
    CHECK_FALSE(is_loopback("[::ffff:10.0.0.1]:1"));
}
