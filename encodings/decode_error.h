// What decoders throw, and the bytes they read. Any thread.
#pragma once

#include "encodings/geometry.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace covnc {

// A rectangle's data is not what its encoding says. The connection cannot go on.
class DecodeError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

// Reads bytes that it borrows, from front to back. Every read throws DecodeError where fewer are
// left.
class DecodeCursor
{
public:
    explicit DecodeCursor(std::span<const std::uint8_t> bytes) : rest_(bytes) {}

    std::span<const std::uint8_t> take(std::size_t count)
    {
        if (count > rest_.size()) {
            throw DecodeError("a rectangle's data ends too early");
        }
        const std::span<const std::uint8_t> taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }
    std::uint8_t u8() { return take(1)[0]; }
    std::uint16_t u16()
    {
        const std::span<const std::uint8_t> b = take(2);
        return static_cast<std::uint16_t>(b[0] << 8U | b[1]);
    }
    std::uint32_t u32()
    {
        const std::uint32_t high = u16();
        return high << 16U | u16();
    }
    std::size_t remaining() const { return rest_.size(); }
    std::span<const std::uint8_t> rest() const { return rest_; }
    void expect_end() const
    {
        if (!rest_.empty()) {
            throw DecodeError("a rectangle's data goes on for " + std::to_string(rest_.size()) +
                              " bytes after its last pixel");
        }
    }

private:
    std::span<const std::uint8_t> rest_;
};

} // namespace covnc
