#include "rfb/cursor.h"
#include "tests/rfb/message_support.h"

#include <limits>

using namespace covnc;
using namespace covnc::test;

namespace {

Bytes cursor_in(CursorForm form, const Cursor& cursor, const PixelFormat& format = {})
{
    Bytes out;
    append_cursor_for(out, cursor, format, form);
    return out;
}

constexpr CursorForm kForms[] = {
    CursorForm::kAlpha, CursorForm::kVmware, CursorForm::kMasked, CursorForm::kTwoColours};

constexpr PixelFormat k16{16, 16, true, true, 31, 63, 31, 11, 5, 0};

// Nine pixels wide: transparent, faint, half, solid ones, so that a row of bits takes two bytes.
Cursor wide()
{
    Cursor cursor;
    cursor.size = {9, 2};
    cursor.hotspot = {8, 1};
    cursor.pixels.assign(18, 0x00ffffff);
    cursor.pixels[0] = 0xffffffff;
    cursor.pixels[8] = 0x80804020;
    cursor.pixels[9] = 0x7fff0000;
    cursor.pixels[17] = 0xff000000;
    return cursor;
}

Cursor plain(Size size)
{
    Cursor cursor;
    cursor.size = size;
    cursor.pixels.assign(static_cast<std::size_t>(size.area()), 0xff010203);
    return cursor;
}

EncodingSet listed(std::initializer_list<PseudoEncoding> encodings)
{
    EncodingSet set;
    for (const PseudoEncoding encoding : encodings) {
        set.add(static_cast<std::int32_t>(encoding));
    }
    return set;
}

// How long each form is, its head included.
std::size_t length_of(CursorForm form, Size size)
{
    const auto area = static_cast<std::size_t>(size.area());
    const std::size_t bits =
        (static_cast<std::size_t>(size.width) + 7) / 8 * static_cast<std::size_t>(size.height);
    switch (form) {
    case CursorForm::kAlpha:
        return 12 + 4 + 4 * area;
    case CursorForm::kVmware:
        return 12 + 2 + 4 * area;
    case CursorForm::kMasked:
        return 12 + 4 * area + bits;
    case CursorForm::kTwoColours:
        return 12 + (area == 0 ? 0 : 6 + 2 * bits);
    case CursorForm::kNone:
        break;
    }
    return 0;
}

} // namespace

TEST_CASE("a cursor with alpha is Raw RGBA, premultiplied", "[cursor]")
{
    Cursor cursor;
    cursor.size = {3, 1};
    cursor.hotspot = {1, 0};
    cursor.pixels = {0xff112233, 0x80ff8001, 0x00ffffff};
    // 255, 128 and 1 times 128 / 255 are 128, 64.25 and 0.502.
    CHECK(cursor_in(CursorForm::kAlpha, cursor) ==
          hex("0001 0000 0003 0001 fffffec6 00000000 112233ff 80400180 00000000"));
    CHECK(cursor_in(CursorForm::kAlpha, cursor, k16) == cursor_in(CursorForm::kAlpha, cursor));
}

TEST_CASE("VMware's cursor is of type 1, RGBA with straight alpha", "[cursor]")
{
    Cursor cursor;
    cursor.size = {1, 3};
    cursor.hotspot = {0, 2};
    cursor.pixels = {0xff112233, 0x80ff8001, 0x00ffffff};
    CHECK(cursor_in(CursorForm::kVmware, cursor, k16) ==
          hex("0000 0002 0001 0003 574d5664 01 00 112233ff ff800180 ffffff00"));
}

TEST_CASE("a masked cursor is in the viewer's format and shows what is half opaque", "[cursor]")
{
    const Bytes bytes = cursor_in(CursorForm::kMasked, wide(), k16);
    CHECK(Bytes(bytes.begin(), bytes.begin() + 14) == hex("0008 0001 0009 0002 ffffff11 ffff"));
    CHECK(Bytes(bytes.begin() + 12 + 16, bytes.begin() + 12 + 20) == hex("8204 f800"));
    CHECK(Bytes(bytes.end() - 4, bytes.end()) == hex("80 80 00 80"));
    CHECK(bytes.size() == 12 + 18 * 2 + 4);
}

TEST_CASE("an X cursor has the average dark and bright colour, a bitmap and a mask", "[cursor]")
{
    // Shown: white, 804020, black. The half is dark, as 804020 is; 40.20.10 is their average.
    CHECK(cursor_in(CursorForm::kTwoColours, wide(), k16) ==
          hex("0008 0001 0009 0002 ffffff10 402010 ffffff 00 80 00 80 80 80 00 80"));
}

TEST_CASE("an X cursor of one colour has it as the primary one", "[cursor]")
{
    Cursor cursor;
    cursor.size = {2, 1};
    cursor.pixels = {0xff102030, 0x7f000000};
    CHECK(cursor_in(CursorForm::kTwoColours, cursor) ==
          hex("0000 0000 0002 0001 ffffff10 102030 000000 80 80"));
    cursor.pixels = {0, 0}; // nothing to be seen
    CHECK(cursor_in(CursorForm::kTwoColours, cursor) ==
          hex("0000 0000 0002 0001 ffffff10 000000 000000 00 00"));
}

TEST_CASE("an empty cursor hides the pointer in every form", "[cursor]")
{
    for (const Size size : {Size{0, 0}, Size{0, 5}, Size{5, 0}, Size{-1, 3}}) {
        Cursor cursor;
        cursor.size = size;
        cursor.hotspot = {7, 7};
        cursor.pixels = {1, 2, 3}; // not looked at
        CHECK(cursor_in(CursorForm::kAlpha, cursor) == hex("0000000000000000 fffffec6 00000000"));
        CHECK(cursor_in(CursorForm::kVmware, cursor) == hex("0000000000000000 574d5664 01 00"));
        CHECK(cursor_in(CursorForm::kMasked, cursor) == hex("0000000000000000 ffffff11"));
        CHECK(cursor_in(CursorForm::kTwoColours, cursor) == hex("0000000000000000 ffffff10"));
    }
    CHECK(cursor_in(CursorForm::kNone, wide()).empty());
}

TEST_CASE("cursors of all sizes have the length that the protocol says", "[cursor]")
{
    for (const CursorForm form : kForms) {
        for (const Size size : {Size{1, 1},
                                Size{7, 2},
                                Size{8, 3},
                                Size{9, 1},
                                Size{1, 17},
                                Size{64, 64},
                                Size{255, 256},
                                Size{256, 255}}) {
            CAPTURE(static_cast<int>(form), size.width, size.height);
            CHECK(cursor_in(form, plain(size)).size() == length_of(form, size));
        }
    }
}

TEST_CASE("a hotspot outside of its cursor goes to the edge", "[cursor]")
{
    Cursor cursor = plain({5, 3});
    const auto hotspot_at = [&](Point point, CursorForm form) {
        cursor.hotspot = point;
        const Bytes bytes = cursor_in(form, cursor);
        return Bytes(bytes.begin(), bytes.begin() + 8);
    };
    constexpr std::int32_t kLeast = std::numeric_limits<std::int32_t>::min();
    constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
    for (const CursorForm form : kForms) {
        CHECK(hotspot_at({5, 3}, form) == hex("0004 0002 0005 0003"));
        CHECK(hotspot_at({-1, 1}, form) == hex("0000 0001 0005 0003"));
        CHECK(hotspot_at({kMost, kLeast}, form) == hex("0004 0000 0005 0003"));
    }
}

TEST_CASE("a cursor too large for viewers is cut to what is around its hotspot", "[cursor]")
{
    Cursor cursor = plain({600, 2});
    cursor.pixels[300] = 0xffabcdef;
    for (const CursorForm form : kForms) {
        cursor.hotspot = {300, 1};
        const Bytes bytes = cursor_in(form, cursor);
        CHECK(bytes.size() == length_of(form, {256, 2}));
        CHECK(Bytes(bytes.begin(), bytes.begin() + 8) == hex("0080 0001 0100 0002"));
    }
    cursor.hotspot = {300, 1};
    const Bytes alpha = cursor_in(CursorForm::kAlpha, cursor);
    CHECK(Bytes(alpha.begin() + 16 + 128 * 4, alpha.begin() + 16 + 129 * 4) == hex("abcdefff"));
    cursor.hotspot = {599, 0};
    const Bytes right = cursor_in(CursorForm::kAlpha, cursor);
    CHECK(Bytes(right.begin(), right.begin() + 8) == hex("00ff 0000 0100 0002"));
}

TEST_CASE("a cursor without all of its pixels is not written", "[cursor]")
{
    for (const CursorForm form : kForms) {
        for (const std::size_t count : {std::size_t{0}, std::size_t{5}, std::size_t{7}}) {
            Cursor cursor = plain({2, 3});
            cursor.pixels.resize(count);
            CHECK_THROWS_AS(cursor_in(form, cursor), std::invalid_argument);
        }
    }
}

TEST_CASE("of the cursors that a viewer lists the best one is taken", "[cursor]")
{
    using enum PseudoEncoding;
    CHECK(best_cursor_form({}) == CursorForm::kNone);
    CHECK(best_cursor_form(listed({kXCursor})) == CursorForm::kTwoColours);
    CHECK(best_cursor_form(listed({kXCursor, kCursor})) == CursorForm::kMasked);
    CHECK(best_cursor_form(listed({kXCursor, kCursor, kVmwareCursor})) == CursorForm::kVmware);
    CHECK(best_cursor_form(listed({kXCursor, kCursor, kVmwareCursor, kCursorWithAlpha})) ==
          CursorForm::kAlpha);
    CHECK(best_cursor_form(listed({kCursorWithAlpha})) == CursorForm::kAlpha);
}
