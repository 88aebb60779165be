#include "rfb/client_framing.h"

#include "encodings/pixel_format.h"
#include "rfb/audio_messages.h"
#include "rfb/constants.h"
#include "rfb/cut_text.h"
#include "rfb/fence.h"
#include "rfb/screen_layout.h"

#include <string>

namespace covnc {

namespace {

constexpr std::size_t kSetEncodingsHead = 3;   // padding, count
constexpr std::size_t kPointerHead = 5;        // mask, position
constexpr std::size_t kSetDesktopSizeHead = 7; // padding, size, count, padding
constexpr std::size_t kQemuHead = 3;           // kind, then whether a key is down, or operation
constexpr std::size_t kExtendedKeyTail = 8;    // keysym, keycode
constexpr std::uint8_t kMoreButtons = 0x80;    // in the mask: one more byte follows

[[noreturn]] void throw_unknown(std::uint8_t type)
{
    throw ProtocolError("unknown client message type " + std::to_string(type));
}

void require(bool in_force, std::uint8_t type)
{
    if (!in_force) {
        throw ProtocolError("client message type " + std::to_string(type) +
                            " belongs to an extension that was not announced");
    }
}

MessageTail cut_text_tail(ByteView head, bool extended_allowed)
{
    const CutTextHead cut_text = CutTextHead::parse(head, extended_allowed);
    return {cut_text.length,
            cut_text.is_too_long() ? MessageTail::Use::kSkip : MessageTail::Use::kParse};
}

MessageTail fence_tail(ByteView head)
{
    const std::size_t length = Fence::payload_length(head);
    return {static_cast<std::uint32_t>(length),
            length > kMaxFencePayload ? MessageTail::Use::kSkip : MessageTail::Use::kParse};
}

MessageTail set_encodings_tail(ByteView head)
{
    ByteReader in(head, "SetEncodings");
    in.skip(1);
    return {4U * in.u16(), MessageTail::Use::kStream};
}

MessageTail set_desktop_size_tail(ByteView head)
{
    ByteReader in(head, "SetDesktopSize");
    in.skip(5);
    return {static_cast<std::uint32_t>(in.u8() * Screen::kWireSize)};
}

MessageTail pointer_tail(ByteView head, bool extended_buttons)
{
    const std::uint8_t mask = ByteReader(head, "PointerEvent").u8();
    return {extended_buttons && (mask & kMoreButtons) != 0 ? 1U : 0U};
}

MessageTail qemu_tail(ByteView head, const ClientExtensions& extensions)
{
    ByteReader in(head, "QEMU message");
    const std::uint8_t kind = in.u8();
    const std::uint16_t operation = in.u16();
    constexpr auto kType = static_cast<std::uint8_t>(ClientMessageType::kQemu);
    switch (kind) {
    case kQemuExtendedKeyEvent:
        require(extensions.extended_keys, kType);
        return {kExtendedKeyTail};
    case kQemuAudioMessage:
        require(extensions.audio, kType);
        return {static_cast<std::uint32_t>(audio_request_tail(operation))};
    default:
        throw ProtocolError("unknown QEMU client message " + std::to_string(kind));
    }
}

} // namespace

std::size_t head_length(std::uint8_t type, const ClientExtensions& extensions)
{
    switch (static_cast<ClientMessageType>(type)) {
    case ClientMessageType::kSetPixelFormat:
        return 3 + PixelFormat::kWireSize;
    case ClientMessageType::kSetEncodings:
        return kSetEncodingsHead;
    case ClientMessageType::kFramebufferUpdateRequest:
        return 9;
    case ClientMessageType::kKeyEvent:
        return 7;
    case ClientMessageType::kPointerEvent:
        return kPointerHead;
    case ClientMessageType::kClientCutText:
        return CutTextHead::kSize;
    case ClientMessageType::kEnableContinuousUpdates:
        require(extensions.continuous_updates, type);
        return 9;
    case ClientMessageType::kClientFence:
        require(extensions.fence, type);
        return Fence::kHeadSize;
    case ClientMessageType::kXvp:
        require(extensions.xvp, type);
        return 3;
    case ClientMessageType::kSetDesktopSize:
        require(extensions.desktop_size, type);
        return kSetDesktopSizeHead;
    case ClientMessageType::kQemu:
        require(extensions.extended_keys || extensions.audio, type);
        return kQemuHead;
    }
    throw_unknown(type);
}

MessageTail tail_after(std::uint8_t type, ByteView head, const ClientExtensions& extensions)
{
    switch (static_cast<ClientMessageType>(type)) {
    case ClientMessageType::kSetPixelFormat:
    case ClientMessageType::kFramebufferUpdateRequest:
    case ClientMessageType::kKeyEvent:
    case ClientMessageType::kEnableContinuousUpdates:
    case ClientMessageType::kXvp:
        return {};
    case ClientMessageType::kSetEncodings:
        return set_encodings_tail(head);
    case ClientMessageType::kPointerEvent:
        return pointer_tail(head, extensions.extended_buttons);
    case ClientMessageType::kClientCutText:
        return cut_text_tail(head, extensions.extended_clipboard);
    case ClientMessageType::kClientFence:
        return fence_tail(head);
    case ClientMessageType::kSetDesktopSize:
        return set_desktop_size_tail(head);
    case ClientMessageType::kQemu:
        return qemu_tail(head, extensions);
    }
    throw_unknown(type);
}

} // namespace covnc
