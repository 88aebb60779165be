// Viewers that send keysyms, and a guest of any layout: XKB itself plays the guest's keyboard and
// says what was typed there.
#include "rfb/constants.h"
#include "src/sources/qemu/key_translator.h"

#include <catch2/catch.hpp>
#include <xkbcommon/xkbcommon-compose.h>
#include <xkbcommon/xkbcommon-keysyms.h>
#include <xkbcommon/xkbcommon.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace covnc;

namespace {

constexpr xkb_keycode_t kEvdevOffset = 8;

struct Deleter
{
    void operator()(xkb_context* context) const { xkb_context_unref(context); }
    void operator()(xkb_keymap* keymap) const { xkb_keymap_unref(keymap); }
    void operator()(xkb_state* state) const { xkb_state_unref(state); }
    void operator()(xkb_compose_table* table) const { xkb_compose_table_unref(table); }
    void operator()(xkb_compose_state* state) const { xkb_compose_state_unref(state); }
};

class Guest
{
public:
    explicit Guest(const char* layout) : context_(xkb_context_new(XKB_CONTEXT_NO_FLAGS))
    {
        const xkb_rule_names names{"evdev", "pc105", layout, "", ""};
        keymap_.reset(
            xkb_keymap_new_from_names(context_.get(), &names, XKB_KEYMAP_COMPILE_NO_FLAGS));
        REQUIRE(keymap_);
        state_.reset(xkb_state_new(keymap_.get()));
        for (std::uint32_t code = 0; code < 256; ++code) {
            if (const std::optional<Qnum> qnum = qnum_of_evdev(code)) {
                codes_.try_emplace(*qnum, code + kEvdevOffset);
            }
        }
    }

    // The keysyms of the keys that went down; modifiers among them.
    std::vector<std::uint32_t> act(const std::vector<KeyAction>& actions)
    {
        std::vector<std::uint32_t> typed;
        for (const KeyAction& action : actions) {
            const xkb_keycode_t code = codes_.at(action.qnum);
            if (action.down) {
                typed.push_back(xkb_state_key_get_one_sym(state_.get(), code));
                down_.insert(action.qnum);
            } else {
                down_.erase(action.qnum);
            }
            xkb_state_update_key(state_.get(), code, action.down ? XKB_KEY_DOWN : XKB_KEY_UP);
        }
        return typed;
    }
    void press_caps_lock()
    {
        act({{kQnumCapsLock, true}, {kQnumCapsLock, false}});
        if (xkb_state_led_name_is_active(state_.get(), XKB_LED_NAME_CAPS) <= 0) { // jp wants Shift
            act({{kQnumLeftShift, true}, {kQnumCapsLock, true}});
            act({{kQnumCapsLock, false}, {kQnumLeftShift, false}});
        }
        REQUIRE(xkb_state_led_name_is_active(state_.get(), XKB_LED_NAME_CAPS) > 0);
    }
    bool holds_nothing() const { return down_.empty(); }

    // All that the keys of the main block type, with Shift and AltGr or without.
    std::set<std::uint32_t> characters() const
    {
        std::set<std::uint32_t> all;
        for (const auto& [qnum, code] : codes_) {
            const xkb_level_index_t most = has_alt_gr() ? 4 : 2;
            const xkb_level_index_t levels =
                std::min(xkb_keymap_num_levels_for_key(keymap_.get(), code, 0), most);
            for (xkb_level_index_t level = 0; level < levels; ++level) {
                const xkb_keysym_t* keysyms = nullptr;
                const int count =
                    xkb_keymap_key_get_syms_by_level(keymap_.get(), code, 0, level, &keysyms);
                if (count == 1 && is_character(keysyms[0])) {
                    all.insert(keysyms[0]);
                }
            }
        }
        return all;
    }

private:
    // Some keys of layouts without AltGr have levels that nobody can reach.
    bool has_alt_gr() const
    {
        const xkb_keysym_t* keysyms = nullptr;
        const int count = xkb_keymap_key_get_syms_by_level(
            keymap_.get(), codes_.at(kQnumRightAlt), 0, 0, &keysyms);
        return count == 1 && keysyms[0] == XKB_KEY_ISO_Level3_Shift;
    }

    std::unique_ptr<xkb_context, Deleter> context_;
    std::unique_ptr<xkb_keymap, Deleter> keymap_;
    std::unique_ptr<xkb_state, Deleter> state_;
    std::map<Qnum, xkb_keycode_t> codes_;
    std::set<Qnum> down_;
};

KeyInput key(std::uint32_t keysym, bool down)
{
    KeyInput input;
    input.keysym = keysym;
    input.down = down;
    return input;
}

std::string name_of(std::uint32_t keysym)
{
    std::array<char, 64> name{};
    xkb_keysym_get_name(keysym, name.data(), name.size());
    return name.data();
}

// Types each character while the viewer holds these keys; the ones that came out wrong.
std::string
wrong_characters(const char* layout, const std::vector<std::uint32_t>& held, bool caps_lock)
{
    Guest guest(layout);
    KeyTranslator translator(std::make_shared<Keymap>(layout, ""));
    if (caps_lock) {
        guest.press_caps_lock();
        translator.set_leds(kLedCapsLock);
    }
    std::string wrong;
    for (const std::uint32_t character : guest.characters()) {
        for (const std::uint32_t modifier : held) {
            guest.act(translator.translate(key(modifier, true)));
        }
        const std::vector<std::uint32_t> typed =
            guest.act(translator.translate(key(character, true)));
        // Whatever modifiers were pressed for it, exactly one of the keys types, and types it.
        const auto matches = std::count(typed.begin(), typed.end(), character);
        const auto characters = std::count_if(typed.begin(), typed.end(), is_character);
        if (matches != 1 || characters != 1) {
            wrong += " " + name_of(character);
        }
        guest.act(translator.translate(key(character, false)));
        for (const std::uint32_t modifier : held) {
            guest.act(translator.translate(key(modifier, false)));
        }
        REQUIRE(guest.holds_nothing());
    }
    return wrong;
}

// What a guest makes of keysyms that were typed in a row; 0 where that is no character.
std::uint32_t composed(const std::vector<std::uint32_t>& keysyms)
{
    const std::unique_ptr<xkb_context, Deleter> context(xkb_context_new(XKB_CONTEXT_NO_FLAGS));
    const std::unique_ptr<xkb_compose_table, Deleter> table(xkb_compose_table_new_from_locale(
        context.get(), "en_US.UTF-8", XKB_COMPOSE_COMPILE_NO_FLAGS));
    REQUIRE(table);
    const std::unique_ptr<xkb_compose_state, Deleter> state(
        xkb_compose_state_new(table.get(), XKB_COMPOSE_STATE_NO_FLAGS));
    for (const std::uint32_t keysym : keysyms) {
        if (is_character(keysym)) {
            xkb_compose_state_feed(state.get(), keysym);
        }
    }
    const bool is_one = xkb_compose_state_get_status(state.get()) == XKB_COMPOSE_COMPOSED;
    return is_one ? xkb_keysym_to_utf32(xkb_compose_state_get_one_sym(state.get())) : 0;
}

} // namespace

TEST_CASE("every character of five layouts comes out right, whatever the viewer holds",
          "[guest_keyboard]")
{
    for (const char* const layout : {"us", "de", "fr", "es", "jp"}) {
        INFO(layout);
        REQUIRE(Guest(layout).characters().size() >= 94);
        CHECK(wrong_characters(layout, {}, false) == "");
        CHECK(wrong_characters(layout, {XKB_KEY_Shift_L}, false) == "");
        CHECK(wrong_characters(layout, {XKB_KEY_Shift_R}, false) == "");
        CHECK(wrong_characters(layout, {XKB_KEY_ISO_Level3_Shift}, false) == "");
        CHECK(wrong_characters(layout, {XKB_KEY_Shift_L, XKB_KEY_ISO_Level3_Shift}, false) == "");
        CHECK(wrong_characters(layout, {}, true) == "");
        CHECK(wrong_characters(layout, {XKB_KEY_Shift_L}, true) == "");
    }
}

TEST_CASE("dead keys are typed as such, and the accent is the guest's", "[guest_keyboard]")
{
    const auto has = [](const char* layout, std::uint32_t keysym) {
        return Guest(layout).characters().count(keysym) == 1;
    };
    CHECK(has("de", XKB_KEY_dead_circumflex));
    CHECK(has("de", XKB_KEY_dead_grave));
    CHECK(has("fr", XKB_KEY_dead_diaeresis));
    CHECK(has("es", XKB_KEY_dead_acute));
}

TEST_CASE("a character that no key has is typed with a dead key", "[guest_keyboard]")
{
    struct Layout
    {
        const char* name;
        std::u32string characters;
    };
    const auto layout = GENERATE(
        Layout{"de", U"^`éèâÉÊ"}, Layout{"fr", U"âêîôûëïüÂÊ"}, Layout{"es", U"^`áéíóúÁÉÍÓÚàèüÜ"});
    const bool caps_lock = GENERATE(false, true);
    const std::uint32_t held = GENERATE(0U, std::uint32_t{XKB_KEY_Shift_L});
    CAPTURE(layout.name, caps_lock, held);
    Guest guest(layout.name);
    KeyTranslator translator(std::make_shared<Keymap>(layout.name, ""));
    if (caps_lock) {
        guest.press_caps_lock();
        translator.set_leds(kLedCapsLock);
    }
    for (const char32_t character : layout.characters) {
        const std::uint32_t keysym = xkb_utf32_to_keysym(character);
        INFO(name_of(keysym));
        if (held != 0) {
            guest.act(translator.translate(key(held, true)));
        }
        CHECK(composed(guest.act(translator.translate(key(keysym, true)))) == character);
        guest.act(translator.translate(key(keysym, false)));
        if (held != 0) {
            guest.act(translator.translate(key(held, false)));
        }
        REQUIRE(guest.holds_nothing());
    }
}

TEST_CASE("a layout without dead keys types no accents", "[guest_keyboard]")
{
    KeyTranslator translator(std::make_shared<Keymap>("us", ""));
    CHECK(translator.translate(key(XKB_KEY_eacute, true)).empty());
    CHECK(translator.translate(key(XKB_KEY_eacute, false)).empty());
}
