#include "rfb/handshake_messages.h"
#include "tests/rfb/message_support.h"

#include <string>
#include <vector>

using namespace covnc;
using namespace covnc::test;

namespace {

template <typename... Arguments>
Bytes made_by(void (*append)(Bytes&, Arguments...), std::type_identity_t<Arguments>... arguments)
{
    Bytes out;
    append(out, arguments...);
    return out;
}

} // namespace

TEST_CASE("a failure before a type is agreed says why, in each version's form", "[handshake]")
{
    CHECK(made_by(append_security_failure, ProtocolVersion::k3_3, "no") ==
          hex("00000000 00000002 6e6f"));
    CHECK(made_by(append_security_failure, ProtocolVersion::k3_7, "no") == hex("00 00000002 6e6f"));
    CHECK(made_by(append_security_failure, ProtocolVersion::k3_8, "no") == hex("00 00000002 6e6f"));
}

TEST_CASE("a failed login has a reason only in 3.8", "[handshake]")
{
    CHECK(made_by(append_security_failed, ProtocolVersion::k3_3, "no") == hex("00000001"));
    CHECK(made_by(append_security_failed, ProtocolVersion::k3_7, "no") == hex("00000001"));
    CHECK(made_by(append_security_failed, ProtocolVersion::k3_8, "no") ==
          hex("00000001 00000002 6e6f"));
    CHECK(made_by(append_security_ok) == hex("00000000"));
}

TEST_CASE("a list of security types keeps its order", "[handshake]")
{
    Bytes out;
    append_security_types(out, std::vector<std::uint8_t>{19, 2, 1});
    CHECK(out == hex("03 130201"));
    CHECK_THROWS_AS(append_security_types(out, {}), std::length_error);
    CHECK_THROWS_AS(append_security_types(out, std::vector<std::uint8_t>(256)), std::length_error);
}

TEST_CASE("ServerInit's bytes, both ways", "[handshake]")
{
    Bytes out;
    append_server_init(out, {1024, 768}, kNativePixelFormat, "hi");
    CHECK(out == hex("0400 0300 20180001 00ff00ff00ff 100800 000000 00000002 6869"));

    const Bytes head(out.begin(), out.begin() + ServerInitHead::kSize);
    const ServerInitHead init = ServerInitHead::parse(head);
    CHECK(init.size == Size{1024, 768});
    CHECK(init.format == kNativePixelFormat);
    CHECK(init.name_length == 2);
    wants_exactly(head, [](const Bytes& bytes) { return ServerInitHead::parse(bytes); });
    CHECK_THROWS_AS(append_server_init(out, {65536, 1}, kNativePixelFormat, ""), std::out_of_range);
}

TEST_CASE("a name or reason that would fill memory is refused", "[handshake]")
{
    CHECK(parse_text_length(hex("00010000")) == 65536);
    for (const char* length : {"00010001", "7fffffff", "80000000", "ffffffff"}) {
        CHECK_THROWS_AS(parse_text_length(hex(length)), ProtocolError);
        CHECK_THROWS_AS(ServerInitHead::parse(hex("0400 0300 20180001 00ff00ff00ff 100800 000000" +
                                                  std::string(length))),
                        ProtocolError);
    }
    wants_exactly(hex("00000002"), [](const Bytes& bytes) { return parse_text_length(bytes); });
}

TEST_CASE("a server's pixel format that is not valid is an error of the protocol", "[handshake]")
{
    CHECK_THROWS_AS(
        ServerInitHead::parse(hex("0400 0300 18180001 00ff00ff00ff 100800 000000 00000000")),
        ProtocolError);
}

TEST_CASE("a name is clipped to 255 bytes, never inside a character", "[handshake]")
{
    CHECK(clipped_name("short") == "short");
    CHECK(clipped_name(std::string(255, 'a')) == std::string(255, 'a'));
    CHECK(clipped_name(std::string(256, 'a')) == std::string(255, 'a'));
    const std::string euro = "\xe2\x82\xac";
    for (std::size_t before = 250; before <= 255; ++before) {
        const std::string name = std::string(before, 'a') + euro + "tail";
        const bool fits = before + euro.size() <= 255;
        CHECK(clipped_name(name).substr(0, before + 3) ==
              (fits ? std::string(before, 'a') + euro : std::string(before, 'a')));
    }
    CHECK(clipped_name(std::string(300, '\x80')).size() <= 255); // not UTF-8: just ends
}
