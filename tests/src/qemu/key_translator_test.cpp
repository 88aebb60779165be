#include "rfb/constants.h"
#include "src/sources/qemu/key_translator.h"

#include <catch2/catch.hpp>
#include <xkbcommon/xkbcommon-keysyms.h>

#include <sstream>
#include <string>

using namespace covnc;

namespace {

// What the keyboard does, as "+2a +1e -2a": down and up by QEMU's numbers.
class Keyboard
{
public:
    explicit Keyboard(const char* layout = "us") : translator(std::make_shared<Keymap>(layout, ""))
    {}

    std::string press(std::uint32_t keysym) { return type(keysym, std::nullopt, true); }
    std::string release(std::uint32_t keysym) { return type(keysym, std::nullopt, false); }
    std::string press_code(std::uint8_t code) { return type(0, code, true); }
    std::string release_code(std::uint8_t code) { return type(0, code, false); }

    KeyTranslator translator;

private:
    std::string type(std::uint32_t keysym, std::optional<std::uint8_t> code, bool down)
    {
        KeyInput input;
        input.keysym = keysym;
        input.scancode = code;
        input.down = down;
        std::ostringstream text;
        for (const KeyAction& action : translator.translate(input)) {
            text << (text.tellp() > 0 ? " " : "") << (action.down ? '+' : '-') << std::hex
                 << int{action.qnum};
        }
        return text.str();
    }
};

} // namespace

TEST_CASE("a scan code is passed through", "[key_translator]")
{
    Keyboard keyboard;
    CHECK(keyboard.press_code(0x1e) == "+1e");
    CHECK(keyboard.press_code(0x1e) == "+1e"); // repeated
    CHECK(keyboard.release_code(0x1e) == "-1e");
    CHECK(keyboard.press_code(0xd0) == "+d0");
}

TEST_CASE("a character without its Shift gets one for the length of its press", "[key_translator]")
{
    Keyboard keyboard;
    CHECK(keyboard.press('a') == "+1e");
    CHECK(keyboard.release('a') == "-1e");
    CHECK(keyboard.press('A') == "+2a +1e -2a");
    CHECK(keyboard.release('A') == "-1e");
}

TEST_CASE("a Shift that the viewer holds is used", "[key_translator]")
{
    Keyboard keyboard;
    for (const std::uint32_t shift : {0xffe1U, 0xffe2U}) {
        const std::string number = shift == XKB_KEY_Shift_L ? "2a" : "36";
        CHECK(keyboard.press(shift) == "+" + number);
        CHECK(keyboard.press('A') == "+1e");
        CHECK(keyboard.release('A') == "-1e");
        CHECK(keyboard.release(shift) == "-" + number);
    }
    keyboard.press_code(0x36);
    CHECK(keyboard.press('!') == "+2");
}

TEST_CASE("a Shift that the character must not have is let go meanwhile", "[key_translator]")
{
    // '/' is Shift and 7 on the viewer's German keyboard.
    Keyboard keyboard;
    CHECK(keyboard.press(XKB_KEY_Shift_L) == "+2a");
    CHECK(keyboard.press('/') == "-2a +35 +2a");
    CHECK(keyboard.release('/') == "-35");
    CHECK(keyboard.press('A') == "+1e"); // it is down as before
}

TEST_CASE("Shift stays with keys that type nothing", "[key_translator]")
{
    Keyboard keyboard;
    keyboard.press(XKB_KEY_Shift_L);
    CHECK(keyboard.press(XKB_KEY_F1) == "+3b");
    CHECK(keyboard.press(XKB_KEY_Tab) == "+f");
    CHECK(keyboard.release(XKB_KEY_Tab) == "-f");
    CHECK(keyboard.press(XKB_KEY_ISO_Left_Tab) == "+f");
    CHECK(keyboard.press(XKB_KEY_Down) == "+d0");
}

TEST_CASE("AltGr is pressed or let go as the guest's layout wants", "[key_translator]")
{
    Keyboard german("de");
    CHECK(german.press('@') == "+b8 +10 -b8");
    CHECK(german.release('@') == "-10");
    // The viewer's AltGr goes where the guest's layout has none for it.
    Keyboard american("us");
    CHECK(american.press(XKB_KEY_ISO_Level3_Shift) == "+b8");
    CHECK(american.press('@') == "+2a -b8 +3 +b8 -2a");
    CHECK(american.release('@') == "-3");
}

TEST_CASE("Ctrl with AltGr is how Windows says AltGr", "[key_translator]")
{
    Keyboard keyboard("de");
    keyboard.press(XKB_KEY_Control_L);
    CHECK(keyboard.press('c') == "+2e"); // alone it is a wish of its own
    CHECK(keyboard.release('c') == "-2e");
    keyboard.press(XKB_KEY_Alt_R);
    CHECK(keyboard.press('{') == "-1d +8 +1d");
}

TEST_CASE("Caps Lock in the guest exchanges the cases of letters only", "[key_translator]")
{
    Keyboard keyboard;
    keyboard.translator.set_leds(kLedCapsLock);
    CHECK(keyboard.press('A') == "+1e");
    CHECK(keyboard.release('A') == "-1e");
    CHECK(keyboard.press('a') == "+2a +1e -2a");
    CHECK(keyboard.press('1') == "+2");
    CHECK(keyboard.press('!') == "+2a +2 -2a");
}

TEST_CASE("the keypad's numbers switch Num Lock on, once", "[key_translator]")
{
    Keyboard keyboard;
    CHECK(keyboard.press(XKB_KEY_KP_1) == "+45 -45 +4f");
    CHECK(keyboard.release(XKB_KEY_KP_1) == "-4f");
    CHECK(keyboard.press(XKB_KEY_KP_2) == "+50"); // before the guest has told that it is on
    keyboard.translator.set_leds(0);
    CHECK(keyboard.press(XKB_KEY_KP_End) == "+4f");
}

TEST_CASE("a key goes up by whatever name", "[key_translator]")
{
    Keyboard keyboard;
    CHECK(keyboard.press(XKB_KEY_Shift_L) == "+2a");
    CHECK(keyboard.press('A') == "+1e");
    CHECK(keyboard.release(XKB_KEY_Shift_L) == "-2a");
    CHECK(keyboard.release('a') == "-1e");
    CHECK(keyboard.release('A').empty());
}

TEST_CASE("a key that is not down does not go up", "[key_translator]")
{
    Keyboard keyboard;
    CHECK(keyboard.release('a').empty());
    CHECK(keyboard.release(0x01004e2d).empty());
    CHECK(keyboard.press(0x01004e2d).empty());
}
