// The messages between an emulator and us: docs/shm-protocol.md. Values and pure functions; numbers
// are in the machine's byte order. The emulator's side is src/covnc-display/covnc_display.c.
#pragma once

#include "encodings/geometry.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace covnc::shm {

// What an emulator sent cannot be; the text says what is wrong, for its author.
class ProtocolError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

inline constexpr std::uint32_t kMagic = 0x434e5643; // "CVNC"
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kMaxName = 255;
// In one Damage: rectangles that cross each other make a region of n * n / 4 (256: 0.3 ms).
inline constexpr std::size_t kMaxRectangles = 256;
inline constexpr std::size_t kMaxMessage = (1 + 4 * kMaxRectangles) * sizeof(std::uint32_t);
inline constexpr std::int32_t kMaxCursorSide = 256;
inline constexpr std::uint32_t kFlagResizable = 1;
// What Welcome says that we take besides version 1's messages.
inline constexpr std::uint32_t kTakesBell = 1;

enum class EmulatorMessageType : std::uint32_t {
    kHello = 1,
    kSurface = 2,
    kDamage = 3,
    kFrame = 4,
    kCursor = 5,
    kLeds = 6,
    kPointerMode = 7,
    kBell = 8,
};

enum class DaemonMessageType : std::uint32_t {
    kWelcome = 101,
    kFrameTaken = 102,
    kKey = 103,
    kPointer = 104,
    kResize = 105,
    kViewers = 106,
    kBye = 107,
};

struct Hello
{
    std::uint32_t version = 0;
    std::uint32_t flags = 0;
    std::string name; // UTF-8 without control characters, whatever was sent
};
struct Surface // with the memory's descriptor
{
    Size size;
    std::uint32_t stride = 0; // bytes
};
struct Damage
{
    std::vector<Rect> rects; // not negative; may still reach outside
};
struct Frame
{
    std::uint32_t number = 0;
};
struct CursorShape // with the memory's descriptor, unless it is empty
{
    Size size; // sides of 0 .. kMaxCursorSide
    Point hotspot;
};
struct Leds
{
    std::uint8_t leds = 0;
};
struct PointerMode
{
    bool absolute = true;
};
struct Bell
{};
using EmulatorMessage =
    std::variant<Hello, Surface, Damage, Frame, CursorShape, Leds, PointerMode, Bell>;

// Throws ProtocolError.
EmulatorMessage parse(std::span<const std::uint8_t> bytes);

// A message to the emulator: words of 32 bits, the first is its type. Up to five values.
class DaemonMessage
{
public:
    DaemonMessage(DaemonMessageType type, std::initializer_list<std::uint32_t> values);

    DaemonMessageType type() const { return static_cast<DaemonMessageType>(words_[0]); }
    // The value at `index`, as given to the constructor.
    std::uint32_t& at(std::size_t index) { return words_.at(index + 1); }
    std::span<const std::uint8_t> bytes() const;

private:
    std::array<std::uint32_t, 6> words_{};
    std::size_t count_;
};

// Says why the connection ends.
std::vector<std::uint8_t> bye(std::string_view reason);

} // namespace covnc::shm
