// The web port of a whole server, on real sockets.
#include "coroutine/combinators.h"
#include "coroutine/socket.h"
#include "rfb/client_handshake.h"
#include "rfb/transport/tls_stream.h"
#include "rfb/transport/web_socket_handshake.h"
#include "src/server.h"
#include "tests/support/certificates.h"

#include <catch2/catch.hpp>

using namespace covnc;
using std::chrono::milliseconds;

namespace {

struct WebParty
{
    WebParty() : site(WebFiles({{"/vnc.html", {'p'}}}), HostRules()) {}

    WebSite site;
    AccessPolicy policy;
    ServerLimits limits;
    std::string address;
    Server* server = nullptr;
    std::vector<std::unique_ptr<Socket>> guests; // they stay
};

using Story = Task<> (*)(WebParty&);

Task<std::unique_ptr<Socket>> connect(WebParty& party)
{
    const TaskContext context = co_await current_context();
    const Endpoint endpoint = Endpoint::parse(party.address);
    std::unique_ptr<Socket> socket = co_await Socket::connect(*context.loop, endpoint);
    co_return socket;
}

// A guest who stays. Returns what it shows.
Task<std::string> view(WebParty& party)
{
    party.guests.push_back(co_await connect(party));
    Channel channel(*party.guests.back());
    co_await open_web_socket(channel, WebSocketTarget("127.0.0.1", "/websockify"));
    const ClientIdentity identity;
    const ServerGreeting greeting = co_await client_handshake(channel, identity);
    co_return greeting.name;
}

// Runs beside the server, which ends when the story does; `after` comes when it has.
Task<> run(WebParty& party, Story story, Story after)
{
    const TaskContext context = co_await current_context();
    ThreadPool pool(*context.loop, 1);
    const Endpoint endpoint = Endpoint::parse("127.0.0.1:0");
    std::vector<std::unique_ptr<Listener>> listeners = Listener::open(*context.loop, endpoint);
    party.address = listeners.front()->address().text();
    const DisplaySettings settings;
    Display display(context, pool, settings);
    Server server(display, party.policy, party.limits);
    server.serve_web(std::move(listeners), party.site);
    party.server = &server;
    std::vector<std::unique_ptr<Listener>> none;
    // It must not end by itself, though it has no other ports.
    co_await run_until_first_ends(display.run(), server.run(std::move(none)), story(party));
    co_await after(party);
}

Task<> nothing_more(WebParty&)
{
    co_return;
}

void play(WebParty& party, Story story, Story after = &nothing_more)
{
    EventLoop loop;
    loop.run(with_timeout(std::chrono::seconds(60), run(party, story, after)));
    party.guests.clear(); // before their loop
}

// Says that no more comes, and reads what the server still has to say.
Task<> leave_in_order(Socket& socket)
{
    socket.shutdown_write();
    Bytes answer(1000);
    for (std::size_t count = 1; count > 0;) {
        count = co_await socket.read_some(answer);
    }
}

std::string whole_handshake()
{
    const std::string upgrade =
        "GET /websockify HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    const std::string version("\x82\x8c\0\0\0\0RFB 003.008\n", 18);
    const std::string rest("\x82\x81\0\0\0\0\1\x82\x81\0\0\0\0\1\x88\x80\0\0\0\0", 20);
    return upgrade + version + rest;
}

} // namespace

TEST_CASE("a viewer comes in by WebSocket beside requests for pages", "[web]")
{
    WebParty party;
    play(party, [](WebParty& p) -> Task<> {
        const std::string name = co_await view(p);
        CHECK(name == "covnc");
        const std::unique_ptr<Socket> browser = co_await connect(p);
        const std::string request = "GET /vnc.html HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        const Bytes out(request.begin(), request.end());
        co_await browser->write_all(ByteView(out));
        Bytes answer(12);
        co_await browser->read_exact(answer);
        CHECK(std::string(answer.begin(), answer.end()) == "HTTP/1.1 200");
        CHECK(p.server->connections() == 2);
    });
}

TEST_CASE("the same port speaks TLS to whoever begins with it, and to others not", "[web][tls]")
{
    test::Certificates certificates;
    const test::Certificates::Files own = certificates.issue("localhost");
    TlsServerFiles files;
    files.certificate = own.certificate;
    files.key = own.key;
    WebParty party;
    party.policy.tls = TlsCredentials::for_server(files);
    play(party, [](WebParty& p) -> Task<> {
        const TaskContext context = co_await current_context();
        ThreadPool pool(*context.loop, 1);
        const std::shared_ptr<const TlsCredentials> anybody = TlsCredentials::for_client({});
        Channel channel(co_await connect(p));
        TlsStream& tls = channel.add<TlsStream>(pool, anybody, TlsKind::kCertificate);
        co_await tls.handshake();
        co_await open_web_socket(channel, WebSocketTarget("127.0.0.1", "/websockify"));
        const ClientIdentity identity;
        const ServerGreeting greeting = co_await client_handshake(channel, identity);
        CHECK(greeting.name == "covnc");
        CHECK(channel.stream().is_confidential());
        const std::string name = co_await view(p); // without TLS
        CHECK(name == "covnc");
    });
}

TEST_CASE("CVE-2025-11234, CVE-2023-3354: a viewer that goes at any byte of the handshakes",
          "[web]")
{
    WebParty party;
    play(party, [](WebParty& p) -> Task<> {
        const TaskContext context = co_await current_context();
        const std::string all = whole_handshake();
        for (std::size_t size = 0; size <= all.size(); ++size) {
            const std::unique_ptr<Socket> socket = co_await connect(p);
            const Bytes bytes(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(size));
            co_await socket->write_all(ByteView(bytes));
            if (size % 2 == 0) {
                co_await leave_in_order(*socket);
            } // else a reset, where answers are unread
        }
        while (p.server->connections() > 0) {
            co_await context.loop->sleep_for(milliseconds(1));
        }
        const std::string name = co_await view(p);
        CHECK(name == "covnc");
    });
}

TEST_CASE("who asks for nothing counts as not logged in, and gives way", "[web]")
{
    WebParty party;
    party.limits.not_logged_in = 4;
    party.limits.login_time = milliseconds(20);
    play(party, [](WebParty& p) -> Task<> {
        for (int i = 0; i < 20; ++i) {
            p.guests.push_back(co_await connect(p));
        }
        for (int i = 0; i < 5; ++i) {
            const std::string name = co_await view(p);
            CHECK(name == "covnc");
        }
        CHECK(p.server->connections() <= 4 + 5);
    });
}

TEST_CASE("a browser is told why it is refused", "[web]")
{
    WebParty party;
    party.policy.types = {SecurityType::kVncAuth};
    party.policy.passwords.full = "secret";
    party.policy.limits.login_failure_delay = milliseconds(1);
    play(party, [](WebParty& p) -> Task<> {
        const std::unique_ptr<Socket> socket = co_await connect(p);
        Channel channel(*socket);
        co_await open_web_socket(channel, WebSocketTarget("127.0.0.1", "/"));
        ClientIdentity identity;
        identity.password = "wrong";
        bool refused = false;
        try {
            co_await client_handshake(channel, identity);
        } catch (const AuthenticationError&) {
            refused = true;
        }
        CHECK(refused);
        // What follows is a Close frame, which a WebSocketStream takes for the end.
        Bytes byte(1);
        const std::size_t count = co_await channel.stream().read_some(byte);
        CHECK(count == 0);
    });
}

TEST_CASE("a browser is told that the server ends", "[web]")
{
    WebParty party;
    const auto come = [](WebParty& p) -> Task<> {
        p.guests.push_back(co_await connect(p));
        Channel channel(*p.guests.back());
        co_await open_web_socket(channel, WebSocketTarget("127.0.0.1", "/websockify"));
        const ClientIdentity identity;
        co_await client_handshake(channel, identity);
    };
    const auto read_close = [](WebParty& p) -> Task<> {
        Bytes frame(4 + 15);
        co_await p.guests.back()->read_exact(frame);
        CHECK(Bytes(frame.begin(), frame.begin() + 4) == Bytes{0x88, 17, 0x03, 0xe9});
        CHECK(std::string(frame.begin() + 4, frame.end()) == "the server ends");
        const std::size_t count = co_await p.guests.back()->read_some(frame);
        CHECK(count == 0);
    };
    play(party, come, read_close);
}
