#include "rfb/client_messages.h"

#include <string>

namespace covnc {

namespace {

constexpr std::size_t kPointerHead = 5;         // mask, position
constexpr std::uint8_t kMoreButtons = 0x80;     // in the mask: one more byte follows
constexpr std::uint8_t kPlainButtons = 0x7f;    // the mask without that
constexpr std::uint8_t kExtensionButtons = 0x3; // back and forward, the only ones defined

} // namespace

SetPixelFormat SetPixelFormat::parse(ByteView body)
{
    ByteReader in(body, "SetPixelFormat");
    in.skip(3);
    const ByteView format = in.bytes(PixelFormat::kWireSize);
    in.expect_end();
    try {
        return {PixelFormat::parse(format.first<PixelFormat::kWireSize>())};
    } catch (const PixelFormatError& error) {
        throw ProtocolError(std::string("SetPixelFormat: ") + error.what());
    }
}

void SetPixelFormat::write(Bytes& out) const
{
    ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(ClientMessageType::kSetPixelFormat));
    writer.padding(3);
    writer.bytes(format.wire());
}

void write_set_encodings(Bytes& out, std::span<const std::int32_t> encodings)
{
    if (encodings.size() > kMaxEncodings) {
        throw std::length_error("SetEncodings holds at most 65535 numbers");
    }
    ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(ClientMessageType::kSetEncodings));
    writer.padding(1);
    writer.u16(static_cast<std::uint16_t>(encodings.size()));
    for (const std::int32_t encoding : encodings) {
        writer.s32(encoding);
    }
}

FramebufferUpdateRequest FramebufferUpdateRequest::parse(ByteView body)
{
    ByteReader in(body, "FramebufferUpdateRequest");
    FramebufferUpdateRequest request;
    request.incremental = in.u8() != 0;
    request.area = in.rect();
    in.expect_end();
    return request;
}

void FramebufferUpdateRequest::write(Bytes& out) const
{
    ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(ClientMessageType::kFramebufferUpdateRequest));
    writer.u8(incremental ? 1 : 0);
    writer.rect(area);
}

KeyEvent KeyEvent::parse(ByteView body)
{
    ByteReader in(body, "KeyEvent");
    KeyEvent event;
    event.down = in.u8() != 0;
    in.skip(2);
    event.keysym = in.u32();
    in.expect_end();
    return event;
}

void KeyEvent::write(Bytes& out) const
{
    ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(ClientMessageType::kKeyEvent));
    writer.u8(down ? 1 : 0);
    writer.padding(2);
    writer.u32(keysym);
}

ExtendedKeyEvent ExtendedKeyEvent::parse(ByteView body)
{
    ByteReader in(body, "QEMU extended key event");
    if (in.u8() != kQemuExtendedKeyEvent) {
        throw ProtocolError("a QEMU message of another kind is no key event");
    }
    ExtendedKeyEvent event;
    event.down = in.u16() != 0;
    event.keysym = in.u32();
    event.keycode = in.u32();
    in.expect_end();
    return event;
}

void ExtendedKeyEvent::write(Bytes& out) const
{
    ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(ClientMessageType::kQemu));
    writer.u8(kQemuExtendedKeyEvent);
    writer.u16(down ? 1 : 0);
    writer.u32(keysym);
    writer.u32(keycode);
}

PointerEvent PointerEvent::parse(ByteView body)
{
    ByteReader in(body, "PointerEvent");
    const std::uint8_t mask = in.u8();
    PointerEvent event;
    event.position = in.point();
    event.buttons = mask;
    if (body.size() > kPointerHead && (mask & kMoreButtons) != 0) {
        const unsigned more = in.u8() & kExtensionButtons;
        event.buttons = static_cast<std::uint16_t>((mask & kPlainButtons) | more << 7U);
    }
    in.expect_end();
    return event;
}

void PointerEvent::write(Bytes& out, bool extended) const
{
    const auto more = static_cast<std::uint8_t>(buttons >> 7U & kExtensionButtons);
    const bool has_more = extended && more != 0;
    const unsigned mask = has_more ? (buttons & kPlainButtons) | kMoreButtons : buttons & 0xffU;
    ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(ClientMessageType::kPointerEvent));
    writer.u8(static_cast<std::uint8_t>(mask));
    writer.point(position);
    if (has_more) {
        writer.u8(more);
    }
}

EnableContinuousUpdates EnableContinuousUpdates::parse(ByteView body)
{
    ByteReader in(body, "EnableContinuousUpdates");
    EnableContinuousUpdates message;
    message.enable = in.u8() != 0;
    message.area = in.rect();
    in.expect_end();
    return message;
}

void EnableContinuousUpdates::write(Bytes& out) const
{
    ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(ClientMessageType::kEnableContinuousUpdates));
    writer.u8(enable ? 1 : 0);
    writer.rect(area);
}

SetDesktopSize SetDesktopSize::parse(ByteView body)
{
    ByteReader in(body, "SetDesktopSize");
    in.skip(1);
    SetDesktopSize message;
    message.layout.size = in.size();
    const std::size_t count = in.u8();
    in.skip(1);
    message.layout.screens = read_screens(in, count);
    in.expect_end();
    return message;
}

void SetDesktopSize::write(Bytes& out) const
{
    if (layout.screens.size() > kMaxScreens) {
        throw std::length_error("SetDesktopSize holds at most 255 screens");
    }
    ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(ClientMessageType::kSetDesktopSize));
    writer.padding(1);
    writer.size(layout.size);
    writer.u8(static_cast<std::uint8_t>(layout.screens.size()));
    writer.padding(1);
    write_screens(writer, layout.screens);
}

XvpRequest XvpRequest::parse(ByteView body)
{
    ByteReader in(body, "xvp request");
    in.skip(1);
    XvpRequest request;
    request.version = in.u8();
    request.code = static_cast<XvpCode>(in.u8());
    in.expect_end();
    return request;
}

void XvpRequest::write(Bytes& out) const
{
    ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(ClientMessageType::kXvp));
    writer.padding(1);
    writer.u8(version);
    writer.u8(static_cast<std::uint8_t>(code));
}

} // namespace covnc
