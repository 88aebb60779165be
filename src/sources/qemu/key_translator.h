// From what viewers press to what the guest's keyboard does. Loop thread only.
//
// A scan code is passed through. A keysym is a wish for a character: where the modifiers that the
// viewer holds would make another one of it on the guest's layout, they are let go or pressed for
// the length of that key's press.
#pragma once

#include "rfb/input_sink.h"
#include "src/sources/qemu/keymap.h"

#include <map>
#include <memory>
#include <set>
#include <vector>

namespace covnc {

struct KeyAction
{
    Qnum qnum = 0;
    bool down = false;

    friend bool operator==(const KeyAction&, const KeyAction&) = default;
};

class KeyTranslator
{
public:
    explicit KeyTranslator(std::shared_ptr<const Keymap> keymap) : keymap_(std::move(keymap)) {}

    // In order; empty where the guest has no such key.
    std::vector<KeyAction> translate(const KeyInput& input);

    // The guest's locks as its keyboard shows them: kLedScrollLock, kLedNumLock, kLedCapsLock.
    void set_leds(std::uint8_t leds) { leds_ = leds; }

private:
    using Actions = std::vector<KeyAction>;

    void press_keysym(std::uint32_t keysym, Actions& actions);
    void release_keysym(std::uint32_t keysym, Actions& actions);
    void press_character(const KeyStroke& stroke, Actions& actions);
    void act(Qnum qnum, bool down, Actions& actions);
    bool is_down(Qnum qnum) const { return down_.contains(qnum); }
    void tap(Qnum qnum, Actions& actions);

    std::shared_ptr<const Keymap> keymap_;
    std::set<Qnum> down_;
    std::map<std::uint32_t, Qnum> pressed_as_; // the key that went down for a keysym
    std::uint8_t leds_ = 0;
};

} // namespace covnc
