#include "rfb/extended_clipboard.h"

#include "encodings/decode_error.h"
#include "encodings/inflate.h"
#include "rfb/text.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>

namespace covnc {

namespace {

constexpr std::string_view kName = "extended clipboard message";
constexpr std::uint32_t kText = 1U << 0U;
constexpr std::uint32_t kCaps = 1U << 24U;
constexpr std::uint32_t kRequest = 1U << 25U;
constexpr std::uint32_t kPeek = 1U << 26U;
constexpr std::uint32_t kNotify = 1U << 27U;
constexpr std::uint32_t kProvide = 1U << 28U;
constexpr std::uint32_t kActions = kCaps | kRequest | kPeek | kNotify | kProvide;

ClipboardAction action_of(std::uint32_t flags)
{
    if ((flags & kCaps) != 0) {
        return ClipboardAction::kCaps;
    }
    switch (flags & kActions) {
    case kRequest:
        return ClipboardAction::kRequest;
    case kPeek:
        return ClipboardAction::kPeek;
    case kNotify:
        return ClipboardAction::kNotify;
    case kProvide:
        return ClipboardAction::kProvide;
    default:
        throw ProtocolError(std::string(kName) + " has " +
                            std::to_string(std::popcount(flags & kActions)) +
                            " actions instead of one");
    }
}

Bytes flags(std::uint32_t value)
{
    Bytes out;
    ByteWriter(out).u32(value);
    return out;
}

} // namespace

ClipboardMessage ClipboardMessage::parse(ByteView bytes)
{
    ByteReader in(bytes, kName);
    const std::uint32_t flags = in.u32();
    ClipboardMessage message;
    message.action = action_of(flags);
    message.has_text = (flags & kText) != 0;
    if (message.action == ClipboardAction::kProvide) {
        const ByteView data = in.bytes(in.remaining());
        message.data.assign(data.begin(), data.end());
    }
    return message;
}

std::optional<std::string> ClipboardMessage::text() const
{
    constexpr std::size_t kLength = 4;
    Bytes inflated;
    try {
        inflated = inflate_beginning(data, kLength + kMaxCutText);
    } catch (const DecodeError& error) {
        throw ProtocolError(std::string(kName) + ": " + error.what());
    }
    ByteReader in(inflated, kName);
    const std::uint32_t length = in.u32();
    if (length > kMaxCutText) {
        return std::nullopt;
    }
    const ByteView bytes = in.bytes(length);
    return from_peer_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Bytes clipboard_capabilities()
{
    Bytes out = flags(kActions | kText);
    ByteWriter(out).u32(0); // bytes of text that may come without being asked for
    return out;
}

Bytes clipboard_request()
{
    return flags(kRequest | kText);
}

Bytes clipboard_notify(bool has_text)
{
    return flags(kNotify | (has_text ? kText : 0));
}

Bytes clipboard_provide(std::string_view text)
{
    const std::string converted = to_clipboard_text(text);
    Bytes plain;
    ByteWriter writer(plain);
    writer.u32(static_cast<std::uint32_t>(converted.size()));
    writer.text(converted);
    uLongf size = compressBound(plain.size());
    Bytes out = flags(kProvide | kText);
    const std::size_t head = out.size();
    out.resize(head + size);
    if (compress2(out.data() + head, &size, plain.data(), plain.size(), Z_BEST_SPEED) != Z_OK) {
        throw std::bad_alloc();
    }
    out.resize(head + size);
    return out;
}

} // namespace covnc
