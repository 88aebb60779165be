// The first 12 bytes each way (rfbproto.rst, "ProtocolVersion Handshake"). Pure; any thread.
#pragma once

#include "rfb/wire.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace covnc {

// The three protocols there are, in order: a greater one can do more.
enum class ProtocolVersion : std::uint8_t { k3_3, k3_7, k3_8 };

// What a peer's version makes it.
struct PeerVersion
{
    ProtocolVersion protocol = ProtocolVersion::k3_8;
    // Apple's 003.889: 3.8, except that after None it sends no ClientInit and wants no result.
    bool is_apple = false;

    friend bool operator==(const PeerVersion&, const PeerVersion&) = default;
};

inline constexpr std::size_t kVersionSize = 12;

// Versions above ours count as 3.8, UltraVNC's (003.004, .006, .014, .016) as 3.3. Throws
// ProtocolError for anything that is not "RFB ddd.ddd\n" or has a major number below 3.
PeerVersion parse_version(std::span<const std::uint8_t, kVersionSize> bytes);

// The 12 characters that announce a protocol. A server sends 3.8's, whatever it can do beyond.
std::string_view version_text(ProtocolVersion protocol);

} // namespace covnc
