// What an extended cut text says (rfbproto.rst, "Extended Clipboard Pseudo-Encoding"): flags, and
// what belongs to them. Only text is taken and given. Pure; any thread.
#pragma once

#include "rfb/constants.h"
#include "rfb/wire.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace covnc {

enum class ClipboardAction : std::uint8_t { kCaps, kRequest, kPeek, kNotify, kProvide };

struct ClipboardMessage
{
    ClipboardAction action = ClipboardAction::kPeek;
    bool has_text = false; // of the formats, the one that we know
    Bytes data;            // of kProvide: formats in one zlib stream

    // bytes: an extended CutText's. Throws ProtocolError where there are no flags, or not exactly
    // one action beside those that capabilities list.
    static ClipboardMessage parse(ByteView bytes);

    // The text of a kProvide with has_text, as UTF-8 with LF line ends; nothing where it is longer
    // than kMaxCutText. At most that is inflated, whatever the sizes say. Throws ProtocolError for
    // data that is no zlib stream or ends before the text does.
    std::optional<std::string> text() const;
};

// Flags and data of what a server says. The capabilities: text, all actions, and nothing that was
// not asked for.
Bytes clipboard_capabilities();
Bytes clipboard_request();
// has_text: whether there is anything.
Bytes clipboard_notify(bool has_text);
// text: UTF-8 with LF line ends. Compresses.
Bytes clipboard_provide(std::string_view text);

} // namespace covnc
