// The numbers of the protocol, each once, with its section in rfbproto.rst; and our own bounds on
// what a peer may make us hold. Encodings that carry pixels are in encodings/encode.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace covnc {

// "Security Types". Types that we neither offer nor take are left out.
//
// From 256 on: those that are agreed on inside of VeNCrypt ("VeNCrypt", subtypes), which is then
// what the list of types names. Of the two with SASL rfbproto.rst has the numbers the other way
// round; QEMU, gtk-vnc and libvncclient all mean what stands here.
enum class SecurityType : std::uint32_t {
    kInvalid = 0,     // "Security Handshake": the server gives up, a reason follows
    kNone = 1,        // "None"
    kVncAuth = 2,     // "VNC Authentication"
    kRa2 = 5,         // "RSA-AES Security Type"
    kRa2ne = 6,       // "RSA-AES Unencrypted Security Type"
    kTight = 16,      // "Tight Security Type"
    kVeNCrypt = 19,   // "VeNCrypt"
    kSasl = 20,       // "SASL"
    kRa2_256 = 129,   // "RSA-AES-256 Security Type"
    kRa2ne_256 = 130, // "RSA-AES-256 Unencrypted Security Type"
    kPlain = 256,
    kTlsNone = 257,
    kTlsVnc = 258,
    kTlsPlain = 259,
    kX509None = 260,
    kX509Vnc = 261,
    kX509Plain = 262,
    kX509Sasl = 263,
    kTlsSasl = 264,
};

// "SecurityResult Handshake".
inline constexpr std::uint32_t kSecurityOk = 0;
inline constexpr std::uint32_t kSecurityFailed = 1;

// "Client to Server Messages". All that we understand; any other type ends the connection, because
// its length is unknown.
enum class ClientMessageType : std::uint8_t {
    kSetPixelFormat = 0,            // "SetPixelFormat"
    kSetEncodings = 2,              // "SetEncodings"
    kFramebufferUpdateRequest = 3,  // "FramebufferUpdateRequest"
    kKeyEvent = 4,                  // "KeyEvent"
    kPointerEvent = 5,              // "PointerEvent"
    kClientCutText = 6,             // "ClientCutText"
    kEnableContinuousUpdates = 150, // "EnableContinuousUpdates"
    kClientFence = 248,             // "ClientFence"
    kXvp = 250,                     // "xvp Client Message"
    kSetDesktopSize = 251,          // "SetDesktopSize"
    kQemu = 255,                    // "QEMU Client Message"
};

// "QEMU Client Message", "QEMU Server Message": the byte after the type.
inline constexpr std::uint8_t kQemuExtendedKeyEvent = 0;
inline constexpr std::uint8_t kQemuAudioMessage = 1;

// "Server to Client Messages".
enum class ServerMessageType : std::uint8_t {
    kFramebufferUpdate = 0,        // "FramebufferUpdate"
    kSetColourMapEntries = 1,      // "SetColourMapEntries"
    kBell = 2,                     // "Bell"
    kServerCutText = 3,            // "ServerCutText"
    kEndOfContinuousUpdates = 150, // "EndOfContinuousUpdates"
    kServerFence = 248,            // "ServerFence"
    kXvp = 250,                    // "xvp Server Message"
    kGii = 253,                    // "gii Server Message"; we send none
    kQemu = 255,                   // "QEMU Server Message"
};

// "Pseudo-encodings": those whose presence in SetEncodings changes what we do.
enum class PseudoEncoding : std::int32_t {
    kDesktopSize = -223,                // "DesktopSize Pseudo-encoding"
    kLastRect = -224,                   // "LastRect Pseudo-encoding"
    kCursor = -239,                     // "Cursor Pseudo-encoding"
    kXCursor = -240,                    // "X Cursor Pseudo-encoding"
    kPointerPosition = -232,            // "PointerPos" of TightVNC, in rfbproto.rst by number only
    kPointerMotionChange = -257,        // "QEMU Pointer Motion Change Pseudo-encoding"
    kExtendedKeyEvent = -258,           // "QEMU Extended Key Event Pseudo-encoding"
    kAudio = -259,                      // "QEMU Audio Pseudo-encoding"
    kQemuLedState = -261,               // "QEMU LED State Pseudo-encoding"
    kDesktopName = -307,                // "DesktopName Pseudo-encoding"
    kExtendedDesktopSize = -308,        // "ExtendedDesktopSize Pseudo-encoding"
    kXvp = -309,                        // "xvp Pseudo-encoding"
    kFence = -312,                      // "Fence Pseudo-encoding"
    kContinuousUpdates = -313,          // "ContinuousUpdates Pseudo-encoding"
    kCursorWithAlpha = -314,            // "Cursor With Alpha Pseudo-encoding"
    kExtendedMouseButtons = -316,       // "Extended Mouse Buttons Pseudo-encoding"
    kVmwareCursor = 0x574d5664,         // "VMware Cursor Pseudo-encoding"
    kVmwareCursorPosition = 0x574d5666, // "VMware Cursor Position Pseudo-encoding"
    kVmwareLedState = 0x574d5668,       // "VMware LED State Pseudo-encoding"
    kExtendedClipboard = -0x3f5e1a32,   // 0xc0a1e5ce, "Extended Clipboard Pseudo-Encoding"
    kLibVncLedState = -0x20000,         // 0xfffe0000, not in rfbproto.rst: LibVNCServer's own
};

// "JPEG Quality Level Pseudo-encoding": level 0 .. 9 is this number plus the level.
inline constexpr std::int32_t kQualityLevel0 = -32;
// "Compression Level Pseudo-encoding": likewise.
inline constexpr std::int32_t kCompressionLevel0 = -256;
inline constexpr std::int32_t kHighestLevel = 9;
// "JPEG Fine-Grained Quality Level Pseudo-encoding": likewise, 0 .. 100.
inline constexpr std::int32_t kFineQuality0 = -512;
inline constexpr std::int32_t kHighestFineQuality = 100;
// "JPEG Subsampling Level Pseudo-encoding": from here on 1x, 4x, 2x, grey, 8x, 16x.
inline constexpr std::int32_t kSubsampling0 = -768;
inline constexpr std::int32_t kHighestSubsampling = 5;

// "QEMU LED State Pseudo-encoding"; VMware's and LibVNCServer's have the same bits.
inline constexpr std::uint8_t kLedScrollLock = 1;
inline constexpr std::uint8_t kLedNumLock = 2;
inline constexpr std::uint8_t kLedCapsLock = 4;

// "PointerEvent" and "Extended Mouse Buttons Pseudo-encoding": bits of PointerEvent::buttons.
inline constexpr std::uint16_t kButtonLeft = 1U << 0U;
inline constexpr std::uint16_t kButtonMiddle = 1U << 1U;
inline constexpr std::uint16_t kButtonRight = 1U << 2U;
inline constexpr std::uint16_t kButtonWheelUp = 1U << 3U;
inline constexpr std::uint16_t kButtonWheelDown = 1U << 4U;
inline constexpr std::uint16_t kButtonWheelLeft = 1U << 5U;
inline constexpr std::uint16_t kButtonWheelRight = 1U << 6U;
inline constexpr std::uint16_t kButtonBack = 1U << 7U;
inline constexpr std::uint16_t kButtonForward = 1U << 8U;

// "ExtendedDesktopSize Pseudo-encoding": x of the rectangle, why it is sent.
enum class ResizeReason : std::uint16_t {
    kServer = 0,      // our side, or the answer to a non-incremental request
    kThisViewer = 1,  // the answer to this viewer's SetDesktopSize
    kOtherViewer = 2, // another viewer's SetDesktopSize
};

// "ExtendedDesktopSize Pseudo-encoding": y of the rectangle, what became of SetDesktopSize.
enum class ResizeStatus : std::uint16_t {
    kOk = 0,
    kProhibited = 1,
    kOutOfResources = 2,
    kInvalidLayout = 3,
    kForwarded = 4, // passed on to the guest; a rectangle follows if it complies
};

// "xvp Client Message" and "xvp Server Message".
enum class XvpCode : std::uint8_t {
    kFail = 0,     // from the server
    kInit = 1,     // from the server
    kShutdown = 2, // from the viewer, as are the next two
    kReboot = 3,
    kReset = 4,
};
inline constexpr std::uint8_t kXvpVersion = 1;

// Bounds. The first four are what the protocol's own fields and texts allow.
inline constexpr std::size_t kMaxFencePayload = 64;  // "ClientFence"
inline constexpr std::size_t kMaxScreens = 255;      // "SetDesktopSize": their number is a U8
inline constexpr std::size_t kMaxEncodings = 65535;  // "SetEncodings": their number is a U16
inline constexpr std::size_t kMaxRectangles = 65535; // "FramebufferUpdate": likewise
inline constexpr std::size_t kMaxCutText =
    std::size_t{256} * 1024;                       // "ClientCutText": longer ones are skipped
inline constexpr std::size_t kMaxNameLength = 255; // "ServerInit", "DesktopName": as we send it
inline constexpr std::size_t kMaxPeerText = 65536; // a name or reason that our viewer side takes
inline constexpr std::int32_t kMaxSentCursorSide = 256; // pixels; TigerVNC's viewer gives up above
inline constexpr std::int32_t kMaxSide = 16384;         // pixels; what TigerVNC takes as well

} // namespace covnc
