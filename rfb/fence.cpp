#include "rfb/fence.h"

namespace covnc {

namespace {

constexpr std::string_view kName = "Fence";

} // namespace

static_assert(Fence::kType == static_cast<std::uint8_t>(ClientMessageType::kClientFence));
static_assert(Fence::kType == static_cast<std::uint8_t>(ServerMessageType::kServerFence));

std::size_t Fence::payload_length(ByteView head)
{
    ByteReader in(head, kName);
    in.skip(kHeadSize - 1);
    return in.u8();
}

Fence Fence::parse(ByteView body)
{
    ByteReader in(body, kName);
    in.skip(3);
    Fence fence;
    fence.flags = in.u32();
    const std::size_t length = in.u8();
    if (length > kMaxFencePayload) {
        throw ProtocolError("Fence has a payload of " + std::to_string(length) + " bytes");
    }
    const ByteView payload = in.bytes(length);
    in.expect_end();
    fence.payload.assign(payload.begin(), payload.end());
    return fence;
}

void Fence::write(Bytes& out) const
{
    if (payload.size() > kMaxFencePayload) {
        throw std::length_error("a fence carries at most 64 bytes");
    }
    ByteWriter writer(out);
    writer.u8(kType);
    writer.padding(3);
    writer.u32(flags);
    writer.u8(static_cast<std::uint8_t>(payload.size()));
    writer.bytes(payload);
}

} // namespace covnc
