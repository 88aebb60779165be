// The decoder that other tests rely on refuses what the protocol forbids.
#include "tests/encodings/encoding_support.h"
#include "tests/support/decoder.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

const PixelFormat kOneByte = rgb(8, 8, 3, 3, 2);

Bytes rectangle(std::uint8_t encoding, const Bytes& data, std::uint8_t width, std::uint8_t height)
{
    Bytes bytes{0, 0, 0, 0, 0, width, 0, height, 0, 0, 0, encoding};
    bytes.insert(bytes.end(), data.begin(), data.end());
    return bytes;
}

// A ZRLE rectangle with these bytes in a zlib stream of its own, flushed as told.
Bytes zrle_rectangle(const Bytes& tiles, int flush = Z_SYNC_FLUSH)
{
    z_stream stream{};
    if (deflateInit(&stream, 6) != Z_OK) {
        throw std::runtime_error("deflateInit failed");
    }
    Bytes in = tiles;
    Bytes out(1000 + tiles.size());
    stream.next_in = in.data();
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, flush);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    const auto length = static_cast<std::uint8_t>(out.size());
    out.insert(out.begin(), {0, 0, 0, length});
    return rectangle(16, out, 4, 4);
}

std::string refusal(const Bytes& bytes)
{
    UpdateDecoder decoder(kOneByte, {16, 16});
    try {
        decoder.decode_rectangle(bytes);
    } catch (const DecodeError& error) {
        return error.what();
    }
    return "accepted";
}

} // namespace

TEST_CASE("the decoder takes exactly one rectangle", "[decoder]")
{
    UpdateDecoder decoder(kOneByte, {16, 16});
    Bytes bytes = rectangle(0, {0xff, 0xe0}, 2, 1);
    bytes.push_back(99);
    REQUIRE(decoder.decode_rectangle(bytes) == 14);
    REQUIRE(decoder.pixel(0, 0) == 0xffffff);
    REQUIRE(decoder.pixel(1, 0) == 0xff0000);
    REQUIRE(decoder.pixel(2, 0) == kUnsetPixel);
    decoder.resize({3, 2});
    REQUIRE(decoder.pixels() == std::vector<std::uint32_t>(6, kUnsetPixel));
}

TEST_CASE("the decoder refuses rectangles that do not fit", "[decoder]")
{
    REQUIRE(refusal(rectangle(0, {}, 17, 1)) == "a rectangle outside the framebuffer");
    REQUIRE(refusal(rectangle(0, {}, 0, 1)) == "an empty rectangle");
    REQUIRE(refusal(rectangle(0, {1, 2, 3}, 2, 2)) == "the data ends too early");
    REQUIRE(refusal(rectangle(3, {}, 2, 2)) == "encoding 3 is not known");
    REQUIRE(refusal(rectangle(1, {0, 13, 0, 0}, 4, 4)) ==
            "CopyRect: the source is outside the framebuffer");
    REQUIRE(refusal(rectangle(1, {0, 12, 0, 12}, 4, 4)) == "accepted");
}

TEST_CASE("the decoder refuses Hextile that strict viewers refuse", "[decoder]")
{
    const auto hextile = [](const Bytes& data) { return refusal(rectangle(5, data, 4, 4)); };
    REQUIRE(hextile({2, 7}) == "accepted");
    REQUIRE(hextile({32 | 2, 7}) == "Hextile: an unknown bit in the mask");
    REQUIRE(hextile({1 | 2, 7}) == "Hextile: a raw tile with other bits");
    REQUIRE(hextile({0}) == "Hextile: no background since the start or a raw tile");
    REQUIRE(hextile({2 | 8, 7, 1, 0, 0}) == "Hextile: no foreground is known");
    REQUIRE(hextile({2 | 4 | 8 | 16, 7, 7, 0}) ==
            "Hextile: a foreground for coloured subrectangles");
    REQUIRE(hextile({2 | 4 | 8, 7, 8, 1, 0x31, 0x10}) == "Hextile: a subrectangle leaves its tile");
    REQUIRE(hextile({2 | 4 | 8, 7, 8, 1, 0x21, 0x12}) == "accepted");
    REQUIRE(hextile({2 | 4 | 8, 7, 8, 1, 0x21}) == "the data ends too early");
}

TEST_CASE("the decoder forgets Hextile colours where viewers may", "[decoder]")
{
    const auto two_tiles = [](Bytes first, const Bytes& second) {
        UpdateDecoder decoder(kOneByte, {32, 16});
        first.insert(first.end(), second.begin(), second.end());
        decoder.decode_rectangle(rectangle(5, first, 32, 16));
    };
    Bytes raw(257, 5);
    raw[0] = 1;
    REQUIRE_THROWS_WITH(two_tiles(raw, {0}), Catch::Contains("no background"));
    REQUIRE_NOTHROW(two_tiles({2, 7}, {0}));
    REQUIRE_NOTHROW(two_tiles({14, 7, 8, 1, 0, 0}, {8, 1, 0, 0}));
    REQUIRE_THROWS_WITH(two_tiles({26, 7, 1, 8, 0, 0}, {8, 1, 0, 0}),
                        Catch::Contains("no foreground"));
}

TEST_CASE("the decoder refuses ZRLE that strict viewers refuse", "[decoder]")
{
    const auto zrle = [](const Bytes& tiles) { return refusal(zrle_rectangle(tiles)); };
    REQUIRE(zrle({1, 7}) == "accepted");
    REQUIRE(zrle({17}) == "a tile's subencoding is not used");
    REQUIRE(zrle({127}) == "ZRLE: a palette that is used again");
    REQUIRE(zrle({129, 7}) == "ZRLE: a palette that is used again");
    REQUIRE(zrle({1, 7, 0}) == "ZRLE: bytes are left over after the last tile");
    REQUIRE(zrle({0, 1, 2}) == "the data ends too early");
    REQUIRE(zrle({3, 1, 2, 3, 0x1b, 0, 0, 0}) == "a packed index outside the palette");
    REQUIRE(zrle({3, 1, 2, 3, 0x1a, 0, 0, 0}) == "accepted");
    REQUIRE(zrle({2, 1, 2, 0x01, 0, 0, 0}) == "padding that is not zero");
    REQUIRE(zrle({128, 7, 15}) == "accepted");
    REQUIRE(zrle({128, 7, 16}) == "a run leaves its tile");
    REQUIRE(zrle({128, 7, 255, 0}) == "a run leaves its tile");
    REQUIRE(zrle({130, 1, 2, 0, 129, 14}) == "accepted");
    REQUIRE(zrle({130, 1, 2, 0, 129, 15}) == "a run leaves its tile");
    REQUIRE(zrle({130, 1, 2, 2}) == "a run's index outside the palette");
    REQUIRE(zrle({130, 1, 2, 130, 15}) == "a run's index outside the palette");
}

TEST_CASE("the decoder refuses RRE and CoRRE that strict viewers refuse", "[decoder]")
{
    const auto rre = [](const Bytes& data) { return refusal(rectangle(2, data, 4, 4)); };
    REQUIRE(rre({0, 0, 0, 0, 7}) == "accepted");
    REQUIRE(rre({0, 0, 0, 1, 7, 8, 0, 1, 0, 2, 0, 3, 0, 2}) == "accepted");
    REQUIRE(rre({0, 0, 0, 1, 7, 8, 0, 1, 0, 2, 0, 4, 0, 2}) ==
            "RRE: a subrectangle leaves its rectangle");
    REQUIRE(rre({0, 0, 0, 1, 7, 8, 0, 1, 0, 2, 0, 0, 0, 2}) == "RRE: an empty subrectangle");
    REQUIRE(rre({0, 0, 0, 1, 7, 7, 0, 1, 0, 2, 0, 3, 0, 2}) ==
            "RRE: a subrectangle of the background's colour");
    REQUIRE(rre({0, 0, 0, 1, 7, 8, 0, 1, 0, 2, 0, 3, 0}) == "the data ends too early");
    const auto corre = [](const Bytes& data) { return refusal(rectangle(4, data, 4, 4)); };
    REQUIRE(corre({0, 0, 0, 1, 7, 8, 1, 2, 3, 2}) == "accepted");
    REQUIRE(corre({0, 0, 0, 1, 7, 8, 1, 2, 3, 3}) == "RRE: a subrectangle leaves its rectangle");
    UpdateDecoder wide(kOneByte, {256, 1});
    const Bytes too_wide{0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 7};
    REQUIRE_THROWS_WITH(wide.decode_rectangle(too_wide), "CoRRE: a side above 255");
}

TEST_CASE("the decoder takes a palette again only from the TRLE tile right before", "[decoder]")
{
    const auto refused = [](const Bytes& data) {
        UpdateDecoder decoder(kOneByte, {48, 1});
        try {
            decoder.decode_rectangle(rectangle(15, data, 48, 1));
        } catch (const DecodeError& error) {
            return std::string(error.what());
        }
        return std::string("accepted");
    };
    REQUIRE(refused({2, 7, 8, 0xff, 0, 127, 0, 0xff, 129, 0x81, 15}) == "accepted");
    const std::string none = "a palette is used again, but there is none";
    REQUIRE(refused({127, 0, 0}) == none);
    REQUIRE(refused({2, 7, 8, 0xff, 0, 1, 7, 127, 0, 0}) == none);
    REQUIRE(refused({2, 7, 8, 0xff, 0, 128, 7, 15, 129, 0x81, 15}) == none);
    Bytes large{128 + 17, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 0x80, 15, 127};
    REQUIRE(refused(large) == "a packed tile with a palette of more than 16");
}

TEST_CASE("the decoder refuses Zlib and ZRLE on one connection", "[decoder]")
{
    UpdateDecoder decoder(kOneByte, {16, 16});
    decoder.decode(encode(Picture({16, 16}), kOneByte, Encoding::kZlib));
    REQUIRE_NOTHROW(decoder.decode(encode(Picture({16, 16}), kOneByte, Encoding::kZlib)));
    REQUIRE_THROWS_WITH(decoder.decode(encode(Picture({16, 16}), kOneByte, Encoding::kZrle)),
                        "Zlib and ZRLE on one connection");
}

TEST_CASE("the decoder wants exactly a Zlib rectangle's pixels", "[decoder]")
{
    UpdateDecoder decoder(kOneByte, {16, 16});
    EncodedUpdate update = encode(Picture({4, 4}), kOneByte, Encoding::kZlib);
    update.body[7] = 3; // height
    REQUIRE_THROWS_WITH(decoder.decode(update), "zlib: more data than the rectangle can take");
    UpdateDecoder other(kOneByte, {16, 16});
    update.body[7] = 5;
    REQUIRE_THROWS_WITH(other.decode(update), "the data ends too early");
}

TEST_CASE("the decoder refuses broken zlib data", "[decoder]")
{
    REQUIRE(refusal(zrle_rectangle({1, 7}, Z_FINISH)).find("the stream ended") !=
            std::string::npos);
    REQUIRE(refusal(zrle_rectangle({1, 7}, Z_PARTIAL_FLUSH)) ==
            "zlib: the data does not end on a sync flush");
    REQUIRE(refusal(zrle_rectangle(Bytes(500, 1))) ==
            "zlib: more data than the rectangle can take");
    REQUIRE(refusal(rectangle(16, {0, 0, 0, 0}, 4, 4)) == "zlib: no progress");
    REQUIRE(refusal(rectangle(16, {0, 0, 0, 9}, 4, 4)) == "the data ends too early");
    Bytes no_header = zrle_rectangle({1, 7});
    no_header.erase(no_header.begin() + 16, no_header.begin() + 18);
    no_header[15] = static_cast<std::uint8_t>(no_header[15] - 2);
    REQUIRE(refusal(no_header).find("zlib: incorrect header check") == 0);
}

TEST_CASE("an update without its zlib header fits only a stream that had one", "[decoder]")
{
    const EncodedUpdate update = encode(Picture({16, 16}), kOneByte, Encoding::kZrle);
    UpdateDecoder decoder(kOneByte, {16, 16});
    REQUIRE_FALSE(decoder.has_zlib_header());
    REQUIRE_THROWS_AS(decoder.decode_rectangle(update.body), DecodeError);
    UpdateDecoder other(kOneByte, {16, 16});
    other.decode(update);
    REQUIRE(other.has_zlib_header());
    REQUIRE(other.decode_rectangle(update.body) == update.body.size());
}

TEST_CASE("expected pixels are rounded to the nearest level", "[decoder]")
{
    REQUIRE(expected_pixel(kNativePixelFormat, 0xff123456) == 0x123456);
    REQUIRE(expected_pixel(rgb(8, 3, 1, 1, 1), 0x7f80ff) == 0x00ffff);
    REQUIRE(expected_pixel(colour_map(), 0x192a33) == 0x003333);
    REQUIRE(expected_pixel(rgb(16, 16, 5, 6, 5), 0x040206) == 0x000008);
}
