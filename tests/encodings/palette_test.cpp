#include "encodings/palette.h"

#include <catch2/catch.hpp>

using namespace covnc;

TEST_CASE("a palette numbers values in the order in which they come", "[palette]")
{
    Palette<std::uint32_t, 127> palette;
    REQUIRE(palette.index_of(50) == 0);
    REQUIRE(palette.index_of(0) == 1);
    REQUIRE(palette.index_of(50) == 0);
    REQUIRE(palette.index_of(0xffffffff) == 2);
    REQUIRE(palette.size() == 3);
    REQUIRE(palette[1] == 0);
    REQUIRE(palette[2] == 0xffffffff);
    REQUIRE(palette.find(0xffffffff) == 2);
    REQUIRE(palette.find(51) == palette.kNoIndex);
    REQUIRE(palette.size() == 3);
    palette.clear();
    REQUIRE(palette.size() == 0);
    REQUIRE(palette.find(50) == palette.kNoIndex);
    REQUIRE(palette.index_of(0) == 0);
}

TEST_CASE("a full palette still knows its values until one more comes", "[palette]")
{
    Palette<std::uint16_t, 127> palette;
    for (std::uint16_t i = 0; i < 127; ++i) {
        REQUIRE(palette.index_of(static_cast<std::uint16_t>(i * 512)) == i);
    }
    REQUIRE_FALSE(palette.has_overflowed());
    REQUIRE(palette.index_of(126 * 512) == 126);
    REQUIRE(palette.index_of(1) == palette.kNoIndex);
    REQUIRE(palette.has_overflowed());
    REQUIRE(palette.index_of(0) == palette.kNoIndex);
    palette.clear();
    REQUIRE_FALSE(palette.has_overflowed());
    REQUIRE(palette.index_of(1) == 0);
}

TEST_CASE("all 8-bit values but those beyond the capacity find room", "[palette]")
{
    Palette<std::uint8_t, 254> palette;
    for (std::size_t i = 0; i < 254; ++i) {
        REQUIRE(palette.index_of(static_cast<std::uint8_t>(i)) == i);
    }
    REQUIRE(palette.index_of(254) == palette.kNoIndex);
}
