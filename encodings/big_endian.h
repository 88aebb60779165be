// Appending numbers to a byte vector in the order of the wire (rfbproto.rst, "Representation of
// Numbers"). Internal to encodings/. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace covnc {

inline void append_u16(std::vector<std::uint8_t>& out, std::uint32_t value)
{
    out.push_back(static_cast<std::uint8_t>(value >> 8U));
    out.push_back(static_cast<std::uint8_t>(value));
}

inline void append_u32(std::vector<std::uint8_t>& out, std::uint32_t value)
{
    append_u16(out, value >> 16U);
    append_u16(out, value & 0xffffU);
}

// Overwrites the four bytes at `at`, which are there already.
inline void put_u32(std::vector<std::uint8_t>& out, std::size_t at, std::uint32_t value)
{
    for (std::size_t i = 0; i < 4; ++i) {
        out[at + i] = static_cast<std::uint8_t>(value >> (24U - 8U * i));
    }
}

inline std::uint32_t read_u32(const std::vector<std::uint8_t>& bytes, std::size_t at)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value = value << 8U | bytes[at + i];
    }
    return value;
}

} // namespace covnc
