#include "rfb/encoding_set.h"
#include "tests/rfb/message_support.h"

#include <initializer_list>
#include <vector>

using namespace covnc;
using namespace covnc::test;

namespace {

EncodingSet set_of(std::initializer_list<std::int32_t> numbers)
{
    EncodingSet set;
    for (const std::int32_t number : numbers) {
        set.add(number);
    }
    return set;
}

const std::vector<PseudoEncoding> kAll = {PseudoEncoding::kDesktopSize,
                                          PseudoEncoding::kLastRect,
                                          PseudoEncoding::kCursor,
                                          PseudoEncoding::kXCursor,
                                          PseudoEncoding::kPointerMotionChange,
                                          PseudoEncoding::kExtendedKeyEvent,
                                          PseudoEncoding::kQemuLedState,
                                          PseudoEncoding::kDesktopName,
                                          PseudoEncoding::kExtendedDesktopSize,
                                          PseudoEncoding::kXvp,
                                          PseudoEncoding::kFence,
                                          PseudoEncoding::kContinuousUpdates,
                                          PseudoEncoding::kCursorWithAlpha,
                                          PseudoEncoding::kExtendedMouseButtons,
                                          PseudoEncoding::kVmwareCursor,
                                          PseudoEncoding::kVmwareLedState,
                                          PseudoEncoding::kExtendedClipboard,
                                          PseudoEncoding::kLibVncLedState};

} // namespace

TEST_CASE("a viewer that lists nothing gets Raw and no extension", "[encoding_set]")
{
    const EncodingSet set;
    CHECK(set.preferred() == Encoding::kRaw);
    CHECK_FALSE(set.copy_rect());
    CHECK_FALSE(set.compression_level().has_value());
    CHECK_FALSE(set.quality_level().has_value());
    for (const PseudoEncoding encoding : kAll) {
        CHECK_FALSE(set.has(encoding));
    }
}

TEST_CASE("the first listed encoding that we can do is preferred", "[encoding_set]")
{
    CHECK(set_of({16, 5, 0}).preferred() == Encoding::kZrle);
    CHECK(set_of({5, 16, 0}).preferred() == Encoding::kHextile);
    CHECK(set_of({7, 6, 2, 16, 5}).preferred() == Encoding::kZrle);
    CHECK(set_of({7, 6}).preferred() == Encoding::kRaw);
    CHECK(set_of({16, 16, 5, 5}).preferred() == Encoding::kZrle);
}

TEST_CASE("CopyRect is noted and never preferred", "[encoding_set]")
{
    CHECK(set_of({1, 5}).preferred() == Encoding::kHextile);
    CHECK(set_of({1, 5}).copy_rect());
    CHECK(set_of({1}).preferred() == Encoding::kRaw);
    CHECK_FALSE(set_of({5}).copy_rect());
}

TEST_CASE("a Raw listed first does not win over better ones", "[encoding_set]")
{
    CHECK(set_of({0, 1, 16}).preferred() == Encoding::kZrle);
    CHECK(set_of({0, 1, 7, 5, 6, 16}).preferred() == Encoding::kHextile);
    CHECK(set_of({0}).preferred() == Encoding::kRaw);
}

TEST_CASE("real viewers get what suits them", "[encoding_set]")
{
    const EncodingSet novnc = set_of({1,    7,    -260, 16,   21,          5,    2,          6,
                                      0,    -26,  -254, -223, -224,        -258, -261,       -308,
                                      -309, -312, -313, -307, -1063131698, -316, 0x574d5664, -239});
    CHECK(novnc.preferred() == Encoding::kZrle);
    CHECK(novnc.copy_rect());
    CHECK(novnc.quality_level() == 6);
    CHECK(novnc.compression_level() == 2);
    CHECK(novnc.has(PseudoEncoding::kExtendedClipboard));
    CHECK(novnc.has(PseudoEncoding::kVmwareCursor));
    CHECK_FALSE(novnc.has(PseudoEncoding::kCursorWithAlpha));

    const EncodingSet libvncclient = set_of({7, 16, 9, 1, 5, 6, 4, 2, 0, -131072, -223, -308});
    CHECK(libvncclient.preferred() == Encoding::kZrle);
    CHECK(libvncclient.has(PseudoEncoding::kLibVncLedState));
}

TEST_CASE("each pseudo-encoding sets its own flag and no other", "[encoding_set]")
{
    for (const PseudoEncoding listed : kAll) {
        const EncodingSet set = set_of({static_cast<std::int32_t>(listed)});
        for (const PseudoEncoding asked : kAll) {
            CAPTURE(static_cast<std::int32_t>(listed), static_cast<std::int32_t>(asked));
            CHECK(set.has(asked) == (listed == asked));
        }
        CHECK(set.preferred() == Encoding::kRaw);
        CHECK_FALSE(set.quality_level().has_value());
        CHECK_FALSE(set.compression_level().has_value());
    }
}

TEST_CASE("levels are 0 to 9 and the first one counts", "[encoding_set]")
{
    for (std::int32_t level = 0; level <= 9; ++level) {
        CHECK(set_of({-32 + level}).quality_level() == level);
        CHECK(set_of({-256 + level}).compression_level() == level);
        CHECK_FALSE(set_of({-32 + level}).compression_level().has_value());
    }
    for (const std::int32_t outside : {-22, -33, -246, -257}) {
        CHECK_FALSE(set_of({outside}).quality_level().has_value());
        CHECK_FALSE(set_of({outside}).compression_level().has_value());
    }
    CHECK(set_of({-24, -32, -23}).quality_level() == 8);
    CHECK(set_of({-255, -247}).compression_level() == 1);
}

TEST_CASE("unknown numbers change nothing", "[encoding_set]")
{
    CHECK(set_of({INT32_MIN, INT32_MAX, -1, 3, 255, -999, 0x574d566a}) == EncodingSet{});
}

TEST_CASE("a list may come in pieces of whole numbers", "[encoding_set]")
{
    const Bytes list = hex("00000010 00000001 fffffefe ffffff11 ffffffe8");
    for (std::size_t first = 0; first <= list.size(); first += 4) {
        EncodingSet set;
        set.add_wire(ByteView(list).first(first));
        set.add_wire(ByteView(list).subspan(first));
        CHECK(set == set_of({16, 1, -258, -239, -24}));
    }
    EncodingSet set;
    CHECK_THROWS_AS(set.add_wire(ByteView(list).first(5)), ProtocolError);
}
