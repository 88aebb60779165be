// What the tests' decoders have in common. One thread.
#pragma once

#include "encodings/geometry.h"
#include "tests/support/decoder.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace covnc::test {

// Bytes that must be there. Throws DecodeError where they are not.
class ByteReader
{
public:
    explicit ByteReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    std::span<const std::uint8_t> take(std::size_t count)
    {
        if (count > bytes_.size() - at_) {
            throw DecodeError("the data ends too early");
        }
        at_ += count;
        return bytes_.subspan(at_ - count, count);
    }
    std::uint32_t u8() { return take(1)[0]; }
    std::uint32_t u16()
    {
        const std::uint32_t high = u8();
        return high * 256 + u8();
    }
    std::uint32_t u32()
    {
        const std::uint32_t high = u16();
        return high * 65536 + u16();
    }
    std::int32_t coordinate() { return static_cast<std::int32_t>(u16()); }
    std::size_t position() const { return at_; }
    std::size_t remaining() const { return bytes_.size() - at_; }

private:
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

inline void require(bool holds, const char* violation)
{
    if (!holds) {
        throw DecodeError(violation);
    }
}

// Calls use(tile) for the tiles of rect, row by row.
template <typename Function>
void for_each_tile(const Rect& rect, std::int32_t side, Function use)
{
    for (std::int32_t y = rect.y; y < rect.bottom(); y += side) {
        for (std::int32_t x = rect.x; x < rect.right(); x += side) {
            use(Rect{x, y, side, side}.intersected(rect));
        }
    }
}

inline std::size_t area_of(const Rect& rect)
{
    return static_cast<std::size_t>(rect.area());
}

} // namespace covnc::test
