#include "rfb/version.h"
#include "tests/rfb/message_support.h"

#include <string>

using namespace covnc;

namespace {

PeerVersion parsed(const std::string& text)
{
    const Bytes bytes(text.begin(), text.end());
    return parse_version(std::span(bytes).first<kVersionSize>());
}

PeerVersion of(const std::string& number)
{
    return parsed("RFB " + number + "\n");
}

} // namespace

TEST_CASE("every version that viewers announce maps to one of the three protocols", "[version]")
{
    for (const char* number : {"003.003", "003.004", "003.005", "003.006", "003.014", "003.016"}) {
        CAPTURE(number);
        CHECK(of(number) == PeerVersion{ProtocolVersion::k3_3, false});
    }
    CHECK(of("003.007") == PeerVersion{ProtocolVersion::k3_7, false});
    for (const char* number : {"003.008",
                               "003.009",
                               "003.015",
                               "003.999",
                               "004.000",
                               "004.001",
                               "005.000",
                               "999.999",
                               "004.889"}) {
        CAPTURE(number);
        CHECK(of(number) == PeerVersion{ProtocolVersion::k3_8, false});
    }
}

TEST_CASE("Apple's 003.889 is 3.8 and known as Apple's", "[version]")
{
    CHECK(of("003.889") == PeerVersion{ProtocolVersion::k3_8, true});
}

TEST_CASE("a major number below 3 is refused", "[version]")
{
    CHECK_THROWS_WITH(of("002.008"), "RFB version 2.8 is too old");
    CHECK_THROWS_AS(of("000.000"), ProtocolError);
    CHECK_THROWS_AS(of("001.999"), ProtocolError);
}

TEST_CASE("a version with any single byte out of pattern is refused", "[version]")
{
    const std::string good = "RFB 003.008\n";
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (const char wrong : {'\0', ' ', 'x', '/', ':', '\r', '\xff'}) {
            std::string bad = good;
            if (bad[i] == wrong) {
                continue;
            }
            bad[i] = wrong;
            CAPTURE(i, static_cast<int>(wrong));
            CHECK_THROWS_AS(parsed(bad), ProtocolError);
        }
    }
    CHECK_THROWS_AS(parsed("GET / HTTP/1"), ProtocolError);
    CHECK_THROWS_AS(parsed("rfb 003.008\n"), ProtocolError);
}

TEST_CASE("a protocol's text parses as that protocol", "[version]")
{
    CHECK(version_text(ProtocolVersion::k3_8) == "RFB 003.008\n");
    for (const auto protocol :
         {ProtocolVersion::k3_3, ProtocolVersion::k3_7, ProtocolVersion::k3_8}) {
        CHECK(parsed(std::string(version_text(protocol))) == PeerVersion{protocol, false});
    }
}
