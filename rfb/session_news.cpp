// The writer half: what a viewer is told besides pixels, in the same updates.
#include "rfb/cursor.h"
#include "rfb/pseudo_rectangles.h"
#include "rfb/session.h"

#include <utility>

namespace covnc {

bool Session::cursor_is_due() const
{
    return best_cursor_form(state_.encodings) != CursorForm::kNone &&
           state_.cursor_told != display_.cursor().count;
}

bool Session::leds_are_due() const
{
    return state_.leds_told != display_.leds().count &&
           (state_.encodings.has(PseudoEncoding::kQemuLedState) ||
            state_.encodings.has(PseudoEncoding::kVmwareLedState) ||
            state_.encodings.has(PseudoEncoding::kLibVncLedState));
}

bool Session::name_is_due() const
{
    return state_.encodings.has(PseudoEncoding::kDesktopName) &&
           state_.name_told != display_.name().count;
}

bool Session::pointer_mode_is_due() const
{
    return state_.encodings.has(PseudoEncoding::kPointerMotionChange) &&
           state_.pointer_mode_told != display_.pointer_absolute().count;
}

bool Session::follows_pointer() const
{
    return state_.encodings.has(PseudoEncoding::kVmwareCursorPosition) ||
           state_.encodings.has(PseudoEncoding::kPointerPosition);
}

// Its own moves it knows: told again, they would fight with the user's hand.
bool Session::pointer_position_is_due() const
{
    const Latest<PointerPlace>& pointer = display_.pointer_position();
    return follows_pointer() && state_.pointer_position_told != pointer.count &&
           pointer.value.mover != this;
}

bool Session::has_news() const
{
    return cursor_is_due() || leds_are_due() || name_is_due() || pointer_mode_is_due() ||
           pointer_position_is_due() || state_.extended_keys_due || state_.extended_buttons_due ||
           state_.audio_due;
}

std::uint32_t Session::append_news(Bytes& out)
{
    std::uint32_t count = 0;
    if (std::exchange(state_.extended_keys_due, false)) {
        append_extended_key_ack(out);
        state_.extensions.extended_keys = true;
        ++count;
    }
    if (std::exchange(state_.extended_buttons_due, false)) {
        append_extended_buttons_ack(out);
        ++count;
    }
    if (std::exchange(state_.audio_due, false)) {
        append_audio_ack(out);
        state_.extensions.audio = true;
        ++count;
    }
    if (cursor_is_due()) {
        const CursorForm form = best_cursor_form(state_.encodings);
        append_cursor_for(out, display_.cursor().value, state_.format, form);
        state_.cursor_told = display_.cursor().count;
        ++count;
    }
    if (name_is_due()) {
        append_desktop_name(out, display_.name().value);
        state_.name_told = display_.name().count;
        ++count;
    }
    if (pointer_mode_is_due()) {
        append_pointer_motion(out, display_.pointer_absolute().value);
        state_.pointer_mode_told = display_.pointer_absolute().count;
        ++count;
    }
    if (pointer_position_is_due()) {
        append_pointer_position(out,
                                display_.pointer_position().value.position,
                                state_.encodings.has(PseudoEncoding::kVmwareCursorPosition));
        state_.pointer_position_told = display_.pointer_position().count;
        ++count;
    }
    if (leds_are_due()) {
        append_leds(out);
        state_.leds_told = display_.leds().count;
        ++count;
    }
    return count;
}

void Session::append_leds(Bytes& out) const
{
    const std::uint8_t leds = display_.leds().value;
    if (state_.encodings.has(PseudoEncoding::kQemuLedState)) {
        append_qemu_led_state(out, leds);
    } else if (state_.encodings.has(PseudoEncoding::kVmwareLedState)) {
        append_vmware_led_state(out, leds);
    } else {
        append_libvnc_led_state(out, leds);
    }
}

} // namespace covnc
