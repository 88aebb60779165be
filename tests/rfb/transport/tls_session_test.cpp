// TLS as bytes in, bytes out: both ends by hand, no stream between them.
#include "rfb/transport/tls_session.h"
#include "tests/support/certificates.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace covnc;
using namespace covnc::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

Certificates& certificates()
{
    static Certificates made;
    return made;
}

std::shared_ptr<const TlsCredentials> server_credentials(const Certificates::Files& files)
{
    TlsServerFiles server;
    server.certificate = files.certificate;
    server.key = files.key;
    return TlsCredentials::for_server(server);
}

std::shared_ptr<const TlsCredentials> default_server()
{
    static const auto made = server_credentials(certificates().issue("server"));
    return made;
}

std::shared_ptr<const TlsCredentials> client_that_trusts(const std::string& ca)
{
    TlsClientFiles files;
    files.ca = ca;
    files.accepts_any = ca.empty();
    return TlsCredentials::for_client(files);
}

// All that one end has to say goes to the other.
bool deliver(TlsSession& from, TlsSession& to)
{
    const Bytes bytes = std::exchange(from.outgoing(), {});
    if (!bytes.empty()) {
        const std::span<std::uint8_t> room = to.room(bytes.size());
        std::copy(bytes.begin(), bytes.end(), room.begin());
        to.received(bytes.size());
    }
    return !bytes.empty();
}

struct Ends
{
    Ends(const std::shared_ptr<const TlsCredentials>& server_side,
         const std::shared_ptr<const TlsCredentials>& client_side,
         TlsKind kind = TlsKind::kCertificate,
         const std::string& name = "localhost")
        : server(server_side, kind, {}),
          client(client_side, kind, name)
    {}

    // What each makes of it; empty when well.
    void shake_hands()
    {
        bool moves = true;
        while (moves) {
            client_done = client_done || step(client, client_error);
            moves = deliver(client, server);
            server_done = server_done || step(server, server_error);
            moves = deliver(server, client) || moves;
        }
    }

    TlsSession server;
    TlsSession client;
    bool server_done = false;
    bool client_done = false;
    std::string server_error;
    std::string client_error;

private:
    static bool step(TlsSession& session, std::string& error)
    {
        if (!error.empty()) {
            return false;
        }
        try {
            return session.shake_hands();
        } catch (const AuthenticationError& failure) {
            error = std::string("AuthenticationError: ") + failure.what();
        } catch (const TlsError& failure) {
            error = failure.what();
        }
        return false;
    }
};

std::string text_from(TlsSession& session)
{
    Bytes buffer(100);
    const std::optional<std::size_t> count = session.read(buffer);
    return count ? std::string(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count))
                 : "nothing";
}

void say(TlsSession& from, TlsSession& to, const std::string& text)
{
    from.write(ByteView(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
    deliver(from, to);
}

std::string error_of_reading(TlsSession& session)
{
    Bytes buffer(100);
    try {
        session.read(buffer);
    } catch (const TlsError& error) {
        return error.what();
    }
    return {};
}

std::string error_of_loading(const TlsServerFiles& files)
{
    try {
        TlsCredentials::for_server(files);
    } catch (const TlsFileError& error) {
        return error.what();
    }
    return "none";
}

TlsServerFiles files_of(const std::string& certificate, const std::string& key)
{
    TlsServerFiles files;
    files.certificate = certificate;
    files.key = key;
    return files;
}

} // namespace

TEST_CASE("both kinds of TLS agree on good ciphers", "[tls]")
{
    Ends with_certificate(default_server(), client_that_trusts(certificates().ca()));
    with_certificate.shake_hands();
    REQUIRE(with_certificate.server_error.empty());
    REQUIRE(with_certificate.client_error.empty());
    CHECK(with_certificate.server.description() == "TLS1.3, AES-128-GCM");
    CHECK(with_certificate.client.peer_name() == "server");
    CHECK(with_certificate.server.peer_name().empty());

    Ends anonymous(
        TlsCredentials::for_server({}), TlsCredentials::for_client({}), TlsKind::kAnonymous);
    anonymous.shake_hands();
    REQUIRE(anonymous.server_error.empty());
    REQUIRE((anonymous.server_done && anonymous.client_done));
    CHECK(anonymous.server.description() == "TLS1.2, AES-128-CBC");
    CHECK(anonymous.client.peer_name().empty());
    say(anonymous.client, anonymous.server, "hello");
    CHECK(text_from(anonymous.server) == "hello");
    CHECK(text_from(anonymous.server) == "nothing");
}

TEST_CASE("a client that checks refuses another authority, and another name", "[tls]")
{
    Ends other(default_server(), client_that_trusts(certificates().other_ca()));
    other.shake_hands();
    CHECK_THAT(other.client_error,
               Catch::StartsWith("AuthenticationError: TLS: the peer's certificate is refused: "));
    CHECK_THAT(other.client_error, Catch::Contains("issuer is unknown"));
    CHECK_THAT(other.server_error, Catch::StartsWith("TLS: the peer gives up: "));

    for (const char* const name : {"127.0.0.1", "localhost"}) {
        Ends same(
            default_server(), client_that_trusts(certificates().ca()), TlsKind::kCertificate, name);
        same.shake_hands();
        CHECK(same.client_done);
    }
    Ends wrong(default_server(),
               client_that_trusts(certificates().ca()),
               TlsKind::kCertificate,
               "192.0.2.1");
    wrong.shake_hands();
    CHECK_FALSE(wrong.client_done);
    CHECK_THAT(wrong.client_error, Catch::Contains("does not match"));

    Ends careless(default_server(), client_that_trusts(""), TlsKind::kCertificate, "192.0.2.1");
    careless.shake_hands();
    CHECK(careless.client_done);
}

TEST_CASE("the two kinds do not mix", "[tls]")
{
    Ends ends(TlsCredentials::for_server({}), TlsCredentials::for_client({}), TlsKind::kAnonymous);
    TlsSession client(TlsCredentials::for_client({}), TlsKind::kCertificate, {});
    CHECK_FALSE(client.shake_hands());
    deliver(client, ends.server);
    CHECK_THROWS_AS(ends.server.shake_hands(), TlsError);
    CHECK_THROWS_AS(TlsSession(TlsCredentials::for_server({}), TlsKind::kCertificate, ""),
                    TlsError);
}

TEST_CASE("client certificates: only who is on the list gets in", "[tls]")
{
    const Certificates::Files server = certificates().issue("server");
    TlsServerFiles files = files_of(server.certificate, server.key);
    files.client_ca = certificates().ca();
    files.client_names =
        certificates().write("names", "# who may come\n\nalice\nCN=carol\r\nnot,a=name\n");
    const auto credentials = TlsCredentials::for_server(files);
    const auto come = [&](const Certificates::Files& client) {
        TlsClientFiles own;
        own.certificate = client.certificate;
        own.key = client.key;
        Ends ends(credentials, TlsCredentials::for_client(own));
        ends.shake_hands();
        return ends.server_error.empty() ? ends.server.peer_name() : ends.server_error;
    };
    CHECK(come(certificates().issue("alice")) == "alice");
    CHECK(come(certificates().issue("carol")) == "carol");
    CHECK(come(certificates().issue("mallory")) ==
          "AuthenticationError: TLS: the peer's certificate is refused: its name is not on the "
          "list");
    // GnuTLS's client does not even show what the server will not take.
    CHECK_THAT(come(certificates().issue_by_other("alice")),
               Catch::StartsWith("AuthenticationError: TLS: the peer "));
    CHECK(come({}) == "AuthenticationError: TLS: the peer shows no certificate");

    files.client_names = certificates().write("nobody", "# nobody\n");
    CHECK_THAT(TlsCredentials::for_server(files)->warnings().at(0), Catch::Contains("nobody"));
}

TEST_CASE("new keys in the middle are taken, a new handshake is not", "[tls]")
{
    Ends ends(default_server(), client_that_trusts(""));
    ends.shake_hands();
    for (int i = 0; i < 5; ++i) {
        // Not both at once: GnuTLS takes that for an error.
        (i % 2 == 0 ? ends.client : ends.server).renew_keys();
        for (int round = 0; round < 2; ++round) {
            say(ends.client, ends.server, "from client");
            CHECK(text_from(ends.server) == "from client");
            say(ends.server, ends.client, "from server");
            CHECK(text_from(ends.client) == "from server");
        }
    }

    // TLS 1.2 had renegotiation.
    Ends old(TlsCredentials::for_server({}), TlsCredentials::for_client({}), TlsKind::kAnonymous);
    old.shake_hands();
    CHECK_FALSE(old.client.shake_hands());
    deliver(old.client, old.server);
    CHECK(error_of_reading(old.server) == "TLS: the peer asks for a new handshake");
    CHECK(deliver(old.server, old.client)); // it is told
}

TEST_CASE("a changed record, a repeated one and no record at all end the connection", "[tls]")
{
    Ends ends(default_server(), client_that_trusts(""));
    ends.shake_hands();
    SECTION("changed")
    {
        ends.client.write(ByteView(std::vector<std::uint8_t>(10)));
        ends.client.outgoing().back() ^= 1U;
        deliver(ends.client, ends.server);
        CHECK_THAT(error_of_reading(ends.server), Catch::StartsWith("TLS: "));
        deliver(ends.server, ends.client);
        CHECK_THAT(error_of_reading(ends.client), Catch::StartsWith("TLS: the peer gives up: "));
    }
    SECTION("repeated")
    {
        ends.client.write(ByteView(std::vector<std::uint8_t>(10)));
        const Bytes record = ends.client.outgoing();
        ends.client.outgoing().insert(ends.client.outgoing().end(), record.begin(), record.end());
        deliver(ends.client, ends.server);
        CHECK(text_from(ends.server).size() == 10);
        CHECK_THAT(error_of_reading(ends.server), Catch::StartsWith("TLS: "));
    }
    SECTION("none")
    {
        const std::string text = "GET / HTTP/1.1\r\n\r\n";
        ends.client.outgoing().assign(text.begin(), text.end());
        deliver(ends.client, ends.server);
        CHECK_THAT(error_of_reading(ends.server), Catch::StartsWith("TLS: "));
    }
    SECTION("the orderly end")
    {
        ends.client.write_end();
        deliver(ends.client, ends.server);
        CHECK(text_from(ends.server).empty());
        CHECK(text_from(ends.server).empty());
    }
}

TEST_CASE("records are found in any pieces", "[tls]")
{
    const Bytes stream = {22, 3, 1, 0, 3, 1, 2, 3, 23, 3, 3, 0, 0, 21, 3, 3, 0, 1, 9};
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        TlsFraming framing;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            framing.feed(ByteView(stream).subspan(at, std::min(piece, stream.size() - at)));
        }
        CHECK(framing.records() == 3);
        CHECK_FALSE(framing.is_inside_record());
    }
    TlsFraming framing;
    framing.feed(ByteView(stream).first(3));
    CHECK(framing.records() == 0);
    CHECK(framing.is_inside_record());
    framing.feed(ByteView(stream).subspan(3, 4));
    CHECK(framing.records() == 0);
    CHECK(framing.is_inside_record());

    CHECK_FALSE(framing.is_broken());
    for (const Bytes& garbage : {Bytes{'G'}, Bytes{22, 3, 3, 0xff, 0xff}, Bytes{0x80, 1, 2}}) {
        TlsFraming of_garbage;
        of_garbage.feed(garbage);
        CHECK(of_garbage.is_broken());
    }
}

TEST_CASE("files that cannot be used are named, with the reason", "[tls]")
{
    const Certificates::Files good = certificates().issue("good");
    const Certificates::Files other = certificates().issue("other");
    const Certificates::Files old = certificates().issue("old", std::chrono::hours(-1));
    const std::string text = certificates().write("text", "no PEM\n");
    const std::string empty = certificates().write("empty", "");
    const std::string missing = certificates().folder() + "/missing";

    CHECK(error_of_loading(files_of(good.certificate, good.key)) == "none");
    CHECK(error_of_loading(files_of(good.certificate, other.key)) ==
          other.key + ": is not the key of the certificate in " + good.certificate);
    CHECK(error_of_loading(files_of(old.certificate, old.key)) ==
          old.certificate + ": the certificate has expired");
    CHECK(error_of_loading(files_of(missing, good.key)) == missing + ": No such file or directory");
    CHECK(error_of_loading(files_of(good.certificate, missing)) ==
          missing + ": No such file or directory");
    CHECK_THAT(error_of_loading(files_of(text, good.key)),
               Catch::StartsWith(text + ": no certificate in PEM format"));
    CHECK_THAT(error_of_loading(files_of(good.certificate, text)),
               Catch::StartsWith(text + ": no private key in PEM format"));
    CHECK(error_of_loading(files_of(empty, good.key)) == empty + ": is empty or no file");
    CHECK(error_of_loading(files_of(certificates().folder(), good.key)) ==
          certificates().folder() + ": is empty or no file");
    CHECK_THAT(error_of_loading(files_of("/dev/zero", good.key)), Catch::Contains("too large"));

    TlsServerFiles files = files_of(good.certificate, good.key);
    files.client_ca = text;
    CHECK_THAT(error_of_loading(files), Catch::StartsWith(text + ": no certificate"));
    files.client_ca = certificates().ca();
    files.client_names = missing;
    CHECK(error_of_loading(files) == missing + ": No such file or directory");
}

TEST_CASE("what should not stay so is warned of", "[tls]")
{
    const Certificates::Files soon = certificates().issue("soon", std::chrono::hours(30));
    const auto credentials = server_credentials(soon);
    REQUIRE(credentials->warnings().size() == 1);
    CHECK_THAT(credentials->warnings()[0], Catch::EndsWith("expires within 2 days"));
    CHECK(credentials->fingerprint().size() == 32 * 3 - 1);

    const Certificates::Files open = certificates().issue("open");
    REQUIRE(::system(("chmod 644 " + open.key).c_str()) == 0);
    const auto readable = server_credentials(open);
    REQUIRE(readable->warnings().size() == 1);
    CHECK_THAT(readable->warnings()[0], Catch::EndsWith("private key in " + open.key));
}
