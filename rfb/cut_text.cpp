#include "rfb/cut_text.h"

#include <limits>

namespace covnc {

namespace {

constexpr std::string_view kName = "CutText";
constexpr std::size_t kFlagsSize = 4;
constexpr std::size_t kLongest = std::numeric_limits<std::int32_t>::max();

// The length has to be negated in 64 bits: -2^31 has no counterpart in 32.
std::uint32_t extended_length(std::int32_t length)
{
    const std::int64_t magnitude = -std::int64_t{length};
    if (magnitude < std::int64_t{kFlagsSize} || magnitude > std::int64_t{kLongest}) {
        throw ProtocolError("extended CutText has the impossible length " + std::to_string(length));
    }
    return static_cast<std::uint32_t>(magnitude);
}

} // namespace

CutTextHead CutTextHead::parse(ByteView head, bool extended_allowed)
{
    ByteReader in(head, kName);
    in.skip(3);
    const std::int32_t length = in.s32();
    if (length >= 0) {
        return {false, static_cast<std::uint32_t>(length)};
    }
    if (!extended_allowed) {
        throw ProtocolError("CutText has the length " + std::to_string(length) +
                            " without the extended clipboard");
    }
    return {true, extended_length(length)};
}

CutText CutText::parse(ByteView body, bool extended_allowed)
{
    const CutTextHead head = CutTextHead::parse(body, extended_allowed);
    if (head.is_too_long()) {
        throw ProtocolError("CutText has " + std::to_string(head.length) + " bytes");
    }
    ByteReader in(body, kName);
    in.skip(CutTextHead::kSize);
    const ByteView content = in.bytes(head.length);
    in.expect_end();
    return {head.extended, Bytes(content.begin(), content.end())};
}

void CutText::write_as(Bytes& out, std::uint8_t type) const
{
    if (bytes.size() > kLongest || (extended && bytes.size() < kFlagsSize)) {
        throw std::length_error("a cut text has no length of " + std::to_string(bytes.size()));
    }
    const auto length = static_cast<std::int32_t>(bytes.size());
    ByteWriter writer(out);
    writer.u8(type);
    writer.padding(3);
    writer.s32(extended ? -length : length);
    writer.bytes(bytes);
}

} // namespace covnc
