// Bytes of bad messages, written down as they are on the wire. Pure.
#pragma once

#include "rfb/wire.h"

#include <string_view>

namespace covnc::load {

inline Bytes u8(unsigned value)
{
    return {static_cast<std::uint8_t>(value)};
}
inline Bytes u16(unsigned value)
{
    Bytes out;
    ByteWriter(out).u16(static_cast<std::uint16_t>(value));
    return out;
}
inline Bytes u32(std::uint32_t value)
{
    Bytes out;
    ByteWriter(out).u32(value);
    return out;
}
inline Bytes s32(std::int32_t value)
{
    return u32(static_cast<std::uint32_t>(value));
}
inline Bytes text(std::string_view value)
{
    return {value.begin(), value.end()};
}
inline Bytes filled(std::size_t count, unsigned value)
{
    return Bytes(count, static_cast<std::uint8_t>(value));
}
inline Bytes zeros(std::size_t count)
{
    return Bytes(count);
}

// One after the other.
template <typename... Part>
Bytes join(const Part&... parts)
{
    Bytes out;
    (out.insert(out.end(), parts.begin(), parts.end()), ...);
    return out;
}
inline Bytes repeated(const Bytes& piece, std::size_t count)
{
    Bytes out;
    out.reserve(piece.size() * count);
    for (std::size_t i = 0; i < count; ++i) {
        out.insert(out.end(), piece.begin(), piece.end());
    }
    return out;
}

// FramebufferUpdateRequest, whatever the numbers.
inline Bytes request(bool incremental, unsigned x, unsigned y, unsigned width, unsigned height)
{
    return join(u8(3), u8(incremental ? 1 : 0), u16(x), u16(y), u16(width), u16(height));
}
inline Bytes encodings(std::initializer_list<std::int32_t> list)
{
    Bytes out = join(u8(2), u8(0), u16(static_cast<unsigned>(list.size())));
    for (const std::int32_t encoding : list) {
        ByteWriter(out).s32(encoding);
    }
    return out;
}

} // namespace covnc::load
