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
    PseudoEncoding::kLibVncLedState,
};
static_assert(kPseudoEncodings.size() <= 32, "one bit each in a U32");

// 0 for one that is not in the table.
std::uint32_t bit_of(PseudoEncoding encoding)
{
    const auto found = std::find(kPseudoEncodings.begin(), kPseudoEncodings.end(), encoding);
    return found == kPseudoEncodings.end() ? 0 : 1U << (found - kPseudoEncodings.begin());
}

bool take_level(std::int32_t number, std::int32_t level_0, std::optional<int>& level)
{
    if (number < level_0 || number > level_0 + kHighestLevel) {
        return false;
    }
    if (!level) {
        level = number - level_0;
    }
    return true;
}

} // namespace

void EncodingSet::add(std::int32_t number)
{
    switch (number) {
    case static_cast<std::int32_t>(Encoding::kRaw):
        return;
    case static_cast<std::int32_t>(Encoding::kCopyRect):
        copy_rect_ = true;
        return;
    case static_cast<std::int32_t>(Encoding::kHextile):
    case static_cast<std::int32_t>(Encoding::kZrle):
        if (preferred_ == Encoding::kRaw) {
            preferred_ = static_cast<Encoding>(number);
        }
        return;
    default:
        break;
    }
    if (take_level(number, kQualityLevel0, quality_level_) ||
        take_level(number, kCompressionLevel0, compression_level_)) {
        return;
    }
    // Any number may come; bit_of() knows those that have a name.
    // NOLINTNEXTLINE(clang-analyzer-optin.core.EnumCastOutOfRange)
    pseudo_encodings_ |= bit_of(static_cast<PseudoEncoding>(number));
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
