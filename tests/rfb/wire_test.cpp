#include "rfb/wire.h"
#include "tests/rfb/message_support.h"

using namespace covnc;
using namespace covnc::test;

TEST_CASE("numbers are written with the highest byte first", "[wire]")
{
    Bytes out;
    ByteWriter writer(out);
    writer.u8(0x01);
    writer.u16(0x0203);
    writer.u32(0x04050607);
    writer.s32(-2);
    writer.padding(2);
    writer.bytes(hex("aabb"));
    writer.text("hi");
    writer.rect({1, 2, 3, 65535});
    CHECK(out == hex("01 0203 04050607 fffffffe 0000 aabb 6869 0001 0002 0003 ffff"));
}

TEST_CASE("a reader gives back what a writer was given", "[wire]")
{
    const Bytes bytes = hex("01 0203 84050607 fffffffe 80000000 ffff 0001 0002 0003 8000");
    ByteReader in(bytes, "test");
    CHECK(in.u8() == 1);
    CHECK(in.u16() == 0x0203);
    CHECK(in.u32() == 0x84050607U);
    CHECK(in.s32() == -2);
    CHECK(in.s32() == INT32_MIN);
    CHECK(in.remaining() == 10);
    in.skip(2);
    CHECK(in.rect() == Rect{1, 2, 3, 32768});
    CHECK_NOTHROW(in.expect_end());
}

TEST_CASE("a read beyond the end throws and takes nothing", "[wire]")
{
    const Bytes bytes = hex("010203");
    ByteReader in(bytes, "Thing");
    CHECK_THROWS_WITH(in.u32(), "Thing is cut short: 4 bytes wanted, 3 left");
    CHECK_THROWS_AS(in.bytes(SIZE_MAX), ProtocolError);
    CHECK_THROWS_AS(in.skip(4), ProtocolError);
    CHECK(in.remaining() == 3);
    CHECK(in.u16() == 0x0102);
    CHECK_THROWS_AS(in.u16(), ProtocolError);
    CHECK(in.u8() == 3);
    CHECK_THROWS_AS(in.u8(), ProtocolError);
}

TEST_CASE("bytes left over are an error that tells how many", "[wire]")
{
    const Bytes bytes = hex("0102");
    const ByteReader in(bytes, "Thing");
    CHECK_THROWS_WITH(in.expect_end(), "Thing is too long by 2 bytes");
}

TEST_CASE("a coordinate that U16 cannot hold is never written", "[wire]")
{
    Bytes out;
    ByteWriter writer(out);
    CHECK_THROWS_AS(writer.coordinate(-1), std::out_of_range);
    CHECK_THROWS_AS(writer.coordinate(65536), std::out_of_range);
    CHECK(out.empty());
    writer.coordinate(65535);
    CHECK(out == hex("ffff"));
}
