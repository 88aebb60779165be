// Photographs are found and sent as JPEG where a viewer allows it; everything else stays exact.
#include "encodings/content.h"
#include "encodings/decoder.h"
#include "encodings/jpeg_encoder.h"
#include "encodings/region.h"
#include "tests/encodings/encoding_support.h"
#include "tests/support/decoder.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

using namespace covnc;
using namespace covnc::test;

namespace {

EncodeSettings lossy(Encoding carrier, int quality, Subsampling subsampling = Subsampling::kNone)
{
    EncodeSettings settings(Encoding::kZrle);
    settings.lossy = carrier;
    settings.jpeg_quality = quality;
    settings.subsampling = subsampling;
    return settings;
}

// White with text, and a photograph at `at`.
Picture page_with_photograph(Size size, const Rect& at, Random& random)
{
    Picture page = text_like(size, random);
    const Picture photo = photograph(at.size(), random);
    for (std::int32_t y = 0; y < at.height; ++y) {
        for (std::int32_t x = 0; x < at.width; ++x) {
            page.at(at.x + x, at.y + y) = photo.at(x, y);
        }
    }
    return page;
}

EncodedUpdate encode_with(const Picture& picture,
                          const EncodeSettings& settings,
                          const PixelFormat& format = kNativePixelFormat)
{
    const SourceRect rect{Rect::of(picture.size), picture.view()};
    return encode_update({}, {&rect, 1}, format, settings, Effort::kFast);
}

// The data of one rectangle at the front of `bytes`, its head included, as far as these tests need
// it: ZRLE, and JPEG in its carriers.
std::size_t rectangle_size(std::span<const std::uint8_t> bytes)
{
    const auto u32 = [&](std::size_t at) {
        return std::uint32_t{bytes[at]} << 24U | std::uint32_t{bytes[at + 1]} << 16U |
               std::uint32_t{bytes[at + 2]} << 8U | bytes[at + 3];
    };
    const auto encoding = static_cast<std::int32_t>(u32(8));
    if (encoding == 16) {
        return 12 + 4 + u32(12);
    }
    if (encoding == 21) { // up to the end of its picture
        const std::uint8_t end[] = {0xff, 0xd9};
        const auto found = std::search(bytes.begin(), bytes.end(), std::begin(end), std::end(end));
        return static_cast<std::size_t>(found - bytes.begin()) + 2;
    }
    REQUIRE((encoding == 7 || encoding == -260));
    REQUIRE(bytes[12] == 0x90);
    std::size_t length = bytes[13] & 0x7fU;
    std::size_t at = 14;
    if ((bytes[13] & 0x80U) != 0) {
        length |= (bytes[14] & 0x7fU) << 7U;
        at = 15;
        if ((bytes[14] & 0x80U) != 0) {
            length |= std::size_t{bytes[15]} << 14U;
            at = 16;
        }
    }
    return at + length;
}

// What a viewer shows of an update that is its first.
Picture shown(const EncodedUpdate& update, Size size)
{
    Decoder viewer(kNativePixelFormat, size);
    Bytes body = update.body;
    if (update.first_zlib_length_at != 0) {
        const Bytes head = update.first_head();
        body.erase(body.begin(),
                   body.begin() + static_cast<std::ptrdiff_t>(update.first_zlib_length_at + 4));
        body.insert(body.begin(), head.begin(), head.end());
    }
    std::span<const std::uint8_t> rest(body);
    for (std::uint32_t i = 0; i < update.rectangle_count; ++i) {
        const std::size_t length = rectangle_size(rest);
        const auto u16 = [&](std::size_t at) { return rest[at] * 256 + rest[at + 1]; };
        const auto encoding = static_cast<std::int32_t>(std::uint32_t{rest[8]} << 24U |
                                                        std::uint32_t{rest[9]} << 16U |
                                                        std::uint32_t{rest[10]} << 8U | rest[11]);
        viewer.decode({u16(0), u16(2), u16(4), u16(6)}, encoding, rest.subspan(12, length - 12));
        rest = rest.subspan(length);
    }
    REQUIRE(rest.empty());
    Picture picture(size);
    for (std::int32_t y = 0; y < size.height; ++y) {
        std::copy_n(viewer.pixels().row(y), size.width, &picture.at(0, y));
    }
    return picture;
}

// In decibels, over `area`.
double likeness(const PixelView& one, const PixelView& other, const Rect& area)
{
    double sum = 0;
    for (std::int32_t y = area.y; y < area.bottom(); ++y) {
        for (std::int32_t x = area.x; x < area.right(); ++x) {
            for (const unsigned shift : {0U, 8U, 16U}) {
                const double difference = static_cast<double>((one.at(x, y) >> shift) & 0xffU) -
                                          static_cast<double>((other.at(x, y) >> shift) & 0xffU);
                sum += difference * difference;
            }
        }
    }
    const double mean = sum / (3.0 * static_cast<double>(area.area()));
    return mean == 0 ? 100 : 10 * std::log10(255.0 * 255.0 / mean);
}

void require_exact_outside(const Picture& picture, const PixelView& shown, const Region& lossy)
{
    for (const Rect& rect : (Region(Rect::of(picture.size)) - lossy).rects()) {
        for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
            for (std::int32_t x = rect.x; x < rect.right(); ++x) {
                REQUIRE(shown.at(x, y) == picture.at(x, y));
            }
        }
    }
}

} // namespace

TEST_CASE("photographs are told from text, flat areas, patterns and gradients", "[content]")
{
    Random random(30);
    CHECK(is_photographic(photograph({32, 32}, random).view()));
    CHECK(is_photographic(photograph({32, 7}, random).view()));
    CHECK_FALSE(is_photographic(text_like({32, 32}, random).view()));
    CHECK_FALSE(is_photographic(Picture({32, 32}, 0x808080).view()));
    CHECK_FALSE(is_photographic(few_colours({32, 32}, 30, 1, random).view()));
    // Many colours, but JPEG would have to carry every edge.
    CHECK_FALSE(is_photographic(noise({32, 32}, random).view()));
    CHECK_FALSE(is_photographic(Picture({1, 1}, 7).view()));
}

TEST_CASE("the two parts of a split are the whole, each pixel once", "[content]")
{
    Random random(31);
    for (int round = 0; round < 20; ++round) {
        const Rect position{static_cast<std::int32_t>(random() % 100),
                            static_cast<std::int32_t>(random() % 100),
                            static_cast<std::int32_t>(random() % 300 + 1),
                            static_cast<std::int32_t>(random() % 300 + 1)};
        const Rect photo = Rect{static_cast<std::int32_t>(random() % 200),
                                static_cast<std::int32_t>(random() % 200),
                                120,
                                90}
                               .intersected(Rect::of(position.size()));
        const Picture page = page_with_photograph(position.size(), photo, random);
        const SourceRect source{position, page.view()};
        const ContentSplit split = split_by_content({&source, 1});
        Region all;
        std::int64_t area = 0;
        for (const auto* part : {&split.exact, &split.photographic}) {
            for (const SourceRect& rect : *part) {
                REQUIRE(rect.pixels.size() == rect.position.size());
                REQUIRE(rect.pixels.row(0) == &page.view().at(rect.position.x - position.x,
                                                              rect.position.y - position.y));
                all |= Region(rect.position);
                area += rect.position.area();
            }
        }
        REQUIRE(all == Region(position));
        REQUIRE(area == position.area());
    }
}

TEST_CASE("a photograph on a page goes as JPEG, the page stays exact", "[content]")
{
    Random random(32);
    const Rect photo{64, 96, 256, 160};
    const Picture page = page_with_photograph({512, 384}, photo, random);
    for (const Encoding carrier : {Encoding::kTight, Encoding::kTightPng, Encoding::kJpeg}) {
        CAPTURE(static_cast<int>(carrier));
        const EncodedUpdate update = encode_with(page, lossy(carrier, 92));
        REQUIRE(Region(update.lossy) == Region(photo));
        REQUIRE(update.body.size() < encode_with(page, Encoding::kZrle).body.size());
        const Picture viewer = shown(update, page.size);
        require_exact_outside(page, viewer.view(), Region(update.lossy));
        const double decibels = likeness(viewer.view(), page.view(), photo);
        REQUIRE(decibels > 38);
        REQUIRE(decibels < 99); // it was JPEG
    }
}

TEST_CASE("a photograph that must be exact goes through Tight's gradient beside ZRLE", "[content]")
{
    Random random(38);
    const Rect photo{64, 96, 256, 160};
    const Picture page = page_with_photograph({512, 384}, photo, random);
    EncodeSettings settings(Encoding::kZrle);
    settings.tight_gradient = true;
    const SourceRect rect{Rect::of(page.size), page.view()};
    const auto mixed = encode_update({}, {&rect, 1}, kNativePixelFormat, settings, Effort::kNormal);
    const auto plain =
        encode_update({}, {&rect, 1}, kNativePixelFormat, Encoding::kZrle, Effort::kNormal);
    REQUIRE(mixed.lossy.empty());
    REQUIRE(mixed.body.size() < plain.body.size() - plain.body.size() / 20);
    UpdateDecoder viewer(kNativePixelFormat, page.size);
    viewer.decode(mixed);
    for (std::int32_t y = 0; y < page.size.height; ++y) {
        for (std::int32_t x = 0; x < page.size.width; ++x) {
            REQUIRE(viewer.pixel(x, y) == page.at(x, y));
        }
    }
    // Only where the filter's pixels are clear.
    const PixelFormat narrow = rgb(16, 16, 5, 6, 5);
    REQUIRE(encode_update({}, {&rect, 1}, narrow, settings, Effort::kNormal).body ==
            encode_update({}, {&rect, 1}, narrow, Encoding::kZrle, Effort::kNormal).body);
    // In haste nobody looks for it.
    REQUIRE(encode_update({}, {&rect, 1}, kNativePixelFormat, settings, Effort::kFast).body ==
            encode_update({}, {&rect, 1}, kNativePixelFormat, Encoding::kZrle, Effort::kFast).body);
}

TEST_CASE("in haste an update of many colours goes as Tight, any other does not", "[content]")
{
    Random random(39);
    const Size size{256, 160};
    const Picture photo = photograph(size, random);
    const Picture text = text_like(size, random);
    const auto is_tight = [&](const Picture& picture, Encoding wanted, Effort effort) {
        EncodeSettings settings(wanted);
        settings.tight_gradient = true;
        const SourceRect rect{Rect::of(size), picture.view()};
        const auto update = encode_update({}, {&rect, 1}, kNativePixelFormat, settings, effort);
        UpdateDecoder viewer(kNativePixelFormat, size);
        viewer.decode(update);
        for (std::int32_t y = 0; y < size.height; ++y) {
            for (std::int32_t x = 0; x < size.width; ++x) {
                REQUIRE(viewer.pixel(x, y) == picture.at(x, y));
            }
        }
        return update.body[11] == static_cast<std::uint8_t>(Encoding::kTight);
    };
    for (const Encoding deflated : {Encoding::kZrle, Encoding::kZlib}) {
        CHECK(is_tight(photo, deflated, Effort::kFast));
        CHECK_FALSE(is_tight(text, deflated, Effort::kFast));
        CHECK_FALSE(is_tight(text, deflated, Effort::kNormal));
    }
    CHECK_FALSE(is_tight(photo, Encoding::kRaw, Effort::kFast));
    CHECK_FALSE(is_tight(photo, Encoding::kHextile, Effort::kFast));
}

TEST_CASE("what has many colours: most of its blocks", "[content]")
{
    Random random(40);
    const auto colourful = [](const Picture& picture) {
        const SourceRect rect{Rect::of(picture.size), picture.view()};
        return is_colourful({&rect, 1});
    };
    CHECK(colourful(photograph({256, 256}, random)));
    CHECK(colourful(photograph({40, 33}, random)));
    CHECK_FALSE(colourful(text_like({256, 256}, random)));
    CHECK_FALSE(colourful(page_with_photograph({256, 256}, {0, 0, 256, 64}, random)));
    CHECK(colourful(page_with_photograph({256, 256}, {0, 0, 256, 160}, random)));
    CHECK_FALSE(colourful(photograph({1, 1}, random)));
    CHECK_FALSE(is_colourful({}));
}

TEST_CASE("nothing is lossy unless it is allowed and the pixels are deep enough", "[content]")
{
    Random random(33);
    const Picture picture = photograph({128, 128}, random);
    REQUIRE(encode_with(picture, Encoding::kZrle).lossy.empty());
    for (const PixelFormat& format : all_formats()) {
        CAPTURE(format.describe());
        const EncodedUpdate update = encode_with(picture, lossy(Encoding::kTight, 80), format);
        REQUIRE(update.lossy.empty() == (format.bits_per_pixel == 8));
    }
}

TEST_CASE("better quality costs bytes and looks better, coarser colours save some", "[content]")
{
    Random random(34);
    const Picture picture = photograph({256, 256}, random);
    std::size_t last_size = 0;
    double last_likeness = 0;
    for (const int quality : {30, 60, 80, 95}) {
        const EncodedUpdate update = encode_with(picture, lossy(Encoding::kTight, quality));
        const Picture viewer = shown(update, picture.size);
        const double decibels = likeness(viewer.view(), picture.view(), Rect::of(picture.size));
        REQUIRE(update.body.size() > last_size);
        REQUIRE(decibels > last_likeness);
        last_size = update.body.size();
        last_likeness = decibels;
    }
    std::size_t size = encode_with(picture, lossy(Encoding::kTight, 80)).body.size();
    for (const Subsampling coarser : {Subsampling::kTwo, Subsampling::kFour, Subsampling::kGrey}) {
        const EncodedUpdate update = encode_with(picture, lossy(Encoding::kTight, 80, coarser));
        REQUIRE(update.body.size() < size);
        size = update.body.size();
    }
}

TEST_CASE("huge photographs are sent in rectangles that every viewer takes", "[content]")
{
    Random random(35);
    const Picture picture = photograph({2100, 520}, random);
    const EncodedUpdate update = encode_with(picture, lossy(Encoding::kTight, 100));
    REQUIRE(update.lossy.size() == 6);
    REQUIRE(update.rectangle_count == 6);
    for (const Rect& rect : update.lossy) {
        REQUIRE(rect.width <= 2048);
    }
    REQUIRE(Region(update.lossy) == Region(Rect::of(picture.size)));
    const Picture viewer = shown(update, picture.size);
    REQUIRE(likeness(viewer.view(), picture.view(), Rect::of(picture.size)) > 45);
}

TEST_CASE("equal pixels give equal bytes, with JPEG too", "[content]")
{
    Random random(36);
    const Picture page = page_with_photograph({300, 200}, {20, 30, 150, 100}, random);
    const EncodeSettings settings = lossy(Encoding::kTight, 77, Subsampling::kTwo);
    REQUIRE(encode_with(page, settings).body == encode_with(page, settings).body);
}

TEST_CASE("one encoder makes pictures of any sizes one after another", "[content]")
{
    Random random(37);
    JpegEncoder encoder(90, Subsampling::kFour);
    JpegDecoder decoder;
    for (const Size size :
         {Size{300, 300}, Size{1, 1}, Size{640, 17}, Size{3, 200}, Size{700, 500}}) {
        const Picture picture = noise(size, random); // far larger than a first buffer
        Picture decoded(size);
        decoder.decode({decoded.pixels.data(), size, size.width}, encoder.encode(picture.view()));
        REQUIRE(likeness(decoded.view(), picture.view(), Rect::of(size)) > 5);
    }
}
