#include "encodings/deflate.h"
#include "encodings/zrle.h"
#include "tests/encodings/encoding_support.h"
#include "tests/support/decoder.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;

namespace {

Bytes random_bytes(std::size_t size, Random& random)
{
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes) {
        byte = static_cast<std::uint8_t>(random());
    }
    return bytes;
}

struct Variant
{
    Effort effort;
    DeflateLibrary library;
};

// Every way to compress that was built; of kFast zlib's too, where ISA-L would be taken.
std::vector<Variant> variants()
{
    std::vector<Variant> all{{Effort::kFast, DeflateLibrary::kZlib},
                             {Effort::kNormal, DeflateLibrary::kZlib}};
    if (deflate_library(Effort::kFast) == DeflateLibrary::kIsal) {
        all.push_back({Effort::kFast, DeflateLibrary::kIsal});
    }
    return all;
}

// The rectangle's data in ZRLE.
Bytes zrle(const Picture& picture, const Variant& variant)
{
    DeflateUnit unit(variant.effort, variant.library);
    Bytes out;
    append_zrle(
        picture.view(), PixelConverter(kNativePixelFormat, PixelPacking::kCPixel), unit, out);
    return out;
}

} // namespace

TEST_CASE("a unit stands alone and ends byte-aligned after each flush", "[deflate]")
{
    Random random(12);
    for (const Variant& variant : variants()) {
        DeflateUnit unit(variant.effort, variant.library);
        Bytes plain;
        Bytes compressed;
        for (const std::size_t size : {1U, 2U, 100U, 5000U, 70000U, 3U}) {
            const Bytes part = random_bytes(size, random);
            unit.write(part, compressed);
            plain.insert(plain.end(), part.begin(), part.end());
            unit.flush(compressed);
            REQUIRE(Bytes(compressed.end() - 4, compressed.end()) == Bytes{0, 0, 0xff, 0xff});
            REQUIRE(inflate_alone(compressed) == plain);
        }
    }
}

TEST_CASE("data may be written in any pieces", "[deflate]")
{
    Random random(13);
    Bytes plain = random_bytes(1000, random);
    plain.resize(200000, 7);
    for (const Variant& variant : variants()) {
        for (const std::size_t step : {1U, 10U, 5000U}) {
            DeflateUnit unit(variant.effort, variant.library);
            Bytes compressed;
            for (std::size_t at = 0; at < plain.size(); at += step) {
                unit.write(std::span(plain).subspan(at, step), compressed);
            }
            unit.flush(compressed);
            REQUIRE(inflate_alone(compressed) == plain);
            REQUIRE(compressed.size() < 3000);
        }
    }
}

TEST_CASE("what is in the output already stays", "[deflate]")
{
    for (const Variant& variant : variants()) {
        DeflateUnit unit(variant.effort, variant.library);
        Bytes out{1, 2, 3};
        unit.write(Bytes{4, 5, 6}, out);
        unit.flush(out);
        REQUIRE(Bytes(out.begin(), out.begin() + 3) == Bytes{1, 2, 3});
        REQUIRE(inflate_alone(std::span(out).subspan(3)) == Bytes{4, 5, 6});
    }
}

TEST_CASE("random bytes stay within the bound, whatever their number", "[deflate]")
{
    Random random(14);
    for (const Variant& variant : variants()) {
        for (std::size_t size = 1; size < 300000; size = size * 3 / 2 + 1) {
            DeflateUnit unit(variant.effort, variant.library);
            Bytes compressed;
            unit.write(random_bytes(size, random), compressed);
            unit.flush(compressed);
            CAPTURE(size, static_cast<int>(variant.library));
            REQUIRE(compressed.size() <= DeflateUnit::bound(size));
        }
    }
}

TEST_CASE("small pieces of noise stay within the bound, each flushed", "[deflate]")
{
    Random random(16);
    for (const Variant& variant : variants()) {
        DeflateUnit unit(variant.effort, variant.library);
        Bytes compressed;
        for (std::size_t size = 1; size < 400; ++size) {
            const std::size_t before = compressed.size();
            unit.write(random_bytes(size, random), compressed);
            unit.flush(compressed);
            REQUIRE(compressed.size() - before <= DeflateUnit::bound(size));
        }
    }
}

TEST_CASE("noise between what compresses stays within the bound", "[deflate]")
{
    Random random(17);
    for (const Variant& variant : variants()) {
        for (int round = 0; round < 40; ++round) {
            DeflateUnit unit(variant.effort, variant.library);
            Bytes plain;
            Bytes compressed;
            while (plain.size() < 100000) {
                Bytes part = random_bytes(random() % (1U << random() % 15) + 1, random);
                if (random() % 3 == 0) {
                    part.assign(part.size(), part[0]);
                }
                unit.write(part, compressed);
                plain.insert(plain.end(), part.begin(), part.end());
            }
            unit.flush(compressed);
            REQUIRE(inflate_alone(compressed) == plain);
            REQUIRE(compressed.size() <= DeflateUnit::bound(plain.size()));
        }
    }
}

TEST_CASE("every library gives equal bytes for equal pixels", "[deflate]")
{
    Random random(18);
    const Picture picture = text_like({400, 300}, random);
    for (const Variant& variant : variants()) {
        REQUIRE(zrle(picture, variant) == zrle(picture, variant));
    }
}

TEST_CASE("an update is compressed by the library of its effort", "[deflate]")
{
    Random random(19);
    const Picture picture = text_like({400, 300}, random);
    REQUIRE(deflate_library(Effort::kNormal) == DeflateLibrary::kZlib);
    for (const Effort effort : {Effort::kFast, Effort::kNormal}) {
        REQUIRE(data_of(encode(picture, kNativePixelFormat, Encoding::kZrle, effort)) ==
                zrle(picture, {effort, deflate_library(effort)}));
    }
}

TEST_CASE("what each library made of ZRLE is decoded", "[deflate]")
{
    Random random(20);
    for (const Variant& variant : variants()) {
        UpdateDecoder viewer(kNativePixelFormat, {400, 300});
        for (int i = 0; i < 4; ++i) {
            const Picture picture =
                i % 2 == 0 ? text_like({400, 300}, random) : noise({400, 300}, random);
            EncodedUpdate update;
            update.rectangle_count = 1;
            update.body = {0, 0, 0, 0, 400 / 256, 400 % 256, 300 / 256, 300 % 256, 0, 0, 0, 16};
            update.first_zlib_length_at = update.body.size();
            const Bytes data = zrle(picture, variant);
            update.body.insert(update.body.end(), data.begin(), data.end());
            viewer.decode(update);
            REQUIRE(viewer.pixels() == picture.pixels);
        }
    }
}

TEST_CASE("normal effort takes fewer bytes than fast", "[deflate]")
{
    Random random(15);
    const Picture picture = text_like({400, 300}, random);
    const Variant normal{Effort::kNormal, DeflateLibrary::kZlib};
    for (const Variant& variant : variants()) {
        if (variant.effort == Effort::kFast) {
            REQUIRE(zrle(picture, normal).size() < zrle(picture, variant).size());
        }
    }
}
