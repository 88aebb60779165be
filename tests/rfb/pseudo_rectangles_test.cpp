#include "rfb/pseudo_rectangles.h"
#include "rfb/server_messages.h"
#include "tests/rfb/message_support.h"

#include <string>

using namespace covnc;
using namespace covnc::test;

namespace {

template <typename... Arguments>
Bytes made_by(void (*append)(Bytes&, Arguments...), std::type_identity_t<Arguments>... arguments)
{
    Bytes out;
    append(out, arguments...);
    return out;
}

const ScreenLayout kXga = ScreenLayout::single({1024, 768}, 0);

} // namespace

TEST_CASE("a rectangle's head, both ways", "[pseudo_rectangles]")
{
    const RectangleHead head{{1, 2, 3, 65535}, -239};
    CHECK(written(head) == hex("0001 0002 0003 ffff ffffff11"));
    CHECK(RectangleHead::parse(written(head)) == head);
    wants_exactly(written(head), [](const Bytes& bytes) { return RectangleHead::parse(bytes); });
    Random random;
    for (int i = 0; i < 300; ++i) {
        const RectangleHead any{random.rect(), static_cast<std::int32_t>(random.u32())};
        CHECK(RectangleHead::parse(written(any)) == any);
    }
}

TEST_CASE("the rectangles that only say something", "[pseudo_rectangles]")
{
    CHECK(made_by(append_desktop_size, {640, 480}) == hex("0000 0000 0280 01e0 ffffff21"));
    CHECK(made_by(append_last_rect) == hex("0000000000000000 ffffff20"));
    CHECK(made_by(append_extended_buttons_ack) == hex("0000000000000000 fffffec4"));
    CHECK(made_by(append_pointer_motion, true) == hex("0001 0000 0000 0000 fffffeff"));
    CHECK(made_by(append_pointer_motion, false) == hex("0000 0000 0000 0000 fffffeff"));
}

TEST_CASE("the answer to extended keys, as a whole update", "[pseudo_rectangles]")
{
    Bytes out;
    append_update_head(out, 1);
    append_extended_key_ack(out);
    CHECK(out == hex("00000001 0000000000000000 fffffefe"));
}

TEST_CASE("the lights of the keyboard in all three forms", "[pseudo_rectangles]")
{
    const std::uint8_t lit = kLedNumLock | kLedCapsLock;
    CHECK(made_by(append_qemu_led_state, lit) == hex("0000000000000000 fffffefb 06"));
    CHECK(made_by(append_vmware_led_state, lit) == hex("0000000000000000 574d5668 00000006"));
    CHECK(made_by(append_libvnc_led_state, lit) == hex("0006 000000000000 fffe0000"));
}

TEST_CASE("ExtendedDesktopSize as a whole update, and back", "[pseudo_rectangles]")
{
    Bytes out;
    append_update_head(out, 1);
    append_extended_desktop_size(out, ResizeReason::kServer, ResizeStatus::kOk, kXga);
    CHECK(out == hex("00000001 0000 0000 0400 0300 fffffecc 01000000"
                     "00000000 0000 0000 0400 0300 00000000"));

    const ByteView rectangle = ByteView(out).subspan(4);
    const RectangleHead head = RectangleHead::parse(rectangle.first(RectangleHead::kSize));
    const ByteView data = rectangle.subspan(RectangleHead::kSize);
    CHECK(screens_tail_length(data.first(kScreensHeadSize)) == 16);
    wants_exactly(Bytes(data.begin(), data.end()), [&](const Bytes& bytes) {
        const ScreenLayout layout = parse_extended_desktop_size(head, bytes);
        CHECK(layout == kXga);
    });
}

TEST_CASE("reason and status are the rectangle's position", "[pseudo_rectangles]")
{
    const Bytes out = made_by(append_extended_desktop_size,
                              ResizeReason::kThisViewer,
                              ResizeStatus::kInvalidLayout,
                              kXga);
    CHECK(RectangleHead::parse(ByteView(out).first(12)).area == Rect{1, 3, 1024, 768});
    const ScreenLayout many{{1, 1}, std::vector<Screen>(256)};
    CHECK_THROWS_AS(
        made_by(append_extended_desktop_size, ResizeReason::kServer, ResizeStatus::kOk, many),
        std::length_error);
}

TEST_CASE("a cursor is its pixels, then its mask in whole bytes a row", "[pseudo_rectangles]")
{
    const Bytes pixels(9 * 2 * 2, 0x55);
    const Bytes mask = hex("ff80 0100");
    const CursorImage cursor{{9, 2}, {4, 1}, pixels, mask};
    Bytes expected = hex("0004 0001 0009 0002 ffffff11");
    expected.insert(expected.end(), pixels.begin(), pixels.end());
    expected.insert(expected.end(), mask.begin(), mask.end());
    CHECK(made_by(append_cursor, cursor, 2) == expected);
}

TEST_CASE("an empty cursor is only a head", "[pseudo_rectangles]")
{
    CHECK(made_by(append_cursor, {}, 4) == hex("0000 0000 0000 0000 ffffff11"));
}

TEST_CASE("a cursor whose data do not have its size is not written", "[pseudo_rectangles]")
{
    const Bytes some(36, 0);
    const ByteView all(some);
    Bytes out;
    for (const CursorImage& cursor : {CursorImage{{3, 3}, {}, all.first(35), all.first(3)},
                                      CursorImage{{3, 3}, {}, all.first(36), all.first(2)},
                                      CursorImage{{3, 3}, {}, all.first(36), all.first(4)},
                                      CursorImage{{-1, 1}, {}, {}, {}}}) {
        CHECK_THROWS_AS(append_cursor(out, cursor, 4), std::invalid_argument);
    }
    CHECK(out.empty());
}

TEST_CASE("a desktop's name has its length, and is clipped", "[pseudo_rectangles]")
{
    CHECK(made_by(append_desktop_name, "hi") == hex("0000000000000000 fffffecd 00000002 6869"));
    const std::string name(1000, 'x');
    CHECK(made_by(append_desktop_name, name).size() == 12 + 4 + 255);
}
