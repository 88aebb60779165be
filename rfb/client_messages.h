// What a viewer sends after the handshake (rfbproto.rst, "Client to Server Messages"), both ways:
// parse for sessions, write for our client and tests. Pure; any thread. Fences and cut texts, which
// go both ways, are in fence.h and cut_text.h; where a message ends is in client_framing.h.
//
// parse gets a message's body, that is all but its type, and throws ProtocolError for less and for
// more than that.
#pragma once

#include "encodings/geometry.h"
#include "encodings/pixel_format.h"
#include "rfb/constants.h"
#include "rfb/screen_layout.h"
#include "rfb/wire.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace covnc {

struct SetPixelFormat
{
    PixelFormat format;

    // Throws ProtocolError also for a format that is not valid.
    static SetPixelFormat parse(ByteView body);
    void write(Bytes& out) const;

    friend bool operator==(const SetPixelFormat&, const SetPixelFormat&) = default;
};

// Parsing goes through EncodingSet. Throws std::length_error for more than kMaxEncodings.
void write_set_encodings(Bytes& out, std::span<const std::int32_t> encodings);

struct FramebufferUpdateRequest
{
    bool incremental = false;
    Rect area; // as sent: may be empty or reach outside of the framebuffer

    static FramebufferUpdateRequest parse(ByteView body);
    void write(Bytes& out) const;

    friend bool operator==(const FramebufferUpdateRequest&,
                           const FramebufferUpdateRequest&) = default;
};

struct KeyEvent
{
    bool down = false;
    std::uint32_t keysym = 0;

    static KeyEvent parse(ByteView body);
    void write(Bytes& out) const;

    friend bool operator==(const KeyEvent&, const KeyEvent&) = default;
};

// QEMU's, with the key's place on the keyboard.
struct ExtendedKeyEvent
{
    bool down = false;
    std::uint32_t keysym = 0;  // may be 0
    std::uint32_t keycode = 0; // XT set 1, a prefix e0 as bit 7

    static ExtendedKeyEvent parse(ByteView body);
    void write(Bytes& out) const;

    friend bool operator==(const ExtendedKeyEvent&, const ExtendedKeyEvent&) = default;
};

struct PointerEvent
{
    std::uint16_t buttons = 0; // kButtonLeft .. kButtonForward, those that are down
    Point position;            // as sent: may be outside of the framebuffer

    // A body of one byte more than the head has the extension's buttons.
    static PointerEvent parse(ByteView body);
    // extended: the server has announced ExtendedMouseButtons; without it kButtonForward is lost.
    void write(Bytes& out, bool extended) const;

    friend bool operator==(const PointerEvent&, const PointerEvent&) = default;
};

struct EnableContinuousUpdates
{
    bool enable = false;
    Rect area; // as sent; cropped where it is used, because the framebuffer's size changes

    static EnableContinuousUpdates parse(ByteView body);
    void write(Bytes& out) const;

    friend bool operator==(const EnableContinuousUpdates&,
                           const EnableContinuousUpdates&) = default;
};

struct SetDesktopSize
{
    ScreenLayout layout; // as sent; decide_layout() judges it

    static SetDesktopSize parse(ByteView body);
    // Throws std::length_error for more than kMaxScreens, std::out_of_range for a size beyond U16.
    void write(Bytes& out) const;

    friend bool operator==(const SetDesktopSize&, const SetDesktopSize&) = default;
};

// Asks for the machine to be shut down, rebooted or reset.
struct XvpRequest
{
    std::uint8_t version = kXvpVersion;
    XvpCode code = XvpCode::kShutdown; // may be a number without a name: answer with kFail

    static XvpRequest parse(ByteView body);
    void write(Bytes& out) const;

    friend bool operator==(const XvpRequest&, const XvpRequest&) = default;
};

} // namespace covnc
