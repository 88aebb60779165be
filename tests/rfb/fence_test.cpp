#include "rfb/fence.h"
#include "tests/rfb/message_support.h"

using namespace covnc;
using namespace covnc::test;

TEST_CASE("a fence's bytes, and its reply's", "[fence]")
{
    const Bytes request = hex("f8000000 80000001 01 01");
    const Fence fence = Fence::parse(body_of(request));
    CHECK(fence == Fence{Fence::kRequest | Fence::kBlockBefore, {1}});
    CHECK(fence.is_request());
    CHECK(written(fence) == request);
    CHECK(written(fence.reply()) == hex("f8000000 00000001 01 01"));
    CHECK_FALSE(fence.reply().is_request());
}

TEST_CASE("a reply leaves out the flags that we do not know", "[fence]")
{
    CHECK(Fence{0xffffffff, {}}.reply().flags == 7U);
    CHECK(Fence{0xfffffff8, {}}.reply().flags == 0U);
}

TEST_CASE("a fence wants exactly its bytes", "[fence]")
{
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, kMaxFencePayload}) {
        wants_exactly(body_of(written(Fence{3, Bytes(length, 0xab)})),
                      [](const Bytes& body) { return Fence::parse(body); });
    }
}

TEST_CASE("a payload above 64 bytes is neither parsed nor written", "[fence]")
{
    Bytes body = hex("000000 80000001 41");
    body.resize(body.size() + 65);
    CHECK(Fence::payload_length(body) == 65);
    CHECK_THROWS_AS(Fence::parse(body), ProtocolError);
    Bytes out;
    CHECK_THROWS_AS((Fence{0, Bytes(65)}.write(out)), std::length_error);
    CHECK(out.empty());
}

TEST_CASE("random fences survive the wire", "[fence]")
{
    Random random;
    for (int i = 0; i < 500; ++i) {
        const Fence fence{random.u32(), random.bytes(random.below(kMaxFencePayload + 1))};
        CHECK(Fence::parse(body_of(written(fence))) == fence);
    }
}
