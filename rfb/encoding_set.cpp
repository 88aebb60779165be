#include "rfb/encoding_set.h"

#include <algorithm>
#include <array>

namespace covnc {

namespace {

constexpr std::array kPseudoEncodings = {
    PseudoEncoding::kDesktopSize,
    PseudoEncoding::kLastRect,
    PseudoEncoding::kCursor,
    PseudoEncoding::kXCursor,
    PseudoEncoding::kPointerPosition,
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
    PseudoEncoding::kVmwareCursorPosition,
    PseudoEncoding::kVmwareLedState,
    PseudoEncoding::kExtendedClipboard,
    PseudoEncoding::kLibVncLedState,
};
static_assert(kPseudoEncodings.size() <= 32, "one bit each in a U32");

// 0 for one that is not in the table.
std::uint32_t bit_of(PseudoEncoding encoding)
{
    const auto found = std::find(kPseudoEncodings.begin(), kPseudoEncodings.end(), encoding);
    return found == kPseudoEncodings.end() ? 0 : 1U << (found - kPseudoEncodings.begin());
}

// All that carry pixels and that we send; Raw needs not be listed.
constexpr std::array kPixelEncodings = {
    Encoding::kRre,
    Encoding::kCoRre,
    Encoding::kHextile,
    Encoding::kZlib,
    Encoding::kTight,
    Encoding::kTrle,
    Encoding::kZrle,
    Encoding::kTightPng,
};
// What JPEG pictures may go in, the best first.
constexpr std::array kJpegCarriers = {Encoding::kTight, Encoding::kTightPng, Encoding::kJpeg};

// Compression levels up to this one ask for speed; the others leave the choice to us.
constexpr int kFastLevel = 1;

struct JpegClass
{
    int highest_level;        // 0 .. 9
    int highest_fine_quality; // 0 .. 100
    int quality;
    Subsampling subsampling;
};
// Few, so that viewers share. Qualities are those that TigerVNC has for the highest level of each.
constexpr std::array kJpegClasses = {
    JpegClass{2, 50, 41, Subsampling::kFour},
    JpegClass{5, 79, 77, Subsampling::kTwo},
    JpegClass{7, 89, 86, Subsampling::kNone},
    JpegClass{9, 100, 92, Subsampling::kNone},
};

bool take_level(std::int32_t number,
                std::int32_t level_0,
                std::int32_t highest,
                std::optional<int>& level)
{
    if (number < level_0 || number > level_0 + highest) {
        return false;
    }
    if (!level) {
        level = number - level_0;
    }
    return true;
}

Subsampling subsampling_of(int level)
{
    constexpr std::array kLevels = {Subsampling::kNone,
                                    Subsampling::kFour,
                                    Subsampling::kTwo,
                                    Subsampling::kGrey,
                                    Subsampling::kFour,
                                    Subsampling::kFour};
    return kLevels[static_cast<std::size_t>(level)];
}

const JpegClass& class_of_level(int level)
{
    return *std::find_if(kJpegClasses.begin(), kJpegClasses.end(), [&](const JpegClass& each) {
        return level <= each.highest_level;
    });
}

const JpegClass& class_of_fine_quality(int quality)
{
    return *std::find_if(kJpegClasses.begin(), kJpegClasses.end(), [&](const JpegClass& each) {
        return quality <= each.highest_fine_quality;
    });
}

} // namespace

void EncodingSet::add(std::int32_t number)
{
    // Any number may come; the tables know those that have a name.
    // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange)
    const auto encoding = static_cast<Encoding>(number);
    const bool is_kept = encoding == Encoding::kCopyRect ||
                         std::count(kPixelEncodings.begin(), kPixelEncodings.end(), encoding) > 0 ||
                         std::count(kJpegCarriers.begin(), kJpegCarriers.end(), encoding) > 0;
    if (is_kept && !lists(encoding)) {
        listed_.at(listed_count_++) = encoding;
        return;
    }
    std::optional<int> subsampling;
    if (take_level(number, kQualityLevel0, kHighestLevel, quality_level_) ||
        take_level(number, kCompressionLevel0, kHighestLevel, compression_level_) ||
        take_level(number, kFineQuality0, kHighestFineQuality, fine_quality_)) {
        return;
    }
    if (take_level(number, kSubsampling0, kHighestSubsampling, subsampling)) {
        subsampling_ = subsampling_.value_or(subsampling_of(*subsampling));
        return;
    }
    // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange)
    pseudo_encodings_ |= bit_of(static_cast<PseudoEncoding>(number));
}

bool EncodingSet::lists(Encoding encoding) const
{
    const auto end = listed_.begin() + static_cast<std::ptrdiff_t>(listed_count_);
    return std::find(listed_.begin(), end, encoding) != end;
}

Encoding EncodingSet::preferred(std::optional<Encoding> without) const
{
    for (std::size_t i = 0; i < listed_count_; ++i) {
        const Encoding encoding = listed_[i];
        const bool is_sent =
            std::count(kPixelEncodings.begin(), kPixelEncodings.end(), encoding) > 0;
        if (is_sent && encoding != without) {
            const bool is_tight = encoding == Encoding::kTight || encoding == Encoding::kTightPng;
            const bool has_better = lists(Encoding::kZrle) && without != Encoding::kZrle;
            if (is_tight && has_better) {
                return Encoding::kZrle;
            }
            const bool is_no_vnc = lists(Encoding::kTightPng) && without != Encoding::kTightPng;
            return is_tight && is_no_vnc ? Encoding::kTightPng : encoding;
        }
    }
    return Encoding::kRaw;
}

EncodeSettings EncodingSet::settings(std::optional<Encoding> without) const
{
    EncodeSettings settings(preferred(without));
    // noVNC lists TightPNG, and knows no gradient before 1.5.
    settings.tight_gradient = lists(Encoding::kTight) && !lists(Encoding::kTightPng);
    if (compression_level_ && *compression_level_ <= kFastLevel) {
        settings.most_effort = Effort::kFast;
    }
    if (!quality_level_ && !fine_quality_) {
        return settings;
    }
    const auto carrier = std::find_if(kJpegCarriers.begin(),
                                      kJpegCarriers.end(),
                                      [&](Encoding encoding) { return lists(encoding); });
    if (carrier == kJpegCarriers.end()) {
        return settings;
    }
    const JpegClass& jpeg =
        fine_quality_ ? class_of_fine_quality(*fine_quality_) : class_of_level(*quality_level_);
    settings.lossy = *carrier;
    settings.jpeg_quality = jpeg.quality;
    settings.subsampling = subsampling_.value_or(jpeg.subsampling);
    return settings;
}

void EncodingSet::add_wire(ByteView numbers)
{
    ByteReader in(numbers, "SetEncodings");
    while (in.remaining() > 0) {
        add(in.s32());
    }
}

bool EncodingSet::has(PseudoEncoding encoding) const
{
    return (pseudo_encodings_ & bit_of(encoding)) != 0;
}

} // namespace covnc
