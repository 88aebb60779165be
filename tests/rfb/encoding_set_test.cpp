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
                                          PseudoEncoding::kAudio,
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
    for (const std::int32_t number : {2, 4, 5, 6, 7, 15, 16, -260}) {
        const bool is_tight = number == 7 || number == -260;
        CHECK(set_of({number, 5, 0}).preferred() == Encoding{number});
        CHECK(set_of({number, 16, 5, 0}).preferred() ==
              (is_tight ? Encoding::kZrle : Encoding{number}));
    }
    CHECK(set_of({21, 9, 1}).preferred() == Encoding::kRaw);
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
    CHECK(set_of({0, 1, 5, 7, 6, 16}).preferred() == Encoding::kHextile);
    CHECK(set_of({0}).preferred() == Encoding::kRaw);
}

TEST_CASE("real viewers get what suits them", "[encoding_set]")
{
    const EncodingSet novnc = set_of({1,    7,    -260, 16,   21,          5,    2,          6,
                                      0,    -26,  -254, -223, -224,        -258, -261,       -308,
                                      -309, -312, -313, -307, -1063131698, -316, 0x574d5664, -239});
    CHECK(novnc.preferred() == Encoding::kZrle);
    CHECK_FALSE(novnc.settings().tight_gradient);
    CHECK(novnc.settings().lossy == Encoding::kTight);
    CHECK(novnc.copy_rect());
    // Debian's 1.3.0 has no ZRLE yet, and its Tight cannot go on after a stream was reset.
    const EncodingSet debian = set_of({1, 7, -260, 5, 2, 0, -26, -254});
    CHECK(debian.preferred() == Encoding::kTightPng);
    CHECK(debian.settings().lossy == Encoding::kTight);
    CHECK(novnc.quality_level() == 6);
    CHECK(novnc.compression_level() == 2);
    CHECK(novnc.has(PseudoEncoding::kExtendedClipboard));
    CHECK(novnc.has(PseudoEncoding::kVmwareCursor));
    CHECK_FALSE(novnc.has(PseudoEncoding::kCursorWithAlpha));

    const EncodingSet libvncclient = set_of({7, 16, 9, 1, 5, 6, 4, 2, 0, -131072, -223, -308});
    CHECK(libvncclient.preferred() == Encoding::kZrle);
    CHECK(libvncclient.settings().tight_gradient);
    CHECK_FALSE(libvncclient.settings().lossy.has_value());
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

TEST_CASE("JPEG needs a quality and an encoding that carries it", "[encoding_set]")
{
    CHECK_FALSE(set_of({16, 7}).settings().lossy.has_value());
    CHECK_FALSE(set_of({16, -24}).settings().lossy.has_value());
    CHECK(set_of({16, 7, -24}).settings().lossy == Encoding::kTight);
    CHECK(set_of({-260, 16, 7, -24}).settings().lossy == Encoding::kTight);
    CHECK(set_of({21, -260, 16, -24}).settings().lossy == Encoding::kTightPng);
    CHECK(set_of({21, 16, -24}).settings().lossy == Encoding::kJpeg);
    CHECK(set_of({16, 7, -500}).settings().lossy == Encoding::kTight);
    CHECK(set_of({5, 16, 7, -24}).settings().encoding == Encoding::kHextile);
}

TEST_CASE("qualities fall into four classes", "[encoding_set]")
{
    const auto of_level = [](int level) { return set_of({16, 7, -32 + level}).settings(); };
    const auto of_fine = [](int quality) { return set_of({16, 7, -512 + quality}).settings(); };
    const int lowest_levels[] = {0, 3, 6, 8, 10};
    const int lowest_fine[] = {0, 51, 80, 90, 101};
    int last = 0;
    for (int each = 0; each < 4; ++each) {
        const EncodeSettings settings = of_level(lowest_levels[each]);
        CHECK(settings.jpeg_quality > last);
        last = settings.jpeg_quality;
        for (int level = lowest_levels[each]; level < lowest_levels[each + 1]; ++level) {
            CHECK(of_level(level) == settings);
        }
        for (int quality = lowest_fine[each]; quality < lowest_fine[each + 1]; ++quality) {
            CHECK(of_fine(quality) == settings);
        }
    }
    // The fine one counts, wherever it stands.
    CHECK(set_of({16, 7, -32, -412}).settings() == of_fine(100));
    CHECK(set_of({16, 7, -412, -32}).settings() == of_fine(100));
    CHECK_FALSE(set_of({16, 7, -513}).settings().lossy.has_value());
    CHECK_FALSE(set_of({16, 7, -411}).settings().lossy.has_value());
}

TEST_CASE("subsampling is what the viewer names first, else that of its quality", "[encoding_set]")
{
    const auto of = [](std::int32_t number) {
        return set_of({16, 7, -23, number}).settings().subsampling;
    };
    CHECK(of(16) == Subsampling::kNone);
    CHECK(of(-768) == Subsampling::kNone);
    CHECK(of(-767) == Subsampling::kFour);
    CHECK(of(-766) == Subsampling::kTwo);
    CHECK(of(-765) == Subsampling::kGrey);
    CHECK(of(-764) == Subsampling::kFour);
    CHECK(of(-763) == Subsampling::kFour);
    CHECK(of(-769) == Subsampling::kNone);
    CHECK(set_of({16, 7, -32, -766, -768}).settings().subsampling == Subsampling::kTwo);
}

TEST_CASE("an encoding that must not be used is passed over", "[encoding_set]")
{
    CHECK(set_of({16, 5}).preferred(Encoding::kZrle) == Encoding::kHextile);
    CHECK(set_of({16}).preferred(Encoding::kZrle) == Encoding::kRaw);
    CHECK(set_of({5, 16}).preferred(Encoding::kZrle) == Encoding::kHextile);
}

TEST_CASE("the lowest compression levels ask for speed", "[encoding_set]")
{
    CHECK(set_of({16}).settings().most_effort == Effort::kNormal);
    for (int level = 0; level <= 9; ++level) {
        const EncodeSettings settings = set_of({16, -256 + level}).settings();
        CHECK(settings.most_effort == (level <= 1 ? Effort::kFast : Effort::kNormal));
    }
    CHECK(set_of({16, -250}).settings() == set_of({16}).settings());
}
