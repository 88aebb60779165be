#include "encodings/deflate.h"
#include "tests/encodings/encoding_support.h"

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

} // namespace

TEST_CASE("a unit stands alone and ends byte-aligned after each flush", "[deflate]")
{
    Random random(12);
    for (const Effort effort : {Effort::kFast, Effort::kNormal}) {
        DeflateUnit unit(effort);
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
    const Bytes plain = random_bytes(1000, random);
    DeflateUnit unit(Effort::kNormal);
    Bytes compressed;
    for (std::size_t at = 0; at < plain.size(); at += 10) {
        unit.write(std::span(plain).subspan(at, 10), compressed);
    }
    unit.flush(compressed);
    REQUIRE(inflate_alone(compressed) == plain);
}

TEST_CASE("what is in the output already stays", "[deflate]")
{
    DeflateUnit unit(Effort::kFast);
    Bytes out{1, 2, 3};
    unit.write(Bytes{4, 5, 6}, out);
    unit.flush(out);
    REQUIRE(Bytes(out.begin(), out.begin() + 3) == Bytes{1, 2, 3});
    REQUIRE(inflate_alone(std::span(out).subspan(3)) == Bytes{4, 5, 6});
}

TEST_CASE("random bytes stay within the bound, whatever their number", "[deflate]")
{
    Random random(14);
    for (const Effort effort : {Effort::kFast, Effort::kNormal}) {
        for (std::size_t size = 1; size < 300000; size = size * 3 / 2 + 1) {
            DeflateUnit unit(effort);
            Bytes compressed;
            unit.write(random_bytes(size, random), compressed);
            unit.flush(compressed);
            CAPTURE(size);
            REQUIRE(compressed.size() <= DeflateUnit::bound(size));
        }
    }
}

TEST_CASE("normal effort takes fewer bytes than fast", "[deflate]")
{
    Random random(15);
    const Picture picture = text_like({400, 300}, random);
    const auto size = [&](Effort effort) {
        return encode(picture, kNativePixelFormat, Encoding::kZrle, effort).body.size();
    };
    REQUIRE(size(Effort::kNormal) < size(Effort::kFast));
}
