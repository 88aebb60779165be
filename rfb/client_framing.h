// Where a viewer's message ends (rfbproto.rst, "Client to Server Messages"). Pure; any thread.
//
// A session reads one byte of type, then head_length() bytes, then what tail_after() tells, and
// gives head and tail together (the "body") to the parse of client_messages.h, fence.h, cut_text.h.
#pragma once

#include "rfb/wire.h"

#include <cstddef>
#include <cstdint>

namespace covnc {

// Extensions in force on a connection: a viewer may use only what was announced to it.
struct ClientExtensions
{
    bool continuous_updates = false; // we sent EndOfContinuousUpdates
    bool fence = false;              // we sent a fence
    bool xvp = false;                // we sent xvp's INIT
    bool desktop_size = false;       // we sent an ExtendedDesktopSize rectangle
    bool extended_keys = false;      // we sent the rectangle of extended key events
    bool extended_buttons = false;   // the viewer's latest SetEncodings has ExtendedMouseButtons
    bool extended_clipboard = false; // the viewer's latest SetEncodings has ExtendedClipboard
    bool audio = false;              // we sent the rectangle of audio
};

// What follows the head of a message.
struct MessageTail
{
    enum class Use : std::uint8_t {
        kParse,  // read it and parse it with the head; at most kMaxCutText bytes
        kStream, // SetEncodings: read it in pieces into EncodingSet::add_wire
        kSkip,   // too long: read it in pieces and forget the message
    };

    std::uint32_t length = 0; // bytes
    Use use = Use::kParse;
};

// Bytes that follow the type in every message of it, up to where the rest's length is known. Throws
// ProtocolError for a type that is unknown or belongs to an extension not in force.
std::size_t head_length(std::uint8_t type, const ClientExtensions& extensions);
// head: the head_length() bytes. Throws ProtocolError for a length or kind that cannot be.
MessageTail tail_after(std::uint8_t type, ByteView head, const ClientExtensions& extensions);

} // namespace covnc
