#include "rfb/version.h"

#include <algorithm>
#include <string>

namespace covnc {

namespace {

constexpr std::string_view kPattern = "RFB ddd.ddd\n";
constexpr int kAppleMinor = 889;

bool matches(std::uint8_t byte, char pattern)
{
    return pattern == 'd' ? byte >= '0' && byte <= '9' : byte == static_cast<std::uint8_t>(pattern);
}

int three_digits(ByteView digits)
{
    return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}

ProtocolVersion protocol_of(int major, int minor)
{
    if (major > 3) {
        return ProtocolVersion::k3_8;
    }
    // UltraVNC used .014 and .016 for 3.3 with additions of its own.
    if (minor < 7 || minor == 14 || minor == 16) {
        return ProtocolVersion::k3_3;
    }
    return minor == 7 ? ProtocolVersion::k3_7 : ProtocolVersion::k3_8;
}

} // namespace

PeerVersion parse_version(std::span<const std::uint8_t, kVersionSize> bytes)
{
    if (!std::equal(bytes.begin(), bytes.end(), kPattern.begin(), kPattern.end(), matches)) {
        throw ProtocolError("the peer does not speak RFB: its first 12 bytes are no version");
    }
    const int major = three_digits(bytes.subspan(4, 3));
    const int minor = three_digits(bytes.subspan(8, 3));
    if (major < 3) {
        throw ProtocolError("RFB version " + std::to_string(major) + "." + std::to_string(minor) +
                            " is too old");
    }
    return {protocol_of(major, minor), major == 3 && minor == kAppleMinor};
}

std::string_view version_text(ProtocolVersion protocol)
{
    switch (protocol) {
    case ProtocolVersion::k3_3:
        return "RFB 003.003\n";
    case ProtocolVersion::k3_7:
        return "RFB 003.007\n";
    case ProtocolVersion::k3_8:
        break;
    }
    return "RFB 003.008\n";
}

} // namespace covnc
