// Which key, with which modifiers, types a keysym on the guest's keyboard, by XKB's layouts.
// Immutable; any thread.
#pragma once

#include "src/sources/qemu/qnum.h"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

namespace covnc {

// What Caps Lock does to a key with these modifiers.
enum class CapsLockEffect : std::uint8_t {
    kNone,
    kExchangesShift, // with it, Shift must be the other way
    kSpoils,         // with it, the key does not type this at all
};

struct KeyStroke
{
    Qnum qnum = 0;
    bool shift = false; // needed
    bool alt_gr = false;
    CapsLockEffect caps_lock = CapsLockEffect::kNone;
};

// A character that takes two keys: an accent that types nothing by itself, and what it goes on.
struct AccentedStroke
{
    KeyStroke accent;
    KeyStroke letter;
};

class Keymap
{
public:
    // As setxkbmap takes them: "de", "nodeadkeys"; an empty variant is the usual one. Throws
    // std::invalid_argument where there is no such layout.
    Keymap(const std::string& layout, const std::string& variant);

    // Nothing where the layout has no key for it.
    std::optional<KeyStroke> find(std::uint32_t keysym) const;
    // How to type what no single key has, by the layout's dead keys and the usual rules of
    // composing (package libx11-data; without it there are none).
    std::optional<AccentedStroke> find_accented(std::uint32_t keysym) const;

private:
    void add_aliases();
    void add_accented();
    void add(std::uint32_t keysym, KeyStroke stroke) { strokes_.try_emplace(keysym, stroke); }

    std::unordered_map<std::uint32_t, KeyStroke> strokes_;
    std::unordered_map<std::uint32_t, AccentedStroke> accented_; // by character, in Unicode
};

// It types a character in the main block, or an accent for the next one: the right one comes only
// with the right modifiers.
bool is_character(std::uint32_t keysym);
// An accent for the next one.
bool is_dead_key(std::uint32_t keysym);
// It comes from the keypad while Num Lock is on.
bool is_keypad_number(std::uint32_t keysym);

} // namespace covnc
