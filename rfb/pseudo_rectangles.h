// Rectangles of an update that carry no pixels of the framebuffer (rfbproto.rst,
// "Pseudo-encodings"). append_ functions write head and data, one rectangle each; a session sends
// only what the viewer has listed. Positions and sizes beyond U16 throw std::out_of_range. Pure.
#pragma once

#include "encodings/geometry.h"
#include "rfb/constants.h"
#include "rfb/screen_layout.h"
#include "rfb/wire.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace covnc {

// What every rectangle of an update starts with (rfbproto.rst, "FramebufferUpdate").
struct RectangleHead
{
    static constexpr std::size_t kSize = 12;

    Rect area;
    std::int32_t encoding = 0; // an Encoding or a PseudoEncoding, or any other number

    // Throws ProtocolError unless it is kSize bytes.
    static RectangleHead parse(ByteView head);
    void write(Bytes& out) const;

    friend bool operator==(const RectangleHead&, const RectangleHead&) = default;
};

// A pointer's picture in the viewer's pixel format. 0x0 hides the pointer.
struct CursorImage
{
    Size size;
    Point hotspot;
    ByteView pixels; // rows top down, no padding
    ByteView mask;   // a bit a pixel, highest first, rows padded to bytes; 1 is opaque
};

// The framebuffer has a new size; must be the last rectangle of its update.
void append_desktop_size(Bytes& out, Size size);

// Must be in an update without pixels. Throws std::length_error for more than kMaxScreens.
void append_extended_desktop_size(Bytes& out,
                                  ResizeReason reason,
                                  ResizeStatus status,
                                  const ScreenLayout& layout);

// For the viewer: the data after an ExtendedDesktopSize head.
inline constexpr std::size_t kScreensHeadSize = 4; // number of screens, padding
std::size_t screens_tail_length(ByteView screens_head);
// data: head of screens and screens. Throws ProtocolError.
ScreenLayout parse_extended_desktop_size(const RectangleHead& head, ByteView data);

// Cursor (-239). bytes_per_pixel: of the viewer's format. Throws std::invalid_argument if pixels or
// mask are not as long as the size says.
void append_cursor(Bytes& out, const CursorImage& cursor, std::size_t bytes_per_pixel);

// The name is clipped as in ServerInit.
void append_desktop_name(Bytes& out, std::string_view name);

// "We support this": extended keys and extended buttons, which have no data.
void append_extended_key_ack(Bytes& out);
void append_extended_buttons_ack(Bytes& out);
void append_audio_ack(Bytes& out);

// leds: kLedScrollLock | kLedNumLock | kLedCapsLock, those that are lit. One form for each kind of
// viewer; send one of them only.
void append_qemu_led_state(Bytes& out, std::uint8_t leds);
void append_vmware_led_state(Bytes& out, std::uint8_t leds);
void append_libvnc_led_state(Bytes& out, std::uint8_t leds);

// Whether PointerEvents are positions (absolute) or distances from 0x7fff.
void append_pointer_motion(Bytes& out, bool absolute);

// Where the pointer is now, moved by somebody else than this viewer. with_vmware: in VMware's form,
// else in TightVNC's.
void append_pointer_position(Bytes& out, Point position, bool with_vmware);

// Ends an update whose count is 65535.
void append_last_rect(Bytes& out);

} // namespace covnc
