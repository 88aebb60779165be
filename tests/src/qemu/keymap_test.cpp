#include "src/sources/qemu/keymap.h"

#include <catch2/catch.hpp>
#include <xkbcommon/xkbcommon-keysyms.h>

#include <linux/input-event-codes.h>
#include <stdexcept>

using namespace covnc;

namespace {

struct Expected
{
    std::uint32_t keysym;
    Qnum qnum;
    bool shift;
    bool alt_gr;
};

void check(const Keymap& keymap, const std::vector<Expected>& table)
{
    for (const Expected& row : table) {
        CAPTURE(row.keysym);
        const auto stroke = keymap.find(row.keysym);
        REQUIRE(stroke);
        CHECK(int{stroke->qnum} == int{row.qnum});
        CHECK(stroke->shift == row.shift);
        CHECK(stroke->alt_gr == row.alt_gr);
    }
}

} // namespace

TEST_CASE("the American layout has every character of ASCII", "[keymap]")
{
    const Keymap keymap("us", "");
    for (std::uint32_t c = ' '; c <= '~'; ++c) {
        CAPTURE(c);
        const auto stroke = keymap.find(c);
        REQUIRE(stroke);
        CHECK_FALSE(stroke->alt_gr);
    }
    check(keymap,
          {{'a', 0x1e, false, false},
           {'A', 0x1e, true, false},
           {'1', 0x02, false, false},
           {'!', 0x02, true, false},
           {'<', 0x33, true, false}, // not the key beside the left Shift
           {'>', 0x34, true, false},
           {'|', 0x2b, true, false},
           {'*', 0x09, true, false},
           {' ', 0x39, false, false}});
}

TEST_CASE("the German layout has umlauts, and AltGr for some of ASCII", "[keymap]")
{
    check(Keymap("de", ""),
          {{'z', 0x15, false, false},
           {'y', 0x2c, false, false},
           {'@', 0x10, false, true},
           {'{', 0x08, false, true},
           {'/', 0x08, true, false},
           {'<', 0x56, false, false},
           {XKB_KEY_adiaeresis, 0x28, false, false},
           {XKB_KEY_Adiaeresis, 0x28, true, false},
           {0x010000e4, 0x28, false, false}, // the same as Unicode
           {XKB_KEY_EuroSign, 0x12, false, true},
           {XKB_KEY_ISO_Level3_Shift, 0xb8, false, false}});
}

TEST_CASE("keys that type nothing are found whatever the layout", "[keymap]")
{
    for (const char* layout : {"us", "de", "fr", "ru", "jp"}) {
        CAPTURE(layout);
        check(Keymap(layout, ""),
              {{XKB_KEY_Return, 0x1c, false, false},
               {XKB_KEY_Escape, 0x01, false, false},
               {XKB_KEY_BackSpace, 0x0e, false, false},
               {XKB_KEY_Tab, 0x0f, false, false},
               {XKB_KEY_Shift_L, 0x2a, false, false},
               {XKB_KEY_Shift_R, 0x36, false, false},
               {XKB_KEY_Control_L, 0x1d, false, false},
               {XKB_KEY_Control_R, 0x9d, false, false},
               {XKB_KEY_Alt_L, 0x38, false, false},
               {XKB_KEY_Alt_R, 0xb8, false, false},
               {XKB_KEY_Super_L, 0xdb, false, false},
               {XKB_KEY_F1, 0x3b, false, false},
               {XKB_KEY_F12, 0x58, false, false},
               {XKB_KEY_Down, 0xd0, false, false},
               {XKB_KEY_Delete, 0xd3, false, false},
               {XKB_KEY_KP_Enter, 0x9c, false, false},
               {XKB_KEY_KP_1, 0x4f, false, false},
               {XKB_KEY_Menu, 0xdd, false, false}});
    }
}

TEST_CASE("a character that a layout does not have is not found", "[keymap]")
{
    const Keymap keymap("us", "");
    CHECK_FALSE(keymap.find(XKB_KEY_adiaeresis));
    CHECK_FALSE(keymap.find(0x01004e2d));
    CHECK_FALSE(keymap.find(0));
    CHECK_FALSE(keymap.find(0xffffffff));
}

TEST_CASE("a layout that does not exist is refused by name", "[keymap]")
{
    CHECK_THROWS_WITH(Keymap("nowhere", ""), Catch::Contains("'nowhere'"));
    CHECK_THROWS_WITH(Keymap("de", "nothing"), Catch::Contains("'de,nothing'"));
    CHECK_NOTHROW(Keymap("de", "nodeadkeys"));
}

TEST_CASE("Linux key codes have QEMU's numbers", "[qnum]")
{
    CHECK(qnum_of_evdev(KEY_ESC) == 0x01);
    CHECK(qnum_of_evdev(KEY_KPDOT) == 0x53);
    CHECK(qnum_of_evdev(KEY_UP) == 0xc8);
    CHECK(qnum_of_evdev(KEY_RIGHTALT) == 0xb8);
    CHECK_FALSE(qnum_of_evdev(KEY_RESERVED));
    CHECK_FALSE(qnum_of_evdev(KEY_KPDOT + 1)); // no key has this code
    CHECK_FALSE(qnum_of_evdev(KEY_CALC));
    CHECK_FALSE(qnum_of_evdev(0xffffffff));
}
