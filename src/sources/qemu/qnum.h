// The numbers that QEMU and the RFB extended key event give keys. Pure.
#pragma once

#include <cstdint>
#include <optional>

namespace covnc {

// XT scan code set 1, with 0x80 added after the prefix 0xe0.
using Qnum = std::uint8_t;

inline constexpr Qnum kQnumLeftCtrl = 0x1d;
inline constexpr Qnum kQnumLeftShift = 0x2a;
inline constexpr Qnum kQnumRightShift = 0x36;
inline constexpr Qnum kQnumLeftAlt = 0x38;
inline constexpr Qnum kQnumCapsLock = 0x3a;
inline constexpr Qnum kQnumNumLock = 0x45;
inline constexpr Qnum kQnumRightCtrl = 0x9d;
inline constexpr Qnum kQnumRightAlt = 0xb8;
inline constexpr Qnum kQnumLeftMeta = 0xdb;
inline constexpr Qnum kQnumRightMeta = 0xdc;

// code: a key in linux/input-event-codes.h. Nothing for keys that a PC keyboard does not have.
std::optional<Qnum> qnum_of_evdev(std::uint32_t code);

} // namespace covnc
