#include "src/options.h"
#include "tests/support/certificates.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <unistd.h>

using namespace covnc;
using covnc::test::Certificates;

namespace {

Options parse(std::vector<const char*> arguments)
{
    arguments.insert(arguments.begin(), "covncd");
    return parse_options(static_cast<int>(arguments.size()), arguments.data()).value();
}

std::string mistake(const std::vector<const char*>& arguments)
{
    try {
        const Options options = parse(arguments);
        for (const Endpoint& endpoint : options.listen) {
            check_exposure(endpoint, options);
        }
    } catch (const std::exception& error) {
        return error.what();
    }
    return "none";
}

class TemporaryFile
{
public:
    explicit TemporaryFile(const std::string& content)
    {
        char name[] = "/tmp/covnc-test-XXXXXX";
        close(mkstemp(name));
        path_ = name;
        std::ofstream(path_) << content;
    }
    ~TemporaryFile() { unlink(path_.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    const char* path() const { return path_.c_str(); }

private:
    std::string path_;
};

} // namespace

TEST_CASE("without options the pattern is shown on loopback, without a login", "[options]")
{
    const Options options = parse({});
    REQUIRE(options.listen.size() == 1);
    CHECK(options.listen[0].text() == "127.0.0.1:5900");
    CHECK(options.source == "pattern");
    CHECK(options.access.types == std::vector{SecurityType::kNone});
}

TEST_CASE("a password file turns VNC authentication on", "[options]")
{
    const TemporaryFile file("secret\nwatch\n");
    const Options options = parse({"--password-file", file.path()});
    CHECK(options.access.types == std::vector{SecurityType::kVncAuth});
    CHECK(options.access.passwords.full == "secret");
    CHECK(options.access.passwords.view_only == "watch");
}

TEST_CASE("each mistake is named", "[options]")
{
    const TemporaryFile empty("\nwatch\n");
    const TemporaryFile equal("longpassword\nlongpassw\n");
    const TemporaryFile good("secret\n");
    using Catch::Contains;
    CHECK_THAT(mistake({"--frobnicate"}), Contains("--frobnicate"));
    CHECK_THAT(mistake({"--listen", "nowhere"}), Contains("--listen") && Contains("'nowhere'"));
    CHECK_THAT(mistake({"--listen", "127.0.0.1:70000"}), Contains("65535"));
    CHECK_THAT(mistake({"--listen", "::1:5900"}), Contains("brackets"));
    CHECK_THAT(mistake({"--auth", "TLSnone"}), Contains("--auth") && Contains("'TLSnone'"));
    CHECK_THAT(mistake({"--auth", "VncAuth"}), Contains("--password-file"));
    CHECK_THAT(mistake({"--password-file", "/nonexistent"}), Contains("/nonexistent"));
    CHECK_THAT(mistake({"--password-file", empty.path()}), Contains(":1:"));
    CHECK_THAT(mistake({"--password-file", equal.path()}), Contains(":2:"));
    CHECK_THAT(mistake({"--web", "nowhere"}), Contains("--web: 'nowhere'"));
    CHECK_THAT(mistake({"--trusted-proxy", "10.0.0.0/33"}),
               Contains("--trusted-proxy: '10.0.0.0/33'"));
    CHECK_THAT(mistake({"--max-rate", "0"}), Contains("--max-rate"));
    CHECK_THAT(mistake({"--listen", "0.0.0.0:5999"}), Contains("without a login"));
    CHECK_THAT(mistake({"--listen", "[::]:5999"}), Contains("without a login"));
    CHECK_THAT(
        mistake(
            {"--listen", "0.0.0.0:5999", "--auth", "VncAuth,None", "--password-file", good.path()}),
        Contains("without a login"));
    CHECK(mistake({"--listen", "0.0.0.0:5999", "--insecure"}) == "none");
    CHECK(mistake({"--listen", "0.0.0.0:5999", "--password-file", good.path()}) == "none");
    CHECK(mistake({"--listen", "[::1]:5999", "--listen", "unix:/tmp/x"}) == "none");
}

TEST_CASE("what viewers may do is said on the command line", "[options]")
{
    const AccessPolicy usual = parse({}).access;
    CHECK(usual.sharing == SharingPolicy::kShare);
    CHECK(usual.clipboard.from_viewers);
    CHECK(usual.clipboard.to_viewers);
    CHECK_FALSE(usual.view_only);
    CHECK(usual.resize);
    CHECK_FALSE(usual.power);
    CHECK(usual.limits.idle == Duration::max());
    CHECK(usual.limits.session == Duration::max());
    const AccessPolicy strict = parse({"--share",
                                       "never",
                                       "--clipboard",
                                       "in",
                                       "--view-only",
                                       "--no-resize",
                                       "--allow-power",
                                       "--idle-limit",
                                       "600",
                                       "--session-limit",
                                       "3600"})
                                    .access;
    CHECK(strict.sharing == SharingPolicy::kNever);
    CHECK(strict.clipboard.from_viewers);
    CHECK_FALSE(strict.clipboard.to_viewers);
    CHECK(strict.view_only);
    CHECK_FALSE(strict.resize);
    CHECK(strict.power);
    CHECK(strict.limits.idle == std::chrono::minutes(10));
    CHECK(strict.limits.session == std::chrono::hours(1));
    using Catch::Contains;
    CHECK_THAT(mistake({"--reverse", "fd:3"}), Contains("--reverse"));
    CHECK_THAT(mistake({"--reverse", "here:5500,id="}), Contains("1 to 246 bytes"));
    CHECK(parse({"--reverse", "[::1]:5500,id=77"}).reverse.at(0).repeater_id == "77");
    CHECK_THAT(mistake({"--share", "some"}), Contains("--share") && Contains("disconnect"));
    CHECK_THAT(mistake({"--clipboard", "up"}), Contains("--clipboard") && Contains("both"));
    CHECK_THAT(mistake({"--idle-limit", "-1"}), Contains("--idle-limit"));
}

TEST_CASE("types with TLS need what they are made of", "[options]")
{
    using Catch::Contains;
    const TemporaryFile password("secret\n");
    CHECK_THAT(mistake({"--auth", "TLSVnc"}), Contains("--auth TLSVnc needs --password-file"));
    CHECK_THAT(mistake({"--auth", "X509Plain"}), Contains("--auth X509Plain needs --users"));
    CHECK_THAT(mistake({"--auth", "X509None"}), Contains("--auth X509None needs --tls-cert"));
    CHECK_THAT(mistake({"--tls-cert", "x"}), Contains("--tls-cert needs --tls-key"));
    CHECK_THAT(mistake({"--tls-key", "x"}), Contains("--tls-key needs --tls-cert"));
    CHECK_THAT(mistake({"--tls-client-ca", "x"}), Contains("--tls-client-ca needs --tls-cert"));
    CHECK_THAT(mistake({"--tls-client-allow", "x"}), Contains("needs --tls-client-ca"));
    CHECK_THAT(mistake({"--tls-cert", "/nonexistent", "--tls-key", "x"}),
               Contains("/nonexistent: No such file"));
    const Options options = parse({"--auth", "TLSNone"});
    REQUIRE(options.access.tls != nullptr);
    CHECK_FALSE(options.access.tls->has_certificate());
    CHECK(parse({}).access.tls == nullptr);
}

TEST_CASE("a certificate turns X509 on; who may come decides who must be asked", "[options]")
{
    Certificates certificates;
    const Certificates::Files files = certificates.issue("here");
    const std::string ca = certificates.ca();
    const TemporaryFile password("secret\n");
    const std::vector<const char*> base{
        "--tls-cert", files.certificate.c_str(), "--tls-key", files.key.c_str()};
    const auto with = [&base](std::vector<const char*> more) {
        more.insert(more.begin(), base.begin(), base.end());
        return more;
    };
    CHECK(parse(base).access.types == std::vector{SecurityType::kX509None});
    CHECK(parse(with({"--password-file", password.path()})).access.types ==
          std::vector{SecurityType::kX509Vnc});
    CHECK(parse(with({"--auth", "TLSNone,X509None"})).access.types ==
          std::vector{SecurityType::kTlsNone, SecurityType::kX509None});

    using Catch::Contains;
    CHECK_THAT(mistake(with({"--listen", "0.0.0.0:5999"})),
               Contains("without a login by X509None"));
    CHECK(mistake(with({"--listen", "0.0.0.0:5999", "--insecure"})) == "none");
    CHECK(mistake(with({"--listen", "0.0.0.0:5999", "--tls-client-ca", ca.c_str()})) == "none");
    CHECK_THAT(mistake(with({"--listen",
                             "0.0.0.0:5999",
                             "--tls-client-ca",
                             ca.c_str(),
                             "--auth",
                             "X509None,TLSNone"})),
               Contains("without a login by TLSNone"));

    const auto warning = [](const std::vector<const char*>& arguments) {
        const Options options = parse(arguments);
        return check_exposure(options.listen.at(0), options);
    };
    CHECK(warning(with({"--listen", "0.0.0.0:5999", "--password-file", password.path()})).empty());
    CHECK_THAT(warning(with({"--listen",
                             "0.0.0.0:5999",
                             "--password-file",
                             password.path(),
                             "--auth",
                             "X509Vnc,VncAuth"})),
               Contains("everybody on the network can read"));
}

TEST_CASE("limits of connections are taken from the command line", "[options]")
{
    const Options plain = parse({});
    CHECK(plain.limits.not_logged_in_per_address == 100);
    CHECK_FALSE(plain.limits.limits_this_machine);
    const Options given =
        parse({"--max-connections", "7", "--max-logins", "5", "--max-logins-per-address", "3"});
    CHECK(given.limits.connections == 7);
    CHECK(given.limits.not_logged_in == 5);
    CHECK(given.limits.not_logged_in_per_address == 3);
    CHECK(given.limits.limits_this_machine);
    CHECK(mistake({"--max-logins", "0"}) != "none");
}

TEST_CASE("users and a key offer RSA-AES, strongest first, passwords VncAuth as well", "[options]")
{
    const std::vector rsa_aes{
        SecurityType::kRa2_256, SecurityType::kRa2, SecurityType::kRa2ne_256, SecurityType::kRa2ne};
    const Options users = parse({"--users", "pam", "--rsa-key", "/nowhere/key"});
    CHECK(users.access.types == rsa_aes);
    CHECK(users.access.users != nullptr);
    CHECK(users.rsa_key_file == "/nowhere/key");

    const TemporaryFile file("secret\n");
    std::vector with_vnc_auth = rsa_aes;
    with_vnc_auth.push_back(SecurityType::kVncAuth);
    const Options passwords = parse({"--password-file",
                                     file.path(),
                                     "--password-expires",
                                     "2030-12-31",
                                     "--rsa-key",
                                     "/nowhere/key"});
    CHECK(passwords.access.types == with_vnc_auth);
    CHECK(passwords.access.passwords.expiry.text() == "2030-12-31");
}
