// What the parts of the tests' decoder share. One thread.
#pragma once

#include "tests/support/decoder.h"

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

} // namespace covnc::test
