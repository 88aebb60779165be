// Texts of clipboards: peers' bytes to UTF-8 with LF line ends, which is what we hold, and back.
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace covnc {

// No sequence cut short, overlong, of a surrogate or beyond U+10FFFF (RFC 3629).
bool is_utf8(std::string_view text);

// What a viewer's text says, up to the first NUL. UTF-8 where it is that, else Latin-1: cut texts
// should be the latter, but some viewers send the former. A CR, with or without LF, ends a line.
std::string from_peer_text(std::string_view bytes);

// For ServerCutText. What Latin-1 does not have becomes '?'. text: UTF-8.
std::string to_latin1(std::string_view text);
// For the extended clipboard: CRLF, and a NUL at the end.
std::string to_clipboard_text(std::string_view text);

} // namespace covnc
