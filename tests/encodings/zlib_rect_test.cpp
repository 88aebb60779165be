#include "encodings/zlib_rect.h"
#include "tests/encodings/encoding_support.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

Bytes inflated(const Picture& picture, const PixelFormat& format)
{
    const EncodedUpdate update = encode(picture, format, Encoding::kZlib);
    return inflate_alone(std::span(update.body).subspan(update.first_zlib_length_at + 4));
}

} // namespace

TEST_CASE("a Zlib rectangle inflates to what Raw has", "[zlib]")
{
    Random random(32);
    for (const Size size : {Size{1, 1}, Size{3, 400}, Size{1, 40000}, Size{40000, 2}}) {
        const Picture picture = few_colours(size, 40, 9, random);
        for (const PixelFormat& format : {kNativePixelFormat, rgb(8, 8, 3, 3, 2)}) {
            REQUIRE(inflated(picture, format) == data_of(encode(picture, format, Encoding::kRaw)));
        }
    }
}

TEST_CASE("a Zlib rectangle's length counts the deflate bytes, which end on a sync flush", "[zlib]")
{
    const EncodedUpdate update = encode(Picture({8, 8}), kNativePixelFormat, Encoding::kZlib);
    REQUIRE(update.rectangle_count == 1);
    REQUIRE(update.body[11] == 6);
    REQUIRE(update.first_zlib_length_at == 12);
    const Bytes data = data_of(update);
    REQUIRE(Bytes(data.begin(), data.begin() + 3) == Bytes{0, 0, 0});
    REQUIRE(data[3] == data.size() - 4);
    REQUIRE(Bytes(data.end() - 4, data.end()) == Bytes{0, 0, 0xff, 0xff});
}

TEST_CASE("the window of Zlib goes on from rectangle to rectangle of an update", "[zlib]")
{
    Random random(33);
    const Picture picture = noise({32, 32}, random);
    const SourceRect rect{Rect::of(picture.size), picture.view()};
    const std::vector<SourceRect> twice{rect, rect};
    const EncodedUpdate update =
        encode_update({}, twice, kNativePixelFormat, Encoding::kZlib, Effort::kNormal);
    REQUIRE(update.rectangle_count == 2);
    REQUIRE(update.first_zlib_length_at == 12);
    REQUIRE(update.body.size() > 3072);
    REQUIRE(update.body.size() < 4096 + 400);
}
