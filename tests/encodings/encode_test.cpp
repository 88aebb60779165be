#include "encodings/encode.h"
#include "tests/encodings/encoding_support.h"
#include "tests/support/decoder.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace covnc;
using namespace covnc::test;

namespace {

EncodedUpdate
encode_rects(std::span<const SourceRect> rects, Encoding encoding, Effort effort = Effort::kFast)
{
    return encode_update({}, rects, kNativePixelFormat, encoding, effort);
}

} // namespace

TEST_CASE("rectangles have their position, size and encoding in front", "[encode]")
{
    const Picture picture({2, 1}, 0x112233);
    const SourceRect rect{{0x0102, 0x0304, 2, 1}, picture.view()};
    const EncodedUpdate update = encode_rects({&rect, 1}, Encoding::kRaw);
    REQUIRE(update.rectangle_count == 1);
    REQUIRE(update.first_zlib_length_at == 0);
    REQUIRE(update.body ==
            Bytes{1, 2, 3, 4, 0, 2, 0, 1, 0, 0, 0, 0, 0x33, 0x22, 0x11, 0, 0x33, 0x22, 0x11, 0});
    REQUIRE(encode_rects({&rect, 1}, Encoding::kHextile).body[11] == 5);
    REQUIRE(encode_rects({&rect, 1}, Encoding::kZrle).body[11] == 16);
}

TEST_CASE("copies come first, in order, with their source", "[encode]")
{
    const std::vector<CopyRect> copies{{{1, 2, 3, 4}, {0x0506, 0x0708}}, {{9, 10, 11, 12}, {0, 1}}};
    const EncodedUpdate update =
        encode_update(copies, {}, kNativePixelFormat, Encoding::kZrle, Effort::kFast);
    REQUIRE(update.rectangle_count == 2);
    REQUIRE(update.first_zlib_length_at == 0);
    REQUIRE(update.body == Bytes{0, 1, 0, 2,  0, 3,  0, 4,  0, 0, 0, 1, 5, 6, 7, 8,
                                 0, 9, 0, 10, 0, 11, 0, 12, 0, 0, 0, 1, 0, 0, 0, 1});
}

TEST_CASE("empty rectangles and copies are left out and not counted", "[encode]")
{
    const Picture picture({1, 1});
    const std::vector<CopyRect> copies{{{1, 2, 0, 4}, {0, 0}}, {{1, 2, 3, 0}, {0, 0}}};
    const std::vector<SourceRect> rects{{{3, 3, 0, 0}, {}}, {{0, 0, 1, 1}, picture.view()}};
    for (const Encoding encoding : kPixelEncodings) {
        const EncodedUpdate update =
            encode_update(copies, rects, kNativePixelFormat, encoding, Effort::kFast);
        REQUIRE(update.rectangle_count == 1);
        REQUIRE(update.body == encode_rects(std::span(rects).subspan(1), encoding).body);
    }
    const EncodedUpdate nothing = encode_rects({}, Encoding::kZrle);
    REQUIRE(nothing.rectangle_count == 0);
    REQUIRE(nothing.body.empty());
    REQUIRE(nothing.first_zlib_length_at == 0);
}

TEST_CASE("the first head is the head with two bytes more for the zlib header", "[encode]")
{
    Random random(6);
    const Picture picture = noise({70, 70}, random);
    const std::vector<CopyRect> copies{{{0, 0, 5, 5}, {5, 5}}};
    const std::vector<SourceRect> rects{{{0, 0, 70, 70}, picture.view()}};
    const EncodedUpdate update =
        encode_update(copies, rects, kNativePixelFormat, Encoding::kZrle, Effort::kNormal);
    REQUIRE(update.first_zlib_length_at == 16 + 12);
    const Bytes head = update.first_head();
    REQUIRE(head.size() == 16 + 12 + 4 + 2);
    REQUIRE(std::equal(head.begin(), head.begin() + 28, update.body.begin()));
    const auto length = [](const Bytes& bytes) {
        return bytes[28] * 0x1000000U + bytes[29] * 0x10000U + bytes[30] * 0x100U + bytes[31];
    };
    REQUIRE(length(update.body) == update.body.size() - 32);
    REQUIRE(length(head) == length(update.body) + 2);
    REQUIRE(Bytes(head.end() - 2, head.end()) == Bytes{0x78, 0x01});
    REQUIRE((0x78 * 256 + 0x01) % 31 == 0); // RFC 1950: the header checks itself
}

TEST_CASE("the length in a first head carries into higher bytes", "[encode]")
{
    EncodedUpdate update;
    update.body = Bytes(12, 0);
    update.body.insert(update.body.end(), {0x00, 0xff, 0xff, 0xfe, 0xaa});
    update.first_zlib_length_at = 12;
    const Bytes head = update.first_head();
    REQUIRE(Bytes(head.begin() + 12, head.end()) == Bytes{0x01, 0x00, 0x00, 0x00, 0x78, 0x01});
}

TEST_CASE("pixels that differ in the undefined top byte only encode equally", "[encode]")
{
    Random random(7);
    Picture clean = few_colours({67, 35}, 9, 6, random);
    Picture dirty = clean;
    for (std::uint32_t& pixel : dirty.pixels) {
        pixel |= static_cast<std::uint32_t>(random()) << 24U;
    }
    for (const PixelFormat& format : all_formats()) {
        for (const Encoding encoding : kPixelEncodings) {
            CAPTURE(format.describe(), static_cast<int>(encoding));
            REQUIRE(encode(clean, format, encoding).body == encode(dirty, format, encoding).body);
        }
    }
}

TEST_CASE("equal arguments give equal bytes", "[encode]")
{
    Random random(8);
    const Picture picture = text_like({130, 70}, random);
    for (const Encoding encoding : kPixelEncodings) {
        for (const Effort effort : {Effort::kFast, Effort::kNormal}) {
            const EncodedUpdate first = encode(picture, kNativePixelFormat, encoding, effort);
            const EncodedUpdate second = encode(picture, kNativePixelFormat, encoding, effort);
            REQUIRE(first.body == second.body);
        }
    }
}

TEST_CASE("the second rectangle of an update profits from the first one's window", "[encode]")
{
    Random random(9);
    const Picture picture = noise({32, 32}, random);
    const SourceRect rect{Rect::of(picture.size), picture.view()};
    const std::vector<SourceRect> twice{rect, rect};
    const std::size_t one = encode_rects({&rect, 1}, Encoding::kZrle, Effort::kNormal).body.size();
    const std::size_t two = encode_rects(twice, Encoding::kZrle, Effort::kNormal).body.size();
    REQUIRE(one > 3072);
    REQUIRE(two < one + 200);
}

TEST_CASE("noise stays within the bound", "[encode]")
{
    Random random(10);
    const std::vector<Size> sizes{{1, 1}, {16, 16}, {17, 63}, {64, 64}, {65, 129}, {300, 200}};
    for (const PixelFormat& format : all_formats()) {
        std::vector<Picture> pictures;
        std::vector<SourceRect> rects;
        for (const Size size : sizes) {
            pictures.push_back(noise(size, random));
            rects.push_back({Rect::of(size), pictures.back().view()});
        }
        const std::vector<CopyRect> copies(3, CopyRect{{0, 0, 1, 1}, {1, 1}});
        for (const Encoding encoding : kPixelEncodings) {
            CAPTURE(format.describe(), static_cast<int>(encoding));
            const std::size_t bound = encoded_size_bound(copies, rects, format, encoding);
            for (const Effort effort : {Effort::kFast, Effort::kNormal}) {
                const EncodedUpdate update = encode_update(copies, rects, format, encoding, effort);
                REQUIRE(update.body.size() <= bound);
                REQUIRE((encoding != Encoding::kRaw || update.body.size() == bound));
            }
        }
    }
}

TEST_CASE("many tiny rectangles of noise stay within the bound", "[encode]")
{
    Random random(11);
    const Picture picture = noise({200, 3}, random);
    std::vector<SourceRect> rects;
    for (std::int32_t i = 0; i < 200; ++i) {
        rects.push_back({{i, 0, 1, 3}, picture.view().part({i, 0, 1, 3})});
    }
    for (const Encoding encoding : kPixelEncodings) {
        REQUIRE(encode_rects(rects, encoding).body.size() <=
                encoded_size_bound({}, rects, kNativePixelFormat, encoding));
    }
}

TEST_CASE("what cannot be encoded is refused", "[encode]")
{
    const Picture picture({4, 4});
    const SourceRect good{{0, 0, 4, 4}, picture.view()};
    const auto refused = [](const SourceRect& rect) {
        for (const Encoding encoding : kPixelEncodings) {
            REQUIRE_THROWS_AS(encode_rects({&rect, 1}, encoding), std::invalid_argument);
        }
    };
    REQUIRE_THROWS_AS(encode_rects({&good, 1}, Encoding::kCopyRect), std::invalid_argument);
    REQUIRE_THROWS_AS(encode_rects({&good, 1}, Encoding{8}), std::invalid_argument);
    refused({{0, 0, 4, 5}, picture.view()});
    refused({{0, 0, 3, 4}, picture.view()});
    refused({{-1, 0, 4, 4}, picture.view()});
    refused({{65532, 0, 4, 4}, picture.view()});
    const CopyRect copy{{0, 0, 4, 4}, {0, -1}};
    REQUIRE_THROWS_AS(
        encode_update({&copy, 1}, {}, kNativePixelFormat, Encoding::kRaw, Effort::kFast),
        std::invalid_argument);
    PixelFormat format;
    format.blue_max = 254;
    for (const Encoding encoding : kPixelEncodings) {
        REQUIRE_THROWS_AS(encode_update({}, {&good, 1}, format, encoding, Effort::kFast),
                          PixelFormatError);
        REQUIRE_THROWS_AS(encode_update({}, {}, format, encoding, Effort::kFast), PixelFormatError);
    }
}
