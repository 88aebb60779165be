#include "src/options.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <unistd.h>

using namespace covnc;

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
    CHECK_THAT(mistake({"--auth", "TLSNone"}), Contains("--auth") && Contains("'TLSNone'"));
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
