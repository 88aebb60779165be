#include "encodings/decoder.h"
#include "encodings/tight.h"
#include "tests/encodings/encoding_support.h"
#include "tests/support/decoder.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace covnc;
using namespace covnc::test;

namespace {

// A rectangle as it is in an update's body.
struct Rectangle
{
    Rect position;
    std::int32_t encoding = 0;
    Bytes data; // behind the head
};

// Finds the rectangles' ends with a decoder.
std::vector<Rectangle>
rectangles_of(const EncodedUpdate& update, Size size, const PixelFormat& format)
{
    UpdateDecoder decoder(format, size);
    std::vector<Rectangle> all;
    std::span<const std::uint8_t> rest = update.body;
    for (std::uint32_t i = 0; i < update.rectangle_count; ++i) {
        const auto u16 = [&](std::size_t at) { return rest[at] << 8 | rest[at + 1]; };
        const std::size_t length = decoder.decode_rectangle(rest);
        all.push_back({{u16(0), u16(2), u16(4), u16(6)},
                       static_cast<std::int32_t>(static_cast<std::uint32_t>(u16(8)) << 16U |
                                                 static_cast<std::uint32_t>(u16(10))),
                       Bytes(rest.begin() + 12, rest.begin() + static_cast<long>(length))});
        rest = rest.subspan(length);
    }
    REQUIRE(rest.empty());
    return all;
}

std::vector<Rectangle> tight(const Picture& picture,
                             const PixelFormat& format = kNativePixelFormat,
                             Encoding encoding = Encoding::kTight)
{
    return rectangles_of(encode(picture, format, encoding), picture.size, format);
}

// The data of a picture that must be one rectangle.
Bytes only(const Picture& picture, const PixelFormat& format = kNativePixelFormat)
{
    const std::vector<Rectangle> all = tight(picture, format);
    REQUIRE(all.size() == 1);
    REQUIRE(all[0].encoding == 7);
    REQUIRE(all[0].position == Rect::of(picture.size));
    return all[0].data;
}

// Pixels number i has colour i % n of n.
Picture cycle(Size size, std::uint32_t n)
{
    Picture picture(size);
    for (std::uint32_t i = 0; i < picture.pixels.size(); ++i) {
        picture.pixels[i] = i % n * 0x010307;
    }
    return picture;
}

void put(Picture& picture, const Rect& area, const Picture& part)
{
    for (std::int32_t y = 0; y < area.height; ++y) {
        for (std::int32_t x = 0; x < area.width; ++x) {
            picture.at(area.x + x, area.y + y) = part.at(x, y);
        }
    }
}

// A page of a browser: flat parts, text in few and in many colours, a photograph.
Picture page(Random& random)
{
    Picture picture({500, 300}, 0xf0f0f0);
    put(picture, {10, 7, 200, 150}, text_like({200, 150}, random));
    put(picture, {222, 9, 150, 101}, noise({150, 101}, random));
    put(picture, {100, 201, 300, 40}, few_colours({300, 40}, 2, 3, random));
    put(picture, {0, 243, 500, 57}, few_colours({500, 57}, 500, 9, random));
    return picture;
}

// covnc-load's decoder and the tests' own.
void show_on_both(const EncodedUpdate& update, Size size, UpdateDecoder& ours, Decoder& theirs)
{
    ours.decode(update);
    for (const Rectangle& rectangle : rectangles_of(update, size, kNativePixelFormat)) {
        theirs.decode(rectangle.position, rectangle.encoding, rectangle.data);
    }
}

bool both_show(const Picture& picture, const UpdateDecoder& ours, const Decoder& theirs)
{
    const std::uint32_t* const shown = theirs.pixels().row(0);
    return ours.pixels() == picture.pixels &&
           std::equal(picture.pixels.begin(), picture.pixels.end(), shown);
}

} // namespace

TEST_CASE("one colour is a fill", "[tight]")
{
    REQUIRE(only(Picture({100, 50}, 0x112233)) == Bytes{0x80, 0x11, 0x22, 0x33});
    REQUIRE(only(Picture({1, 1}, 0x112233)) == Bytes{0x80, 0x11, 0x22, 0x33});
}

TEST_CASE("a TPIXEL is red, green, blue only where the format has 24 bits of colour", "[tight]")
{
    const Picture one({1, 1}, 0x112233);
    const PixelFormat native = kNativePixelFormat;
    const Bytes rgb_fill{0x80, 0x11, 0x22, 0x33};
    REQUIRE(only(one, big_endian(native)) == rgb_fill);
    REQUIRE(only(one, with_shifts(native, 0, 8, 16)) == rgb_fill);
    REQUIRE(only(one, big_endian(with_shifts(native, 24, 16, 8))) == rgb_fill);
    REQUIRE(only(one, with_shifts(native, 20, 12, 4)) == rgb_fill);
    REQUIRE(only(one, rgb(32, 32, 8, 8, 8)) == Bytes{0x80, 0x33, 0x22, 0x11, 0});
    REQUIRE(only(one, big_endian(rgb(32, 32, 8, 8, 8))) == Bytes{0x80, 0, 0x11, 0x22, 0x33});
    const Picture white({1, 1}, 0xffffff);
    REQUIRE(only(white, rgb(32, 16, 5, 6, 5)) == Bytes{0x80, 0xff, 0xff, 0, 0});
    REQUIRE(only(white, rgb(16, 15, 5, 5, 5)) == Bytes{0x80, 0xff, 0x7f});
    REQUIRE(only(white, big_endian(rgb(16, 15, 5, 5, 5))) == Bytes{0x80, 0x7f, 0xff});
    REQUIRE(only(white, rgb(8, 8, 3, 3, 2)) == Bytes{0x80, 0xff});
}

TEST_CASE("fewer than 12 bytes are sent as they are and reset nothing", "[tight]")
{
    Picture mono({9, 5}, 0x0a);
    mono.at(1, 0) = 0x0b;
    mono.at(8, 4) = 0x0b;
    REQUIRE(only(mono) == Bytes{0x50,
                                1,
                                1,
                                0,
                                0,
                                0x0a,
                                0,
                                0,
                                0x0b, //
                                0x40,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0,
                                0x80});
    Picture three({3, 1});
    three.pixels = {0x010203, 0x040506, 0x070809};
    REQUIRE(only(three) == Bytes{0x00, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEST_CASE("12 bytes are deflated, with a length and the first ones with a zlib header", "[tight]")
{
    Picture mono({8, 12}, 0x0a);
    mono.at(7, 0) = 0x0b;
    const Bytes data = only(mono);
    REQUIRE(Bytes(data.begin(), data.begin() + 9) == Bytes{0x52, 1, 1, 0, 0, 0x0a, 0, 0, 0x0b});
    REQUIRE(data[9] == data.size() - 10);
    REQUIRE(Bytes(data.begin() + 10, data.begin() + 12) == Bytes{0x78, 0x01});
    REQUIRE(Bytes(data.end() - 4, data.end()) == Bytes{0, 0, 0xff, 0xff});
    REQUIRE(inflate_alone(std::span(data).subspan(12)) ==
            Bytes{0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("2 colours take a bit, up to 256 a byte, more are plain", "[tight]")
{
    const Size size{128, 128};
    REQUIRE(only(cycle(size, 2))[0] == 0x52);
    for (const std::uint32_t colours : {3U, 16U, 256U}) {
        const Bytes data = only(cycle(size, colours));
        REQUIRE(data[0] == 0x64);
        REQUIRE(data[1] == 1);
        REQUIRE(data[2] == colours - 1);
        REQUIRE(Bytes(data.begin() + 3, data.begin() + 9) == Bytes{0, 0, 0, 1, 3, 7});
    }
    REQUIRE(only(cycle(size, 257))[0] == 0x01);
    // 8 bits a pixel: an index would take as much.
    Picture bars(size, 0xffffff);
    for (std::size_t i = 0; i < bars.pixels.size(); i += 3) {
        bars.pixels[i] = 0;
    }
    REQUIRE(only(bars, rgb(8, 8, 3, 3, 2))[0] == 0x52);
    REQUIRE(only(cycle(size, 200), rgb(8, 8, 3, 3, 2))[0] == 0x01);
}

TEST_CASE("lengths have 1, 2 or 3 bytes", "[tight]")
{
    const auto compact = [](std::size_t length) {
        Bytes out;
        append_compact_length(length, out);
        return out;
    };
    REQUIRE(compact(0) == Bytes{0});
    REQUIRE(compact(127) == Bytes{0x7f});
    REQUIRE(compact(128) == Bytes{0x80, 0x01});
    REQUIRE(compact(10000) == Bytes{0x90, 0x4e});
    REQUIRE(compact(16383) == Bytes{0xff, 0x7f});
    REQUIRE(compact(16384) == Bytes{0x80, 0x80, 0x01});
    REQUIRE(compact(kMostTightLength) == Bytes{0xff, 0xff, 0xff});
}

TEST_CASE("each stream is reset by the first rectangle of an update that uses it", "[tight]")
{
    Random random(31);
    const Picture picture = page(random);
    const Picture mono = cycle({64, 64}, 2);
    const SourceRect rect{Rect::of(picture.size), picture.view()};
    const SourceRect mono_rect{Rect::of(mono.size), mono.view()};
    // Twice, so that each kind comes again in a later source rectangle.
    const std::vector<SourceRect> rects{rect, mono_rect, rect, mono_rect};
    const EncodedUpdate update =
        encode_update({}, rects, kNativePixelFormat, Encoding::kTight, Effort::kNormal);
    REQUIRE(update.first_zlib_length_at == 0);
    int uses[3] = {};
    for (const Rectangle& rectangle : rectangles_of(update, picture.size, kNativePixelFormat)) {
        const unsigned control = rectangle.data[0];
        const unsigned kind = control >> 4U;
        if (kind == 8) {
            REQUIRE(control == 0x80);
            continue;
        }
        const unsigned stream = kind & 3U;
        REQUIRE(stream < 3);
        REQUIRE((control & 15U) == (uses[stream] == 0 ? 1U << stream : 0U));
        ++uses[stream];
    }
    REQUIRE(*std::min_element(std::begin(uses), std::end(uses)) >= 2);
}

TEST_CASE("rectangles are at most 2048 wide and have at most 65536 pixels", "[tight]")
{
    Random random(32);
    for (const Encoding encoding : {Encoding::kTight, Encoding::kTightPng}) {
        for (const Size size : {Size{5000, 40}, Size{65535, 1}, Size{3, 65535}, Size{2049, 33}}) {
            std::int64_t area = 0;
            for (const Rectangle& rectangle :
                 tight(noise(size, random), kNativePixelFormat, encoding)) {
                REQUIRE(rectangle.position.width <= 2048);
                REQUIRE(rectangle.position.area() <= 65536);
                area += rectangle.position.area();
            }
            REQUIRE(area == size.area());
        }
    }
}

TEST_CASE("flat parts of a picture are filled, text has palettes, a photograph has none", "[tight]")
{
    Random random(33);
    const Picture picture = page(random);
    std::int64_t filled = 0;
    std::int64_t plain = 0;
    std::int64_t area = 0;
    for (const Rectangle& rectangle : tight(picture)) {
        const unsigned kind = rectangle.data[0] >> 4U;
        filled += kind == 8 ? rectangle.position.area() : 0;
        plain += kind == 0 ? rectangle.position.area() : 0;
        area += rectangle.position.area();
    }
    REQUIRE(area == picture.size.area());
    // Of 150000: 54000 are flat; the photograph and what is below have 43650.
    REQUIRE(filled > 35000);
    REQUIRE(plain > 15150);
    REQUIRE(plain < 90000);
}

TEST_CASE("viewers of any history show Tight's updates", "[tight]")
{
    Random random(34);
    const Size size{500, 300};
    std::vector<Picture> frames;
    std::vector<EncodedUpdate> updates;
    for (int i = 0; i < 8; ++i) {
        frames.push_back(i % 3 == 2 ? few_colours(size, 300, 40, random) : page(random));
        const Effort effort = i % 2 == 0 ? Effort::kFast : Effort::kNormal;
        updates.push_back(encode(frames.back(), kNativePixelFormat, Encoding::kTight, effort));
    }
    SECTION("those that join late")
    {
        for (std::size_t joined = 0; joined < updates.size(); joined += 3) {
            UpdateDecoder ours(kNativePixelFormat, size);
            Decoder theirs(kNativePixelFormat, size);
            for (std::size_t i = joined; i < updates.size(); ++i) {
                show_on_both(updates[i], size, ours, theirs);
                REQUIRE(both_show(frames[i], ours, theirs));
            }
        }
    }
    SECTION("those that skip, repeat and mix in other encodings")
    {
        UpdateDecoder ours(kNativePixelFormat, size);
        Decoder theirs(kNativePixelFormat, size);
        const Encoding others[] = {Encoding::kTightPng, Encoding::kHextile, Encoding::kRaw};
        for (std::size_t step = 0; step < 24; ++step) {
            const std::size_t i = random() % updates.size();
            if (step % 4 == 3) {
                show_on_both(encode(frames[i], kNativePixelFormat, others[step / 4 % 3]),
                             size,
                             ours,
                             theirs);
            } else {
                show_on_both(updates[i], size, ours, theirs);
            }
            REQUIRE(both_show(frames[i], ours, theirs));
        }
    }
}

TEST_CASE("pictures made to mislead the search for areas survive", "[tight]")
{
    // Squares of the search's grid that nearly have one colour, next to ones that do.
    Random random(35);
    for (int round = 0; round < 60; ++round) {
        const Size size{static_cast<std::int32_t>(random() % 400 + 1),
                        static_cast<std::int32_t>(random() % 200 + 1)};
        Picture picture = few_colours(size, 600, random() % 2 == 0 ? 2 : 60, random);
        for (int i = 0; i < 12; ++i) {
            const Rect area = Rect{static_cast<std::int32_t>(random() % 400),
                                   static_cast<std::int32_t>(random() % 200),
                                   static_cast<std::int32_t>(random() % 200),
                                   static_cast<std::int32_t>(random() % 100)}
                                  .intersected(Rect::of(size));
            put(picture, area, Picture(area.size(), static_cast<std::uint32_t>(random() % 3)));
            picture.pixels[random() % picture.pixels.size()] = 0x123456;
        }
        CAPTURE(round, size.width, size.height);
        UpdateDecoder ours(kNativePixelFormat, size);
        Decoder theirs(kNativePixelFormat, size);
        const Encoding encoding = round % 3 == 0 ? Encoding::kTightPng : Encoding::kTight;
        show_on_both(encode(picture, kNativePixelFormat, encoding), size, ours, theirs);
        REQUIRE(both_show(picture, ours, theirs));
    }
}

TEST_CASE("a comb of stripes stays within the bound", "[tight]")
{
    // As many areas as the search may find, each with the least gain.
    for (const std::int32_t period : {9, 16, 17, 24, 33, 264}) {
        Random random(36);
        Picture picture = noise({1024, 512}, random);
        for (std::int32_t y = 0; y < 512; ++y) {
            for (std::int32_t x = 0; x < 1024; ++x) {
                if (x % period >= period / 2 || y % period >= 2 * period / 3) {
                    picture.at(x, y) = 0xffffff;
                }
            }
        }
        const SourceRect rect{Rect::of(picture.size), picture.view()};
        for (const Encoding encoding : {Encoding::kTight, Encoding::kTightPng}) {
            for (const PixelFormat& format : {kNativePixelFormat, rgb(8, 8, 3, 3, 2)}) {
                REQUIRE(encode(picture, format, encoding).body.size() <=
                        encoded_size_bound({}, {&rect, 1}, format, encoding));
            }
        }
    }
}

TEST_CASE("noise costs little more than its pixels", "[tight]")
{
    Random random(37);
    const Picture picture = noise({1024, 768}, random);
    const std::size_t raw = picture.pixels.size() * 3;
    REQUIRE(encode(picture, kNativePixelFormat, Encoding::kTight).body.size() < raw + raw / 200);
    REQUIRE(encode(picture, kNativePixelFormat, Encoding::kTightPng).body.size() < raw + raw / 200);
}

TEST_CASE("TightPNG has fills and pictures only, and no stream", "[tight_png]")
{
    Random random(38);
    unsigned kinds = 0;
    for (const Rectangle& rectangle :
         tight(page(random), kNativePixelFormat, Encoding::kTightPng)) {
        REQUIRE(rectangle.encoding == -260);
        const unsigned control = rectangle.data[0];
        REQUIRE((control == 0x80 || control == 0xa0));
        kinds |= control == 0x80 ? 1U : 2U;
    }
    REQUIRE(kinds == 3);
}

TEST_CASE("PNG pictures have as many bits a pixel as their colours need", "[tight_png]")
{
    const auto bits_and_type = [](std::uint32_t colours) {
        const auto all = tight(cycle({128, 128}, colours), kNativePixelFormat, Encoding::kTightPng);
        REQUIRE(all.size() == 1);
        const Bytes& data = all[0].data;
        const Bytes name{'I', 'H', 'D', 'R'};
        const auto head = std::search(data.begin(), data.end(), name.begin(), name.end());
        return Bytes(head + 12, head + 14);
    };
    REQUIRE(bits_and_type(2) == Bytes{1, 3});
    REQUIRE(bits_and_type(4) == Bytes{2, 3});
    REQUIRE(bits_and_type(16) == Bytes{4, 3});
    REQUIRE(bits_and_type(17) == Bytes{8, 3});
    REQUIRE(bits_and_type(256) == Bytes{8, 3});
    REQUIRE(bits_and_type(257) == Bytes{8, 2});
}

namespace {

EncodeSettings with_gradient()
{
    EncodeSettings settings{Encoding::kTight};
    settings.tight_gradient = true;
    return settings;
}

// Colours that change by little from pixel to pixel, and never repeat.
Picture soft_picture(Size size, Random& random)
{
    Picture picture = gradient(size);
    for (std::uint32_t& pixel : picture.pixels) {
        pixel = (pixel & 0xf8f8f8U) + (static_cast<std::uint32_t>(random()) & 0x070707U);
    }
    return picture;
}

EncodedUpdate encode_with(const EncodeSettings& settings,
                          const Picture& picture,
                          const PixelFormat& format = kNativePixelFormat)
{
    const SourceRect rect{Rect::of(picture.size), picture.view()};
    return encode_update({}, {&rect, 1}, format, settings, Effort::kNormal);
}

} // namespace

TEST_CASE("photographs go through the gradient filter where the viewer knows it", "[tight]")
{
    Random random(39);
    const Picture picture = soft_picture({200, 150}, random);
    const EncodedUpdate filtered = encode_with(with_gradient(), picture);
    const EncodedUpdate plain = encode_with(Encoding::kTight, picture);
    REQUIRE(plain.body[12] == 0x01);
    REQUIRE(Bytes(filtered.body.begin() + 12, filtered.body.begin() + 14) == Bytes{0x78, 2});
    REQUIRE(filtered.body.size() < plain.body.size() - plain.body.size() / 20);
    UpdateDecoder ours(kNativePixelFormat, picture.size);
    Decoder theirs(kNativePixelFormat, picture.size);
    show_on_both(filtered, picture.size, ours, theirs);
    REQUIRE(both_show(picture, ours, theirs));
    // Only three bytes a pixel: the protocol's texts differ on what else may be filtered.
    const PixelFormat narrow = rgb(16, 16, 5, 6, 5);
    REQUIRE(encode_with(with_gradient(), picture, narrow).body ==
            encode_with(Encoding::kTight, picture, narrow).body);
}

TEST_CASE("what is drawn does not go through the gradient filter", "[tight]")
{
    Random random(40);
    const Picture text = few_colours({300, 200}, 400, 9, random);
    REQUIRE(encode_with(with_gradient(), text).body == encode_with(Encoding::kTight, text).body);
    const Picture snow = noise({300, 200}, random);
    REQUIRE(encode_with(with_gradient(), snow).body == encode_with(Encoding::kTight, snow).body);
}

TEST_CASE("filtered photographs survive, whatever their size and what came before", "[tight]")
{
    Random random(41);
    UpdateDecoder ours(kNativePixelFormat, {700, 400});
    Decoder theirs(kNativePixelFormat, {700, 400});
    for (const Size size : {Size{2, 400}, Size{700, 3}, Size{699, 399}, Size{70, 80}}) {
        const Picture picture = soft_picture(size, random);
        Picture whole({700, 400}, static_cast<std::uint32_t>(random()) & 0xffffffU);
        put(whole, Rect::of(size), picture);
        show_on_both(encode_with(with_gradient(), whole), whole.size, ours, theirs);
        REQUIRE(both_show(whole, ours, theirs));
        show_on_both(encode_with(Encoding::kTight, whole), whole.size, ours, theirs);
        REQUIRE(both_show(whole, ours, theirs));
    }
}
