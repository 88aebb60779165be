#include "src/sources/shm/messages.h"

#include "rfb/constants.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace covnc::shm {

namespace {

// Bytes of the UTF-8 character that begins `text`; 0: none that may be shown.
std::size_t character_length(std::span<const std::uint8_t> text)
{
    const std::uint8_t first = text.front();
    const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const bool is_start = first < 0x80 || (first >= 0xc2 && first < 0xf5);
    if (!is_start || length > text.size()) {
        return 0;
    }
    const auto is_more = [](std::uint8_t byte) { return (byte & 0xc0U) == 0x80; };
    if (!std::all_of(
            text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(length), is_more)) {
        return 0;
    }
    const std::uint8_t second = length > 1 ? text[1] : 0;
    const bool is_control = first < ' ' || first == 0x7f || (first == 0xc2 && second < 0xa0);
    const bool is_overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool is_beyond = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
    return is_control || is_overlong || is_beyond ? 0 : length;
}

// For titles and logs: UTF-8 without control characters; what is none is left out.
std::string clean_text(std::span<const std::uint8_t> text)
{
    std::string clean;
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        clean.append(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(length));
        text = text.subspan(std::max(length, std::size_t{1}));
    }
    return clean;
}

// Reads words and refuses what is missing or left over.
class Reader
{
public:
    Reader(std::span<const std::uint8_t> bytes, const char* name) : rest_(bytes), name_(name) {}

    std::uint32_t word()
    {
        if (rest_.size() < sizeof(std::uint32_t)) {
            throw ProtocolError(std::string(name_) + " is too short");
        }
        std::uint32_t value = 0;
        std::memcpy(&value, rest_.data(), sizeof value);
        rest_ = rest_.subspan(sizeof value);
        return value;
    }
    // Up to most.
    std::int32_t number(std::int32_t most, const char* what)
    {
        const std::uint32_t value = word();
        if (value > static_cast<std::uint32_t>(most)) {
            throw ProtocolError(std::string(name_) + ": " + what + " " + std::to_string(value) +
                                " is more than " + std::to_string(most));
        }
        return static_cast<std::int32_t>(value);
    }
    std::string text(std::size_t most)
    {
        if (rest_.size() > most) {
            throw ProtocolError(std::string(name_) + " has too long a text");
        }
        return clean_text(std::exchange(rest_, {}));
    }
    std::size_t left() const { return rest_.size(); }
    void finish() const
    {
        if (!rest_.empty()) {
            throw ProtocolError(std::string(name_) + " is too long");
        }
    }

private:
    std::span<const std::uint8_t> rest_;
    const char* name_;
};

Hello parse_hello(Reader in)
{
    if (in.word() != kMagic) {
        throw ProtocolError("this is no covnc_display program");
    }
    Hello hello;
    hello.version = in.word();
    hello.flags = in.word();
    hello.name = in.text(kMaxName);
    if (hello.version != kVersion) {
        throw ProtocolError("version " + std::to_string(hello.version) +
                            " of the protocol is unknown, this is " + std::to_string(kVersion));
    }
    return hello;
}

Surface parse_surface(Reader in)
{
    Surface surface;
    surface.size.width = in.number(kMaxSide, "the width");
    surface.size.height = in.number(kMaxSide, "the height");
    surface.stride = in.word();
    in.finish();
    return surface;
}

Damage parse_damage(Reader in)
{
    Damage damage;
    if (in.left() > kMaxRectangles * 4 * sizeof(std::uint32_t)) {
        throw ProtocolError("Damage has more than " + std::to_string(kMaxRectangles) +
                            " rectangles");
    }
    while (in.left() > 0) {
        Rect rect;
        rect.x = in.number(kMaxSide, "x");
        rect.y = in.number(kMaxSide, "y");
        rect.width = in.number(kMaxSide, "the width");
        rect.height = in.number(kMaxSide, "the height");
        damage.rects.push_back(rect);
    }
    return damage;
}

CursorShape parse_cursor(Reader in)
{
    CursorShape cursor;
    cursor.size.width = in.number(kMaxCursorSide, "the width");
    cursor.size.height = in.number(kMaxCursorSide, "the height");
    cursor.hotspot.x = in.number(kMaxCursorSide, "the hotspot's x");
    cursor.hotspot.y = in.number(kMaxCursorSide, "the hotspot's y");
    in.finish();
    return cursor;
}

std::uint32_t parse_value(Reader in)
{
    const std::uint32_t value = in.word();
    in.finish();
    return value;
}

} // namespace

EmulatorMessage parse(std::span<const std::uint8_t> bytes)
{
    const std::uint32_t type = Reader(bytes, "a message").word();
    const std::span<const std::uint8_t> body = bytes.subspan(sizeof type);
    switch (static_cast<EmulatorMessageType>(type)) {
    case EmulatorMessageType::kHello:
        return parse_hello({body, "Hello"});
    case EmulatorMessageType::kSurface:
        return parse_surface({body, "Surface"});
    case EmulatorMessageType::kDamage:
        return parse_damage({body, "Damage"});
    case EmulatorMessageType::kFrame:
        return Frame{parse_value({body, "Frame"})};
    case EmulatorMessageType::kCursor:
        return parse_cursor({body, "Cursor"});
    case EmulatorMessageType::kLeds:
        return Leds{static_cast<std::uint8_t>(parse_value({body, "Leds"}) & 7U)};
    case EmulatorMessageType::kPointerMode:
        return PointerMode{parse_value({body, "PointerMode"}) != 0};
    case EmulatorMessageType::kBell:
        Reader(body, "Bell").finish();
        return Bell{};
    }
    throw ProtocolError("message type " + std::to_string(type) + " is unknown");
}

DaemonMessage::DaemonMessage(DaemonMessageType type, std::initializer_list<std::uint32_t> values)
    : count_(1 + values.size())
{
    assert(count_ <= words_.size());
    words_[0] = static_cast<std::uint32_t>(type);
    std::copy(values.begin(), values.end(), words_.begin() + 1);
}

std::span<const std::uint8_t> DaemonMessage::bytes() const
{
    return {reinterpret_cast<const std::uint8_t*>(words_.data()), count_ * sizeof words_[0]};
}

std::vector<std::uint8_t> bye(std::string_view reason)
{
    std::vector<std::uint8_t> bytes;
    const DaemonMessage head(DaemonMessageType::kBye, {});
    bytes.assign(head.bytes().begin(), head.bytes().end());
    bytes.insert(bytes.end(), reason.begin(), reason.end());
    return bytes;
}

} // namespace covnc::shm
