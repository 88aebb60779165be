// ClientCutText and ServerCutText, which differ only in their type (rfbproto.rst, "ClientCutText",
// "ServerCutText", "Extended Clipboard Pseudo-Encoding"). What an extended one says inside is not
// looked at here. Pure.
#pragma once

#include "rfb/constants.h"
#include "rfb/wire.h"

#include <cstddef>
#include <cstdint>

namespace covnc {

// What is known after the first bytes.
struct CutTextHead
{
    static constexpr std::size_t kSize = 7; // after the type: 3 padding, S32 length

    bool extended = false;
    std::uint32_t length = 0; // bytes that follow, up to 2^31 - 1

    // extended_allowed: whether both sides have announced the extension; without it a length with
    //   the top bit set is an error, with it one that cannot hold the U32 of flags or has no
    //   absolute value is. Throws ProtocolError.
    static CutTextHead parse(ByteView head, bool extended_allowed);
    // Too long to keep: read and forget the bytes, the connection goes on.
    bool is_too_long() const { return length > kMaxCutText; }
};

struct CutText
{
    bool extended = false;
    Bytes bytes; // Latin-1 with LF line ends; or the extension's flags and data

    // body: head and bytes. Throws ProtocolError, also if longer than kMaxCutText.
    static CutText parse(ByteView body, bool extended_allowed);
    // The whole message. Throws std::length_error above 2^31 - 1 bytes, or for an extended one
    // under 4.
    void write(Bytes& out, ClientMessageType type) const { write_as(out, std::uint8_t(type)); }
    void write(Bytes& out, ServerMessageType type) const { write_as(out, std::uint8_t(type)); }

    friend bool operator==(const CutText&, const CutText&) = default;

private:
    void write_as(Bytes& out, std::uint8_t type) const;
};

} // namespace covnc
