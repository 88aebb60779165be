#include "rfb/pseudo_rectangles.h"

#include "rfb/handshake_messages.h"

namespace covnc {

namespace {

void append_head(Bytes& out, const Rect& area, PseudoEncoding encoding)
{
    RectangleHead{area, static_cast<std::int32_t>(encoding)}.write(out);
}

} // namespace

RectangleHead RectangleHead::parse(ByteView head)
{
    ByteReader in(head, "rectangle head");
    RectangleHead result;
    result.area = in.rect();
    result.encoding = in.s32();
    in.expect_end();
    return result;
}

void RectangleHead::write(Bytes& out) const
{
    ByteWriter writer(out);
    writer.rect(area);
    writer.s32(encoding);
}

void append_desktop_size(Bytes& out, Size size)
{
    append_head(out, Rect::of(size), PseudoEncoding::kDesktopSize);
}

void append_extended_desktop_size(Bytes& out,
                                  ResizeReason reason,
                                  ResizeStatus status,
                                  const ScreenLayout& layout)
{
    if (layout.screens.size() > kMaxScreens) {
        throw std::length_error("ExtendedDesktopSize holds at most 255 screens");
    }
    const Rect head{static_cast<std::int32_t>(reason),
                    static_cast<std::int32_t>(status),
                    layout.size.width,
                    layout.size.height};
    append_head(out, head, PseudoEncoding::kExtendedDesktopSize);
    ByteWriter writer(out);
    writer.u8(static_cast<std::uint8_t>(layout.screens.size()));
    writer.padding(3);
    write_screens(writer, layout.screens);
}

std::size_t screens_tail_length(ByteView screens_head)
{
    return ByteReader(screens_head, "ExtendedDesktopSize").u8() * Screen::kWireSize;
}

ScreenLayout parse_extended_desktop_size(const RectangleHead& head, ByteView data)
{
    ByteReader in(data, "ExtendedDesktopSize");
    const std::size_t count = in.u8();
    in.skip(3);
    ScreenLayout layout{head.area.size(), read_screens(in, count)};
    in.expect_end();
    return layout;
}

void append_cursor(Bytes& out, const CursorImage& cursor, std::size_t bytes_per_pixel)
{
    const Rect head{cursor.hotspot.x, cursor.hotspot.y, cursor.size.width, cursor.size.height};
    const auto width = static_cast<std::size_t>(cursor.size.width);
    const auto height = static_cast<std::size_t>(cursor.size.height);
    if (cursor.pixels.size() != width * height * bytes_per_pixel ||
        cursor.mask.size() != (width + 7) / 8 * height) {
        throw std::invalid_argument("cursor's pixels or mask do not have its size");
    }
    append_head(out, head, PseudoEncoding::kCursor);
    ByteWriter writer(out);
    writer.bytes(cursor.pixels);
    writer.bytes(cursor.mask);
}

void append_desktop_name(Bytes& out, std::string_view name)
{
    const std::string_view clipped = clipped_name(name);
    append_head(out, {}, PseudoEncoding::kDesktopName);
    ByteWriter writer(out);
    writer.u32(static_cast<std::uint32_t>(clipped.size()));
    writer.text(clipped);
}

void append_extended_key_ack(Bytes& out)
{
    append_head(out, {}, PseudoEncoding::kExtendedKeyEvent);
}

void append_extended_buttons_ack(Bytes& out)
{
    append_head(out, {}, PseudoEncoding::kExtendedMouseButtons);
}

void append_audio_ack(Bytes& out)
{
    append_head(out, {}, PseudoEncoding::kAudio);
}

void append_qemu_led_state(Bytes& out, std::uint8_t leds)
{
    append_head(out, {}, PseudoEncoding::kQemuLedState);
    ByteWriter(out).u8(leds);
}

void append_vmware_led_state(Bytes& out, std::uint8_t leds)
{
    append_head(out, {}, PseudoEncoding::kVmwareLedState);
    ByteWriter(out).u32(leds);
}

void append_libvnc_led_state(Bytes& out, std::uint8_t leds)
{
    append_head(out, {leds, 0, 0, 0}, PseudoEncoding::kLibVncLedState);
}

void append_pointer_motion(Bytes& out, bool absolute)
{
    append_head(out, {absolute ? 1 : 0, 0, 0, 0}, PseudoEncoding::kPointerMotionChange);
}

void append_pointer_position(Bytes& out, Point position, bool with_vmware)
{
    append_head(out,
                {position.x, position.y, 0, 0},
                with_vmware ? PseudoEncoding::kVmwareCursorPosition
                            : PseudoEncoding::kPointerPosition);
}

void append_last_rect(Bytes& out)
{
    append_head(out, {}, PseudoEncoding::kLastRect);
}

} // namespace covnc
