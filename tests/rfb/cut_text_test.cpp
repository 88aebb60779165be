#include "rfb/cut_text.h"
#include "tests/rfb/message_support.h"

using namespace covnc;
using namespace covnc::test;

namespace {

CutText parsed(const Bytes& body)
{
    return CutText::parse(body, true);
}

} // namespace

TEST_CASE("a cut text's bytes, from the viewer and from the server", "[cut_text]")
{
    const CutText text{false, hex("61e90a")};
    CHECK(written(text, ClientMessageType::kClientCutText) == hex("06000000 00000003 61e90a"));
    CHECK(written(text, ServerMessageType::kServerCutText) == hex("03000000 00000003 61e90a"));
    CHECK(CutText::parse(hex("000000 00000003 61e90a"), false) == text);
    CHECK(CutText::parse(hex("000000 00000000"), false) == CutText{});
}

TEST_CASE("an extended cut text has its length negated", "[cut_text]")
{
    const CutText caps{true, hex("1f000001 00000000")};
    const Bytes message = hex("03000000 fffffff8 1f000001 00000000");
    CHECK(written(caps, ServerMessageType::kServerCutText) == message);
    CHECK(parsed(body_of(message)) == caps);
}

TEST_CASE("a cut text wants exactly its bytes", "[cut_text]")
{
    wants_exactly(hex("000000 00000003 616263"), parsed);
    wants_exactly(hex("000000 fffffffa 020000016162"), parsed);
}

TEST_CASE("a negative length without the extension is an error", "[cut_text]")
{
    for (const char* length : {"ffffffff", "80000000", "80000001", "fffffff8"}) {
        CHECK_THROWS_AS(CutTextHead::parse(hex("000000" + std::string(length)), false),
                        ProtocolError);
    }
}

TEST_CASE("lengths of -1 to -3 and of -2^31 are errors with the extension", "[cut_text]")
{
    for (const char* length : {"ffffffff", "fffffffe", "fffffffd", "80000000"}) {
        CAPTURE(length);
        CHECK_THROWS_AS(CutTextHead::parse(hex("000000" + std::string(length)), true),
                        ProtocolError);
    }
    CHECK(CutTextHead::parse(hex("000000 fffffffc"), true).length == 4);
    CHECK(CutTextHead::parse(hex("000000 80000001"), true).length == 0x7fffffffU);
    CHECK(CutTextHead::parse(hex("000000 80000001"), true).is_too_long());
}

TEST_CASE("256 KiB are kept, one byte more is too long", "[cut_text]")
{
    CHECK_FALSE(CutTextHead::parse(hex("000000 00040000"), false).is_too_long());
    CHECK(CutTextHead::parse(hex("000000 00040001"), false).is_too_long());
    CHECK(CutTextHead::parse(hex("000000 7fffffff"), false).is_too_long());
    Bytes body = hex("000000 00040001");
    body.resize(body.size() + kMaxCutText + 1);
    CHECK_THROWS_AS(parsed(body), ProtocolError);
}

TEST_CASE("an extended cut text without room for flags is not written", "[cut_text]")
{
    Bytes out;
    const CutText text{true, hex("010203")};
    CHECK_THROWS_AS(text.write(out, ClientMessageType::kClientCutText), std::length_error);
    CHECK(out.empty());
}

TEST_CASE("random cut texts survive the wire", "[cut_text]")
{
    Random random;
    for (int i = 0; i < 300; ++i) {
        const bool extended = random.flag();
        const CutText text{extended, random.bytes(random.below(300) + (extended ? 4U : 0U))};
        CHECK(parsed(body_of(written(text, ClientMessageType::kClientCutText))) == text);
    }
}
