#include "tools/load/settings.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::load;

namespace {

template <typename Function>
std::string error_of(Function function)
{
    try {
        function();
    } catch (const SettingsError& error) {
        return error.what();
    }
    return "none";
}

std::string scenario_error(const std::string& toml)
{
    return error_of([&] {
        LoadSettings settings;
        apply_scenario(settings, toml, "test.toml");
    });
}

std::string command_line_error(std::vector<const char*> arguments)
{
    arguments.insert(arguments.begin(), "covnc-load");
    return error_of([&] { read_settings(static_cast<int>(arguments.size()), arguments.data()); });
}

} // namespace

TEST_CASE("a server may be a web port", "[settings]")
{
    const auto parse = [](const char* server) {
        const std::vector<const char*> arguments{"covnc-load", server};
        return read_settings(2, arguments.data()).value();
    };
    const LoadSettings plain = parse("ws://127.0.0.1:5800");
    CHECK(plain.server.text() == "127.0.0.1:5800");
    REQUIRE(plain.web);
    CHECK(plain.web->path == "/websockify");
    CHECK(server_text(plain) == "ws://127.0.0.1:5800/websockify");
    const LoadSettings with_path = parse("ws://[::1]:80/vm/7?token=x");
    CHECK(with_path.server.text() == "[::1]:80");
    CHECK(with_path.web->path == "/vm/7?token=x");
    CHECK(server_text(parse("wss://a:1")) == "wss://a:1/websockify");
    CHECK(parse("wss://a:1").web->uses_tls);
    CHECK_FALSE(parse("unix:/x").web);
    CHECK_THAT(command_line_error({"ws:///x"}), Catch::Contains("'ws:///x'"));
    CHECK_THAT(command_line_error({"ws://a:1/ b"}), Catch::Contains("ws://HOST:PORT"));
    CHECK_THAT(command_line_error({"ws://a"}), Catch::Contains("'a'"));
    CHECK_THAT(command_line_error({"ws://a:1", "--abuse=all"}), Catch::Contains("--abuse"));
}

TEST_CASE("a mix is what people write", "[mix]")
{
    const auto mix = parse_mix("70% zrle, 20% tight-q6-c1,10% raw-16bpp");
    REQUIRE(mix.size() == 3);
    CHECK(mix[0].percent == 70);
    CHECK(mix[0].value.encodings == std::vector<std::int32_t>{16, 1});
    CHECK(mix[1].value.encodings == std::vector<std::int32_t>{7, -26, -255, 1});
    CHECK(mix[1].value.is_lossy);
    CHECK(mix[2].value.encodings == std::vector<std::int32_t>{0});
    CHECK(mix[2].value.format.bits_per_pixel == 16);
    CHECK(parse_mix("hextile").front().percent == 100);
}

TEST_CASE("JPEG comes with a quality, and is lossy whatever is said", "[mix]")
{
    CHECK(parse_mix("jpeg").front().value.encodings == std::vector<std::int32_t>{21, -26, 1});
    CHECK(parse_mix("jpeg-q9").front().value.encodings == std::vector<std::int32_t>{21, -23, 1});
    CHECK(parse_mix("jpeg").front().value.is_lossy);
    CHECK(parse_mix("tightpng-8bpp").front().value.encodings == std::vector<std::int32_t>{-260, 1});
    CHECK_FALSE(parse_mix("tightpng").front().value.is_lossy);
    CHECK(parse_mix("zrle-extras").front().value.encodings.size() == 2 + 13);
}

TEST_CASE("a mix with a mistake says which", "[mix]")
{
    CHECK(error_of([] { parse_mix("70% zrle, 20% raw"); }) == "the shares add up to 90 %, not 100");
    CHECK(error_of([] { parse_mix("zlre"); }) ==
          "'zlre' is no kind of viewer; encodings are copyrect, corre, hextile, jpeg, raw, rre, "
          "tight, tightpng, trle, zlib, zrle");
    CHECK(error_of([] { parse_mix("tight-q10"); }) ==
          "'q10' in 'tight-q10' is none of q0 to q9, c0 to c9, 8bpp, 16bpp, 32bpp, extras");
    CHECK(error_of([] { parse_mix(""); }) != "none");
    CHECK(error_of([] { parse_mix("50%"); }) != "none");
}

TEST_CASE("links are what people write", "[mix]")
{
    const auto links = parse_links("20% 2mbit 200ms 5ms-jitter 1%-stalls, 10% 64kbit");
    REQUIRE(links.size() == 2);
    CHECK(links[0].value.bandwidth == 250'000);
    CHECK(links[0].value.delay == std::chrono::milliseconds(100)); // one way
    CHECK(links[0].value.jitter == std::chrono::milliseconds(5));
    CHECK(links[0].value.stall_share == Approx(0.01));
    CHECK(links[1].value.bandwidth == 8'000);
    CHECK(error_of([] { parse_links("60% 1mbit, 60% 2mbit"); }) ==
          "the shares add up to 120 %, not at most 100");
    CHECK(
        error_of([] { parse_links("10% fast"); }).starts_with("'fast' says nothing about a link"));
}

TEST_CASE("a scenario sets what the command line sets", "[scenario]")
{
    LoadSettings settings;
    apply_scenario(settings,
                   "clients = 250\nseconds = 1.5\nmix = '50% zrle, 50% raw'\ncontinuous = "
                   "true\nno-fences = true\n"
                   "depth = 'verify'\nreconnect = '10% 5'\nprobe = '1,2,3x4'\n",
                   "test.toml");
    CHECK(settings.clients == 250);
    CHECK(settings.seconds == 1.5);
    CHECK(settings.mix.size() == 2);
    CHECK(settings.continuous);
    CHECK_FALSE(settings.fences);
    CHECK(settings.depth == Depth::kVerify);
    CHECK(settings.reconnects.percent == 10);
    CHECK(settings.reconnects.value == 5);
    CHECK(*settings.probe == Rect{1, 2, 3, 4});
}

TEST_CASE("a mistake in a scenario is told with file, line and key", "[scenario]")
{
    CHECK(scenario_error("clients = 3\nclinets = 4") ==
          "test.toml:2: clinets: there is no such setting");
    CHECK(scenario_error("\n\nclients = 0") ==
          "test.toml:3: clients: '0' is not a number from 1 to 10000");
    CHECK(scenario_error("continuous = 3") ==
          "test.toml:1: continuous: '3' is neither true nor false");
    CHECK(scenario_error("depth = []") ==
          "test.toml:1: depth: must be a text, a number, true or false");
    CHECK(scenario_error("probe = '1,2,3'").starts_with("test.toml:1: probe: '1,2,3' is not of"));
    CHECK(scenario_error("reconnect = '5'").starts_with("test.toml:1: reconnect: "));
    CHECK(scenario_error("clients = ").starts_with("test.toml:1: "));
}

TEST_CASE("mistakes on the command line are told with the option", "[scenario]")
{
    CHECK(command_line_error({"127.0.0.1:5900"}) == "none");
    CHECK(command_line_error({}) != "none");
    CHECK(command_line_error({"127.0.0.1:5900", "--seconds", "soon"}) ==
          "--seconds: 'soon' is not a number from 0.1 to 86400");
    CHECK(command_line_error({"127.0.0.1:port"}) != "none");
    CHECK(command_line_error({"127.0.0.1:5900", "--scenario", "/nonexistent"}) ==
          "the scenario '/nonexistent' cannot be read");
    CHECK(command_line_error({"127.0.0.1:5900", "--password-file", "/nonexistent"}) ==
          "--password-file: '/nonexistent' cannot be read");
}

TEST_CASE("attacks on the command line and in a scenario", "[scenario]")
{
    const auto abuse_of = [](std::vector<const char*> arguments) {
        arguments.insert(arguments.begin(), "covnc-load");
        return read_settings(static_cast<int>(arguments.size()), arguments.data())->abuse;
    };
    CHECK(abuse_of({"127.0.0.1:1"}).empty());
    CHECK(abuse_of({"127.0.0.1:1", "--abuse"}) == "all");
    CHECK(abuse_of({"--abuse", "127.0.0.1:1"}) == "all");
    CHECK(abuse_of({"127.0.0.1:1", "--abuse=fences,random"}) == "fences,random");
    CHECK(command_line_error({"127.0.0.1:1", "--abuse=fnces"}) ==
          "--abuse: 'fnces' is no attack; --abuse=list lists them");
    CHECK(command_line_error({"--abuse"}) == "SERVER is required");
    CHECK(scenario_error("abuse = 'fences'") == "none");
    CHECK(scenario_error("abuse = true") == "none");
    CHECK(scenario_error("abuse = 'fnces'") ==
          "test.toml:1: abuse: 'fnces' is no attack; --abuse=list lists them");
}
