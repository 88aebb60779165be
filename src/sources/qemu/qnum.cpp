#include "src/sources/qemu/qnum.h"

#include <algorithm>
#include <array>
#include <linux/input-event-codes.h>
#include <utility>

namespace covnc {

namespace {

// The main block and the keypad: Linux kept the PC's numbers.
constexpr std::uint32_t kLastCommon = KEY_KPDOT;

constexpr std::array<std::pair<std::uint32_t, Qnum>, 41> kOthers{{
    {KEY_102ND, 0x56},
    {KEY_F11, 0x57},
    {KEY_F12, 0x58},
    {KEY_RO, 0x73},
    {KEY_HENKAN, 0x79},
    {KEY_KATAKANAHIRAGANA, 0x70},
    {KEY_MUHENKAN, 0x7b},
    {KEY_KPENTER, 0x9c},
    {KEY_RIGHTCTRL, kQnumRightCtrl},
    {KEY_KPSLASH, 0xb5},
    {KEY_SYSRQ, 0x54},
    {KEY_RIGHTALT, kQnumRightAlt},
    {KEY_HOME, 0xc7},
    {KEY_UP, 0xc8},
    {KEY_PAGEUP, 0xc9},
    {KEY_LEFT, 0xcb},
    {KEY_RIGHT, 0xcd},
    {KEY_END, 0xcf},
    {KEY_DOWN, 0xd0},
    {KEY_PAGEDOWN, 0xd1},
    {KEY_INSERT, 0xd2},
    {KEY_DELETE, 0xd3},
    {KEY_MUTE, 0xa0},
    {KEY_VOLUMEDOWN, 0xae},
    {KEY_VOLUMEUP, 0xb0},
    {KEY_POWER, 0xde},
    {KEY_KPEQUAL, 0x59},
    {KEY_PAUSE, 0xc6},
    {KEY_KPCOMMA, 0x7e},
    {KEY_YEN, 0x7d},
    {KEY_LEFTMETA, kQnumLeftMeta},
    {KEY_RIGHTMETA, kQnumRightMeta},
    {KEY_COMPOSE, 0xdd},
    {KEY_SLEEP, 0xdf},
    {KEY_WAKEUP, 0xe3},
    {KEY_NEXTSONG, 0x99},
    {KEY_PLAYPAUSE, 0xa2},
    {KEY_PREVIOUSSONG, 0x90},
    {KEY_STOPCD, 0xa4},
    {KEY_F13, 0x5d},
    {KEY_F14, 0x5e},
}};

} // namespace

std::optional<Qnum> qnum_of_evdev(std::uint32_t code)
{
    if (code >= KEY_ESC && code <= kLastCommon) {
        return static_cast<Qnum>(code);
    }
    const auto found = std::find_if(
        kOthers.begin(), kOthers.end(), [code](const auto& key) { return key.first == code; });
    if (found == kOthers.end()) {
        return std::nullopt;
    }
    return found->second;
}

} // namespace covnc
