// Who a connection is from (haproxy.org, proxy-protocol.txt; X-Forwarded-For).
#include "coroutine/combinators.h"
#include "coroutine/memory_stream.h"
#include "rfb/transport/proxy_protocol.h"
#include "tests/rfb/message_support.h"
#include "tests/support/coroutine_loop.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

constexpr const char* kSignature = "0d 0a 0d 0a 00 0d 0a 51 55 49 54 0a ";

// "PEER ADDRESS", "nobody" or the error; then what was left unread.
std::string read(const Bytes& bytes, bool ends = true)
{
    VirtualLoop at;
    auto streams = make_memory_streams();
    const auto play = [](MemoryStream& from,
                         MemoryStream& to,
                         const Bytes& sent,
                         bool closes) -> Task<std::string> {
        co_await from.write_all(ByteView(sent));
        if (closes) {
            from.shutdown_write();
        }
        const std::optional<RealPeer> real =
            co_await with_timeout(std::chrono::seconds(1), read_proxy_header(to));
        Bytes rest(100);
        const std::size_t count = co_await to.read_some(rest);
        co_return (real ? real->peer + " " + real->address : "nobody") + ", " +
            std::string(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(count));
    };
    try {
        return at.loop.run(play(*streams.first, *streams.second, bytes, ends));
    } catch (const std::exception& error) {
        return error.what();
    }
}

std::string line(const std::string& text)
{
    return read({text.begin(), text.end()});
}

constexpr const char* kWrong = "a proxy sent no PROXY header, or a wrong one";

std::string forwarded(const std::vector<std::string>& values)
{
    const TrustedProxies proxies({"10.0.0.0/8", "127.0.0.1"});
    const std::optional<RealPeer> real = forwarded_peer(values, proxies);
    return real ? real->peer : "nobody";
}

} // namespace

TEST_CASE("PROXY version 1: a line of text, and not a byte more", "[proxy]")
{
    CHECK(line("PROXY TCP4 203.0.113.5 192.0.2.2 56324 443\r\nRFB") ==
          "203.0.113.5:56324 203.0.113.5, RFB");
    CHECK(line("PROXY TCP6 2001:DB8::1 2001:db8::2 1 65535\r\nRFB") ==
          "[2001:db8::1]:1 [2001:db8::1], RFB");
    CHECK(line("PROXY UNKNOWN\r\nRFB") == "nobody, RFB");
    CHECK(line("PROXY UNKNOWN ffff:f...f:ffff 1 2 3\r\nRFB") == "nobody, RFB");
}

TEST_CASE("PROXY version 1: what is wrong is refused", "[proxy]")
{
    for (const char* const wrong : {"PROXY TCP4 203.0.113.5 192.0.2.2 56324 443\nRFB",
                                    "PROXY TCP4 203.0.113.5\r\n",
                                    "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
                                    "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
                                    "PROXY TCP4 1.2.3.4 1.2.3.4 65536 2\r\n",
                                    "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n",
                                    "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n",
                                    "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
                                    "PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n",
                                    "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
                                    "PROXYTCP4 1.2.3.4 1.2.3.4 1 2\r\n",
                                    "RFB 003.008\n",
                                    "GET / HTTP/1.1\r\n\r\n"}) {
        INFO(wrong);
        CHECK(line(wrong) == kWrong);
    }
    CHECK(line("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n") == "nobody, ");
    CHECK(line("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n") == kWrong);
    CHECK(line("PROXY UNKNOWN " + std::string(1000, 'x')) == kWrong);
}

TEST_CASE("PROXY version 2: addresses in bytes, and not a byte more", "[proxy]")
{
    const std::string head = kSignature;
    CHECK(read(hex(head + "21 11 000c cb007105 c0000202 dc04 01bb 52")) ==
          "203.0.113.5:56324 203.0.113.5, R");
    CHECK(read(hex(head + "21 21 0024 20010db8000000000000000000000001"
                          "20010db8000000000000000000000002 0001 ffff 52")) ==
          "[2001:db8::1]:1 [2001:db8::1], R");
    // More behind the addresses: a NOOP of one byte.
    CHECK(read(hex(head + "21 11 0010 cb007105 c0000202 dc04 01bb 04 0001 00 52")) ==
          "203.0.113.5:56324 203.0.113.5, R");
    CHECK(read(hex(head + "20 00 0000 52")) == "nobody, R");
    CHECK(read(hex(head + "20 11 0004 01020304 52")) == "nobody, R");
    CHECK(read(hex(head + "21 00 0000 52")) == "nobody, R");
    CHECK(read(hex(head + "21 31 0002 0102 52")) == "nobody, R");
}

TEST_CASE("PROXY version 2: what is wrong is refused", "[proxy]")
{
    const std::string head = kSignature;
    CHECK(read(hex(head + "11 11 000c cb007105 c0000202 dc04 01bb")) == kWrong);
    CHECK(read(hex(head + "22 11 000c cb007105 c0000202 dc04 01bb")) == kWrong);
    CHECK_THAT(read(hex(head + "21 11 000b cb007105 c0000202 dc04 01")),
               Catch::Contains("cut short"));
    CHECK_THAT(read(hex(head + "21 21 0000")), Catch::Contains("cut short"));
    CHECK_THAT(read(hex(head + "21 11 ffff")), Catch::Contains("65535 bytes"));
    CHECK(read(hex("0d 0a 0d 0a 00 0d 0a 51 55 49 54 0b 20 00 0000")) == kWrong);
}

TEST_CASE("a proxy that goes, or falls silent, at any byte of its header", "[proxy]")
{
    const std::string text = "PROXY TCP4 203.0.113.5 192.0.2.2 56324 443\r\n";
    const Bytes whole[] = {Bytes(text.begin(), text.end()),
                           hex(std::string(kSignature) + "21 11 000c cb007105 c0000202 dc04 01bb")};
    for (const Bytes& bytes : whole) {
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const Bytes part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
            CHECK_THAT(read(part), Catch::StartsWith("the peer closed the connection"));
            CHECK(read(part, false) == "timed out");
        }
    }
}

TEST_CASE("ranges of trusted addresses", "[proxy]")
{
    const TrustedProxies proxies({"192.168.4.0/22", "::1", "fd00::/8", "10.1.2.3"});
    for (const char* const trusted : {"192.168.4.1",
                                      "192.168.7.255",
                                      "::1",
                                      "[::1]",
                                      "fdff::1",
                                      "10.1.2.3",
                                      "::ffff:10.1.2.3"}) {
        INFO(trusted);
        CHECK(proxies.trusts_address(trusted));
    }
    for (const char* const other : {"192.168.8.0",
                                    "192.168.3.255",
                                    "::2",
                                    "fe00::1",
                                    "10.1.2.4",
                                    "",
                                    "unix",
                                    "10.1.2.3:80",
                                    "10.1.2.3 "}) {
        INFO(other);
        CHECK_FALSE(proxies.trusts_address(other));
    }
    CHECK(TrustedProxies({"0.0.0.0/0"}).trusts_address("1.2.3.4"));
    CHECK_FALSE(TrustedProxies({"0.0.0.0/0"}).trusts_address("::1"));
    CHECK(TrustedProxies({"::/0"}).trusts_address("1.2.3.4"));
    CHECK(TrustedProxies().is_empty());
    for (const char* const wrong :
         {"", "a", "10.0.0.0/33", "::1/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "1.2.3"}) {
        INFO(wrong);
        CHECK_THROWS_AS(TrustedProxies({std::string(wrong)}), std::invalid_argument);
    }
}

TEST_CASE("only peers without an address are trusted as unix", "[proxy]")
{
    const auto streams = make_memory_streams(); // they have none
    CHECK(TrustedProxies({"unix"}).trusts(*streams.first));
    CHECK_FALSE(TrustedProxies({"0.0.0.0/0", "::/0"}).trusts(*streams.first));
    ProxiedStream proxied(*streams.first, RealPeer("1.2.3.4:5", "1.2.3.4"));
    CHECK(proxied.peer() == "1.2.3.4:5");
    CHECK(proxied.peer_address() == "1.2.3.4");
    CHECK_FALSE(TrustedProxies({"unix"}).trusts(proxied));
}

TEST_CASE("X-Forwarded-For: the last one whom we do not trust", "[proxy]")
{
    CHECK(forwarded({"203.0.113.9"}) == "203.0.113.9");
    CHECK(forwarded({"1.1.1.1, 203.0.113.9 , 10.1.1.1,127.0.0.1"}) == "203.0.113.9");
    CHECK(forwarded({"1.1.1.1", "203.0.113.9"}) == "203.0.113.9");
    CHECK(forwarded({"203.0.113.9", "10.1.1.1"}) == "203.0.113.9");
    CHECK(forwarded({"2001:db8::7"}) == "[2001:db8::7]");
    CHECK(forwarded({"[2001:db8::7]"}) == "[2001:db8::7]");
    CHECK(forwarded({"203.0.113.9, unknown"}) == "nobody");
    CHECK(forwarded({"203.0.113.9, <b>"}) == "nobody");
    CHECK(forwarded({"203.0.113.9,"}) == "nobody");
    CHECK(forwarded({"10.1.1.1"}) == "nobody");
    CHECK(forwarded({""}) == "nobody");
    CHECK(forwarded({}) == "nobody");
}
