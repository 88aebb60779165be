// The end of a handshake, good or bad, as bytes (rfbproto.rst, "Security Handshake",
// "SecurityResult Handshake", "ServerInit"). The server's side writes, the viewer's parses. Pure.
#pragma once

#include "encodings/geometry.h"
#include "encodings/pixel_format.h"
#include "rfb/version.h"
#include "rfb/wire.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace covnc {

// The part of `name` that fits into kMaxNameLength bytes, not cut inside a UTF-8 sequence.
std::string_view clipped_name(std::string_view name);

// The list of types that a server of 3.7 and 3.8 offers, most wanted first. Throws
// std::length_error for none or more than 255.
void append_security_types(Bytes& out, std::span<const std::uint8_t> types);

// Instead of a list or a type: there is nothing to agree on. Then close.
void append_security_failure(Bytes& out, ProtocolVersion version, std::string_view reason);

// The login went well.
void append_security_ok(Bytes& out);
// It did not; only 3.8 has room for the reason. Then close.
void append_security_failed(Bytes& out, ProtocolVersion version, std::string_view reason);

// For the viewer: the U32 length of a reason or a name (4 bytes). Throws ProtocolError above
// kMaxPeerText.
std::uint32_t parse_text_length(ByteView bytes);

// Writes the message as a whole; the name is clipped. Throws std::out_of_range for a size beyond
// U16.
void append_server_init(Bytes& out, Size size, const PixelFormat& format, std::string_view name);

// What precedes the name.
struct ServerInitHead
{
    static constexpr std::size_t kSize = 24;

    Size size;
    PixelFormat format;
    std::uint32_t name_length = 0; // bytes that follow, at most kMaxPeerText

    // Throws ProtocolError, also for a format that is not valid or a name that is too long.
    static ServerInitHead parse(ByteView head);
};

} // namespace covnc
