#include "rfb/handshake_messages.h"

#include "rfb/constants.h"

namespace covnc {

namespace {

void write_text(ByteWriter& writer, std::string_view text)
{
    writer.u32(static_cast<std::uint32_t>(text.size()));
    writer.text(text);
}

bool continues_character(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

} // namespace

std::string_view clipped_name(std::string_view name)
{
    if (name.size() <= kMaxNameLength) {
        return name;
    }
    std::size_t end = kMaxNameLength;
    while (end > 0 && continues_character(name[end])) {
        --end;
    }
    return name.substr(0, end);
}

void append_security_types(Bytes& out, std::span<const std::uint8_t> types)
{
    if (types.empty() || types.size() > 255) {
        throw std::length_error("a list of security types has 1 to 255 of them");
    }
    ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(types.size()));
    writer.bytes(types);
}

void append_security_failure(Bytes& out, ProtocolVersion version, std::string_view reason)
{
    ByteWriter writer(out);
    if (version == ProtocolVersion::k3_3) {
        writer.u32(static_cast<std::uint32_t>(SecurityType::kInvalid));
    } else {
        writer.u8(0); // no types
    }
    write_text(writer, reason);
}

void append_security_ok(Bytes& out)
{
    ByteWriter(out).u32(kSecurityOk);
}

void append_security_failed(Bytes& out, ProtocolVersion version, std::string_view reason)
{
    ByteWriter writer(out);
    writer.u32(kSecurityFailed);
    if (version == ProtocolVersion::k3_8) {
        write_text(writer, reason);
    }
}

std::uint32_t parse_text_length(ByteView bytes)
{
    ByteReader in(bytes, "length of a text");
    const std::uint32_t length = in.u32();
    in.expect_end();
    if (length > kMaxPeerText) {
        throw ProtocolError("the server sends a text of " + std::to_string(length) + " bytes");
    }
    return length;
}

void append_server_init(Bytes& out, Size size, const PixelFormat& format, std::string_view name)
{
    ByteWriter writer(out);
    writer.size(size);
    writer.bytes(format.wire());
    write_text(writer, clipped_name(name));
}

ServerInitHead ServerInitHead::parse(ByteView head)
{
    ByteReader in(head, "ServerInit");
    ServerInitHead init;
    init.size = in.size();
    const ByteView format = in.bytes(PixelFormat::kWireSize);
    init.name_length = parse_text_length(in.bytes(4));
    in.expect_end();
    try {
        init.format = PixelFormat::parse(format.first<PixelFormat::kWireSize>());
    } catch (const PixelFormatError& error) {
        throw ProtocolError(std::string("ServerInit: ") + error.what());
    }
    return init;
}

} // namespace covnc
