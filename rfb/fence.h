// ClientFence and ServerFence, which have one form (rfbproto.rst, "ClientFence"). Pure.
#pragma once

#include "rfb/constants.h"
#include "rfb/wire.h"

#include <cstddef>
#include <cstdint>

namespace covnc {

struct Fence
{
    static constexpr std::uint32_t kBlockBefore = 1U << 0U; // what came before is done first
    static constexpr std::uint32_t kBlockAfter = 1U << 1U;  // what comes after waits
    static constexpr std::uint32_t kSyncNext = 1U << 2U;    // the next message acts at the reply
    static constexpr std::uint32_t kRequest = 1U << 31U;    // a reply is wanted
    static constexpr std::uint32_t kKnownFlags = kBlockBefore | kBlockAfter | kSyncNext;
    static constexpr std::uint8_t kType = 248;  // both ways
    static constexpr std::size_t kHeadSize = 8; // after the type: 3 padding, flags, length

    std::uint32_t flags = 0;
    Bytes payload; // at most kMaxFencePayload bytes

    // Length of the payload, from the head (kHeadSize bytes) or more. May exceed kMaxFencePayload:
    // such a fence is skipped without a reply. Throws ProtocolError.
    static std::size_t payload_length(ByteView head);
    // body: head and payload. Throws ProtocolError if they do not fit together, or too long.
    static Fence parse(ByteView body);
    // The whole message. Throws std::length_error for a payload that is too long.
    void write(Bytes& out) const;

    bool is_request() const { return (flags & kRequest) != 0; }
    // What answers this request: the same payload, and those flags that we know.
    Fence reply() const { return {flags & kKnownFlags, payload}; }

    friend bool operator==(const Fence&, const Fence&) = default;
};

} // namespace covnc
