#include "src/sources/qemu/key_translator.h"

#include "rfb/constants.h"

#include <algorithm>

namespace covnc {

std::vector<KeyAction> KeyTranslator::translate(const KeyInput& input)
{
    Actions actions;
    if (input.scancode) {
        act(*input.scancode, input.down, actions);
    } else if (input.down) {
        press_keysym(input.keysym, actions);
    } else {
        release_keysym(input.keysym, actions);
    }
    return actions;
}

void KeyTranslator::act(Qnum qnum, bool down, Actions& actions)
{
    actions.push_back({qnum, down});
    if (down) {
        down_.insert(qnum);
    } else {
        down_.erase(qnum);
    }
}

void KeyTranslator::press_keysym(std::uint32_t keysym, Actions& actions)
{
    std::optional<KeyStroke> stroke = keymap_->find(keysym);
    if (!stroke) {
        const std::optional<AccentedStroke> accented = keymap_->find_accented(keysym);
        if (!accented) {
            return;
        }
        press_character(accented->accent, actions);
        act(accented->accent.qnum, false, actions);
        stroke = accented->letter;
    }
    if (is_keypad_number(keysym) && (leds_ & kLedNumLock) == 0) {
        tap(kQnumNumLock, actions);
        leds_ |= kLedNumLock; // until the guest tells otherwise
    }
    if (is_character(keysym)) {
        press_character(*stroke, actions);
    } else {
        act(stroke->qnum, true, actions);
    }
    pressed_as_[keysym] = stroke->qnum;
}

void KeyTranslator::release_keysym(std::uint32_t keysym, Actions& actions)
{
    // It may be released by another name: 'A' goes down, Shift goes up, 'a' goes up.
    const auto pressed = pressed_as_.find(keysym);
    std::optional<Qnum> qnum;
    if (pressed != pressed_as_.end()) {
        qnum = pressed->second;
    } else if (const std::optional<KeyStroke> stroke = keymap_->find(keysym)) {
        qnum = stroke->qnum;
    }
    if (!qnum || !is_down(*qnum)) {
        return;
    }
    std::erase_if(pressed_as_, [&qnum](const auto& entry) { return entry.second == *qnum; });
    act(*qnum, false, actions);
}

void KeyTranslator::tap(Qnum qnum, Actions& actions)
{
    actions.push_back({qnum, true});
    actions.push_back({qnum, false});
}

void KeyTranslator::press_character(const KeyStroke& stroke, Actions& actions)
{
    const bool caps_lock = (leds_ & kLedCapsLock) != 0;
    const bool exchanged = caps_lock && stroke.caps_lock == CapsLockEffect::kExchangesShift;
    const bool shift = stroke.shift != exchanged;
    // Off for the length of the press, where the key would type something else.
    const bool without_lock = caps_lock && stroke.caps_lock == CapsLockEffect::kSpoils;
    Actions before;
    const auto change = [&](Qnum modifier, bool down) {
        if (is_down(modifier) != down) {
            before.push_back({modifier, down});
        }
    };
    if (!shift) {
        change(kQnumLeftShift, false);
        change(kQnumRightShift, false);
    } else if (!is_down(kQnumRightShift)) {
        change(kQnumLeftShift, true);
    }
    if (is_down(kQnumRightAlt)) {
        // Windows says Ctrl and Alt for AltGr: with it, Ctrl is no wish of its own.
        change(kQnumLeftCtrl, false);
    }
    change(kQnumRightAlt, stroke.alt_gr);

    if (without_lock) {
        tap(kQnumCapsLock, actions);
    }
    actions.insert(actions.end(), before.begin(), before.end());
    act(stroke.qnum, true, actions);
    std::reverse(before.begin(), before.end());
    for (const KeyAction& action : before) {
        actions.push_back({action.qnum, !action.down});
    }
    if (without_lock) {
        tap(kQnumCapsLock, actions);
    }
}

} // namespace covnc
