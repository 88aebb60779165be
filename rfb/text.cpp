#include "rfb/text.h"

#include <algorithm>
#include <cstdint>

namespace covnc {

namespace {

constexpr char kNewline = '\n';

std::uint8_t byte_of(char character)
{
    return static_cast<std::uint8_t>(character);
}

// One character at the front of `text`: what it is and how many bytes it has; 0 bytes where there
// is none.
struct Character
{
    char32_t code = 0;
    std::size_t bytes = 0;
};

Character first_of(std::string_view text)
{
    const std::uint8_t lead = byte_of(text[0]);
    if (lead < 0x80) {
        return {lead, 1};
    }
    const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) {
        return {};
    }
    char32_t code = lead & (0x7fU >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if ((byte_of(text[i]) & 0xc0U) != 0x80) {
            return {};
        }
        code = code << 6U | (byte_of(text[i]) & 0x3fU);
    }
    const bool is_overlong = (bytes == 3 && code < 0x800) || (bytes == 4 && code < 0x10000);
    const bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    if (is_overlong || is_surrogate || code > 0x10ffff) {
        return {};
    }
    return {code, bytes};
}

std::string from_latin1(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size());
    for (const char character : bytes) {
        const std::uint8_t code = byte_of(character);
        if (code < 0x80) {
            text += character;
        } else {
            text += static_cast<char>(0xc0U | code >> 6U);
            text += static_cast<char>(0x80U | (code & 0x3fU));
        }
    }
    return text;
}

// CRLF becomes LF, and so does a CR alone.
std::string with_line_feeds(std::string_view bytes)
{
    std::string text;
    text.reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const bool is_cr = bytes[i] == '\r';
        if (is_cr && i + 1 < bytes.size() && bytes[i + 1] == kNewline) {
            continue;
        }
        text += is_cr ? kNewline : bytes[i];
    }
    return text;
}

} // namespace

bool is_utf8(std::string_view text)
{
    while (!text.empty()) {
        const std::size_t bytes = first_of(text).bytes;
        if (bytes == 0) {
            return false;
        }
        text.remove_prefix(bytes);
    }
    return true;
}

std::string from_peer_text(std::string_view bytes)
{
    const std::string_view text = bytes.substr(0, bytes.find('\0'));
    return with_line_feeds(is_utf8(text) ? std::string(text) : from_latin1(text));
}

std::string to_latin1(std::string_view text)
{
    std::string bytes;
    bytes.reserve(text.size());
    while (!text.empty()) {
        const Character character = first_of(text);
        const bool fits = character.bytes != 0 && character.code <= 0xff;
        bytes += fits ? static_cast<char>(character.code) : '?';
        text.remove_prefix(std::max<std::size_t>(character.bytes, 1));
    }
    return bytes;
}

std::string to_clipboard_text(std::string_view text)
{
    std::string bytes;
    bytes.reserve(text.size() + 1);
    for (const char character : text) {
        if (character == kNewline) {
            bytes += '\r';
        }
        bytes += character;
    }
    bytes += '\0';
    return bytes;
}

} // namespace covnc
