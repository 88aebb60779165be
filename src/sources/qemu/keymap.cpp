#include "src/sources/qemu/keymap.h"

#include <xkbcommon/xkbcommon-compose.h>
#include <xkbcommon/xkbcommon-keysyms.h>
#include <xkbcommon/xkbcommon.h>

#include <array>
#include <linux/input-event-codes.h>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

namespace covnc {

namespace {

constexpr std::uint32_t kXkbOffset = 8; // of an XKB key code from Linux's

struct Deleter
{
    void operator()(xkb_context* context) const { xkb_context_unref(context); }
    void operator()(xkb_keymap* keymap) const { xkb_keymap_unref(keymap); }
    void operator()(xkb_state* state) const { xkb_state_unref(state); }
    void operator()(xkb_compose_table* table) const { xkb_compose_table_unref(table); }
    void operator()(xkb_compose_state* state) const { xkb_compose_state_unref(state); }
};

using XkbKeymap = std::unique_ptr<xkb_keymap, Deleter>;

XkbKeymap load(const std::string& layout, const std::string& variant)
{
    const std::unique_ptr<xkb_context, Deleter> context(
        xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES));
    xkb_rule_names names{};
    names.rules = "evdev";
    names.model = "pc105";
    names.layout = layout.c_str();
    names.variant = variant.c_str();
    XkbKeymap keymap;
    if (context) {
        xkb_context_set_log_level(context.get(), XKB_LOG_LEVEL_CRITICAL);
        keymap.reset(xkb_keymap_new_from_names(context.get(), &names, XKB_KEYMAP_COMPILE_NO_FLAGS));
    }
    if (!keymap) {
        throw std::invalid_argument("keyboard layout '" + layout +
                                    (variant.empty() ? "" : "," + variant) +
                                    "' cannot be loaded (package xkb-data has them)");
    }
    return keymap;
}

// The rules by which keysyms in a row make another one.
class Composer
{
public:
    Composer() : context_(xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES))
    {
        if (!context_) {
            return;
        }
        xkb_context_set_log_level(context_.get(), XKB_LOG_LEVEL_CRITICAL);
        // The table of nearly all locales with UTF-8.
        table_.reset(xkb_compose_table_new_from_locale(
            context_.get(), "en_US.UTF-8", XKB_COMPOSE_COMPILE_NO_FLAGS));
        if (table_) {
            state_.reset(xkb_compose_state_new(table_.get(), XKB_COMPOSE_STATE_NO_FLAGS));
        }
    }

    // The character; 0 where there is none.
    std::uint32_t compose(std::uint32_t first, std::uint32_t second) const
    {
        if (!state_) {
            return 0;
        }
        xkb_compose_state_reset(state_.get());
        xkb_compose_state_feed(state_.get(), first);
        xkb_compose_state_feed(state_.get(), second);
        if (xkb_compose_state_get_status(state_.get()) != XKB_COMPOSE_COMPOSED) {
            return 0;
        }
        return xkb_keysym_to_utf32(xkb_compose_state_get_one_sym(state_.get()));
    }

private:
    std::unique_ptr<xkb_context, Deleter> context_;
    std::unique_ptr<xkb_compose_table, Deleter> table_;
    std::unique_ptr<xkb_compose_state, Deleter> state_;
};

// Reads one key of a keymap.
class KeyReader
{
public:
    explicit KeyReader(xkb_keymap* keymap)
        : keymap_(keymap),
          state_(xkb_state_new(keymap)),
          shift_(bit(XKB_MOD_NAME_SHIFT)),
          alt_gr_(bit("Mod5")),
          caps_lock_(bit(XKB_MOD_NAME_CAPS))
    {}

    std::vector<std::uint32_t> keysyms(std::uint32_t evdev, xkb_level_index_t level) const
    {
        const xkb_keysym_t* symbols = nullptr;
        const int count =
            xkb_keymap_key_get_syms_by_level(keymap_, evdev + kXkbOffset, 0, level, &symbols);
        return {symbols, symbols + count};
    }

    xkb_level_index_t levels(std::uint32_t evdev) const
    {
        return xkb_keymap_num_levels_for_key(keymap_, evdev + kXkbOffset, 0);
    }

    // The fewest of Shift and AltGr that choose a level; nothing where they do not suffice.
    std::optional<KeyStroke> stroke(Qnum qnum, std::uint32_t evdev, xkb_level_index_t level) const
    {
        std::array<xkb_mod_mask_t, 32> masks{};
        const std::size_t count = xkb_keymap_key_get_mods_for_level(
            keymap_, evdev + kXkbOffset, 0, level, masks.data(), masks.size());
        std::optional<KeyStroke> best;
        for (std::size_t i = 0; i < count; ++i) {
            const xkb_mod_mask_t mask = masks[i];
            if ((mask & ~(shift_ | alt_gr_)) != 0) {
                continue;
            }
            const KeyStroke stroke{
                qnum, (mask & shift_) != 0, (mask & alt_gr_) != 0, CapsLockEffect::kNone};
            if (!best || weight(stroke) < weight(*best)) {
                best = stroke;
            }
        }
        return best;
    }

    // Of one of its keysyms, typed with `stroke`.
    CapsLockEffect
    caps_lock(std::uint32_t keysym, const KeyStroke& stroke, std::uint32_t evdev) const
    {
        if (typed_with_caps_lock(stroke, stroke.shift, evdev) == keysym) {
            return CapsLockEffect::kNone;
        }
        return typed_with_caps_lock(stroke, !stroke.shift, evdev) == keysym
                   ? CapsLockEffect::kExchangesShift
                   : CapsLockEffect::kSpoils;
    }

private:
    std::uint32_t
    typed_with_caps_lock(const KeyStroke& stroke, bool shift, std::uint32_t evdev) const
    {
        const xkb_mod_mask_t held = (shift ? shift_ : 0) | (stroke.alt_gr ? alt_gr_ : 0);
        xkb_state_update_mask(state_.get(), held, 0, caps_lock_, 0, 0, 0);
        return xkb_state_key_get_one_sym(state_.get(), evdev + kXkbOffset);
    }

    static int weight(const KeyStroke& stroke)
    {
        return (stroke.shift ? 1 : 0) + (stroke.alt_gr ? 2 : 0);
    }
    xkb_mod_mask_t bit(const char* name) const
    {
        const xkb_mod_index_t index = xkb_keymap_mod_get_index(keymap_, name);
        return index == XKB_MOD_INVALID ? 0 : xkb_mod_mask_t{1} << index;
    }

    xkb_keymap* keymap_;
    std::unique_ptr<xkb_state, Deleter> state_;
    xkb_mod_mask_t shift_;
    xkb_mod_mask_t alt_gr_;
    xkb_mod_mask_t caps_lock_;
};

} // namespace

Keymap::Keymap(const std::string& layout, const std::string& variant)
{
    const XkbKeymap keymap = load(layout, variant);
    const KeyReader reader(keymap.get());
    std::vector<std::uint32_t> codes;
    for (std::uint32_t code = KEY_ESC; code <= KEY_MAX; ++code) {
        if (code != KEY_102ND && qnum_of_evdev(code)) {
            codes.push_back(code);
        }
    }
    // Last: where another key gives the same character, guests agree more about that one.
    codes.push_back(KEY_102ND);
    for (const std::uint32_t code : codes) {
        const Qnum qnum = *qnum_of_evdev(code);
        for (xkb_level_index_t level = 0; level < reader.levels(code); ++level) {
            const std::optional<KeyStroke> stroke = reader.stroke(qnum, code, level);
            for (const std::uint32_t keysym : reader.keysyms(code, level)) {
                // Of the keypad's digits the key alone counts: Num Lock is seen to by others.
                if (stroke && is_character(keysym)) {
                    KeyStroke typing = *stroke;
                    typing.caps_lock = reader.caps_lock(keysym, typing, code);
                    add(keysym, typing);
                } else if (!is_character(keysym)) {
                    add(keysym, stroke.value_or(KeyStroke{.qnum = qnum}));
                }
            }
        }
    }
    add_aliases();
    add_accented();
}

void Keymap::add_accented()
{
    std::map<std::uint32_t, KeyStroke> accents; // in order, so that the same is chosen each time
    std::map<std::uint32_t, KeyStroke> letters;
    for (const auto& [keysym, stroke] : strokes_) {
        if (is_character(keysym)) {
            (is_dead_key(keysym) ? accents : letters).emplace(keysym, stroke);
        }
    }
    if (accents.empty()) {
        return;
    }
    const Composer composer;
    for (const auto& [accent, accent_stroke] : accents) {
        for (const auto& [letter, letter_stroke] : letters) {
            if (const std::uint32_t character = composer.compose(accent, letter)) {
                accented_.try_emplace(character, AccentedStroke{accent_stroke, letter_stroke});
            }
        }
    }
}

std::optional<AccentedStroke> Keymap::find_accented(std::uint32_t keysym) const
{
    const auto found = accented_.find(xkb_keysym_to_utf32(keysym));
    if (found == accented_.end()) {
        return std::nullopt;
    }
    return found->second;
}

// What viewers send for keys that this layout calls by another name.
void Keymap::add_aliases()
{
    add(XKB_KEY_Alt_L, {.qnum = kQnumLeftAlt});
    add(XKB_KEY_Meta_L, {.qnum = kQnumLeftAlt});
    add(XKB_KEY_Alt_R, {.qnum = kQnumRightAlt});
    add(XKB_KEY_Meta_R, {.qnum = kQnumRightAlt});
    add(XKB_KEY_ISO_Level3_Shift, {.qnum = kQnumRightAlt});
    add(XKB_KEY_Mode_switch, {.qnum = kQnumRightAlt});
    add(XKB_KEY_Super_L, {.qnum = kQnumLeftMeta});
    add(XKB_KEY_Hyper_L, {.qnum = kQnumLeftMeta});
    add(XKB_KEY_Super_R, {.qnum = kQnumRightMeta});
    add(XKB_KEY_Hyper_R, {.qnum = kQnumRightMeta});
    add(XKB_KEY_Control_R, {.qnum = kQnumRightCtrl});
}

std::optional<KeyStroke> Keymap::find(std::uint32_t keysym) const
{
    auto found = strokes_.find(keysym);
    if (found == strokes_.end()) {
        // One character may have two keysyms: a Unicode one and one of older times.
        const std::uint32_t character = xkb_keysym_to_utf32(keysym);
        found = character == 0 ? strokes_.end() : strokes_.find(xkb_utf32_to_keysym(character));
    }
    if (found == strokes_.end()) {
        return std::nullopt;
    }
    return found->second;
}

bool is_dead_key(std::uint32_t keysym)
{
    return keysym >= XKB_KEY_dead_grave && keysym <= XKB_KEY_dead_longsolidusoverlay;
}

bool is_character(std::uint32_t keysym)
{
    const bool is_function_or_keypad = keysym >= 0xfe00 && keysym <= 0xffff;
    return is_dead_key(keysym) || (!is_function_or_keypad && xkb_keysym_to_utf32(keysym) >= ' ');
}

bool is_keypad_number(std::uint32_t keysym)
{
    return (keysym >= XKB_KEY_KP_0 && keysym <= XKB_KEY_KP_9) || keysym == XKB_KEY_KP_Decimal ||
           keysym == XKB_KEY_KP_Separator;
}

} // namespace covnc
