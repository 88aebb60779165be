// Everything that is encoded is decoded by an independent viewer to the pixels that went in.
#include "tests/encodings/encoding_support.h"
#include "tests/support/decoder.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

// Whether the viewer shows `picture` with its top left corner at `at`.
bool shows(const UpdateDecoder& viewer,
           const Picture& picture,
           const PixelFormat& format,
           Point at = {})
{
    for (std::int32_t y = 0; y < picture.size.height; ++y) {
        for (std::int32_t x = 0; x < picture.size.width; ++x) {
            if (viewer.pixel(at.x + x, at.y + y) != expected_pixel(format, picture.at(x, y))) {
                return false;
            }
        }
    }
    return true;
}

void check_round_trip(const Picture& picture, const PixelFormat& format)
{
    for (const Encoding encoding : kPixelEncodings) {
        CAPTURE(
            format.describe(), static_cast<int>(encoding), picture.size.width, picture.size.height);
        UpdateDecoder viewer(format, picture.size);
        viewer.decode(encode(picture, format, encoding));
        REQUIRE(shows(viewer, picture, format));
    }
}

std::vector<Picture> contents(Size size, Random& random)
{
    std::vector<Picture> pictures{
        Picture(size, 0x123456), noise(size, random), text_like(size, random), gradient(size)};
    for (const std::uint32_t colours : {2U, 3U, 5U, 16U, 17U, 100U}) {
        pictures.push_back(few_colours(size, colours, 1, random));
        pictures.push_back(few_colours(size, colours, 600, random));
    }
    return pictures;
}

} // namespace

TEST_CASE("every encoding carries every format, size and content", "[round_trip]")
{
    Random random(16);
    const std::vector<Size> sizes{
        {1, 1}, {2, 1}, {1, 7}, {16, 16}, {17, 15}, {31, 33}, {63, 65}, {64, 64}, {65, 63}};
    for (const PixelFormat& format : all_formats()) {
        for (const Size size : sizes) {
            for (const Picture& picture : contents(size, random)) {
                check_round_trip(picture, format);
            }
        }
    }
}

TEST_CASE("2 to 130 colours survive, whatever the runs", "[round_trip]")
{
    Random random(17);
    for (std::uint32_t colours = 2; colours <= 130; ++colours) {
        for (const std::uint32_t longest : {1U, 5U, 80U}) {
            check_round_trip(few_colours({64, 64}, colours, longest, random), kNativePixelFormat);
        }
    }
}

TEST_CASE("rectangles over several tiles survive", "[round_trip]")
{
    Random random(18);
    for (const Size size : {Size{128, 64}, Size{129, 130}, Size{200, 65}}) {
        for (const Picture& picture : contents(size, random)) {
            check_round_trip(picture, kNativePixelFormat);
            check_round_trip(picture, big_endian(rgb(16, 16, 5, 6, 5)));
        }
    }
}

TEST_CASE("the longest rectangles survive", "[round_trip]")
{
    Random random(19);
    for (const Size size : {Size{65535, 1}, Size{1, 65535}}) {
        check_round_trip(few_colours(size, 20, 700, random), kNativePixelFormat);
        check_round_trip(noise(size, random), rgb(8, 8, 3, 3, 2));
    }
}

TEST_CASE("rectangles land where they belong and touch nothing else", "[round_trip]")
{
    Random random(20);
    const Picture picture = text_like({50, 40}, random);
    for (const Encoding encoding : kPixelEncodings) {
        const std::vector<SourceRect> rects{
            {{7, 9, 20, 30}, picture.view().part({0, 0, 20, 30})},
            {{60, 3, 13, 17}, picture.view().part({30, 20, 13, 17})}};
        UpdateDecoder viewer(kNativePixelFormat, {80, 45});
        viewer.decode(encode_update({}, rects, kNativePixelFormat, encoding, Effort::kNormal));
        for (std::int32_t y = 0; y < 45; ++y) {
            for (std::int32_t x = 0; x < 80; ++x) {
                std::uint32_t expected = kUnsetPixel;
                for (const SourceRect& rect : rects) {
                    if (rect.position.contains({x, y, 1, 1})) {
                        expected = rect.pixels.at(x - rect.position.x, y - rect.position.y);
                    }
                }
                REQUIRE(viewer.pixel(x, y) == expected);
            }
        }
    }
}

TEST_CASE("copies that overlap move what the viewer had, before new pixels", "[round_trip]")
{
    Random random(21);
    const Picture before = noise({40, 40}, random);
    const Picture line({40, 4}, 0xabcdef);
    UpdateDecoder viewer(kNativePixelFormat, before.size);
    viewer.decode(encode(before, kNativePixelFormat, Encoding::kZrle));

    const std::vector<CopyRect> copies{{{0, 0, 40, 36}, {0, 4}}};
    const std::vector<SourceRect> rects{{{0, 36, 40, 4}, line.view()}};
    viewer.decode(encode_update(copies, rects, kNativePixelFormat, Encoding::kZrle, Effort::kFast));
    for (std::int32_t y = 0; y < 40; ++y) {
        for (std::int32_t x = 0; x < 40; ++x) {
            REQUIRE(viewer.pixel(x, y) == (y < 36 ? before.at(x, y + 4) : 0xabcdefU));
        }
    }
}

TEST_CASE("one encoding serves viewers with any history", "[round_trip]")
{
    Random random(22);
    const Size size{150, 90};
    std::vector<Picture> frames;
    std::vector<EncodedUpdate> updates;
    for (int i = 0; i < 12; ++i) {
        frames.push_back(i % 3 == 0 ? noise(size, random) : text_like(size, random));
        const PixelView view = frames.back().view();
        const std::vector<SourceRect> rects{{{0, 0, 150, 41}, view.part({0, 0, 150, 41})},
                                            {{0, 41, 70, 49}, view.part({0, 41, 70, 49})},
                                            {{70, 41, 80, 49}, view.part({70, 41, 80, 49})}};
        const Effort effort = i % 2 == 0 ? Effort::kFast : Effort::kNormal;
        updates.push_back(encode_update({}, rects, kNativePixelFormat, Encoding::kZrle, effort));
    }
    SECTION("those that join late")
    {
        for (std::size_t joined = 0; joined < updates.size(); ++joined) {
            UpdateDecoder viewer(kNativePixelFormat, size);
            for (std::size_t i = joined; i < updates.size(); ++i) {
                viewer.decode(updates[i]);
                REQUIRE(shows(viewer, frames[i], kNativePixelFormat));
            }
        }
    }
    SECTION("those that skip, repeat and mix in other encodings")
    {
        UpdateDecoder viewer(kNativePixelFormat, size);
        for (int step = 0; step < 60; ++step) {
            const std::size_t i = random() % updates.size();
            if (step % 5 == 4) {
                viewer.decode(encode(frames[i], kNativePixelFormat, Encoding::kHextile));
            } else {
                viewer.decode(updates[i]);
            }
            REQUIRE(shows(viewer, frames[i], kNativePixelFormat));
        }
    }
}

TEST_CASE("a viewer may change its format between updates", "[round_trip]")
{
    Random random(23);
    const Picture picture = text_like({100, 70}, random);
    UpdateDecoder viewer(kNativePixelFormat, picture.size);
    for (const PixelFormat& format : all_formats()) {
        CAPTURE(format.describe());
        viewer.set_format(format);
        viewer.decode(encode(picture, format, Encoding::kZrle));
        REQUIRE(shows(viewer, picture, format));
    }
}
