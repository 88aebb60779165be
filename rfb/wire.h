// Big-endian numbers to and from bytes: the only place that knows the byte order of RFB
// (rfbproto.rst, "Representation of Numbers"). Any thread; an object belongs to one.
#pragma once

#include "encodings/geometry.h"
#include "rfb/errors.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace covnc {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

// Appends to a buffer that it borrows.
class ByteWriter
{
public:
    explicit ByteWriter(Bytes& out) : out_(out) {}

    void u8(std::uint8_t value) { out_.push_back(value); }
    void u16(std::uint16_t value)
    {
        u8(static_cast<std::uint8_t>(value >> 8U));
        u8(static_cast<std::uint8_t>(value & 0xffU));
    }
    void u32(std::uint32_t value)
    {
        u16(static_cast<std::uint16_t>(value >> 16U));
        u16(static_cast<std::uint16_t>(value & 0xffffU));
    }
    void s32(std::int32_t value) { u32(static_cast<std::uint32_t>(value)); }
    void padding(std::size_t count) { out_.insert(out_.end(), count, std::uint8_t{0}); }
    void bytes(ByteView value) { out_.insert(out_.end(), value.begin(), value.end()); }
    void text(std::string_view value) { out_.insert(out_.end(), value.begin(), value.end()); }

    // A position or a side as U16. Throws std::out_of_range outside 0 .. 65535: a bug of ours.
    void coordinate(std::int32_t value)
    {
        if (value < 0 || value > 0xffff) {
            throw std::out_of_range("coordinate " + std::to_string(value) + " has no U16 form");
        }
        u16(static_cast<std::uint16_t>(value));
    }
    void point(Point value)
    {
        coordinate(value.x);
        coordinate(value.y);
    }
    void size(Size value)
    {
        coordinate(value.width);
        coordinate(value.height);
    }
    void rect(const Rect& value)
    {
        point(value.origin());
        size(value.size());
    }

private:
    Bytes& out_;
};

// Reads from bytes that it borrows. Every read throws ProtocolError, and takes nothing, when fewer
// bytes are left than it wants.
class ByteReader
{
public:
    // name: of the message, for the error's text; must outlive the reader.
    ByteReader(ByteView bytes, std::string_view name) : rest_(bytes), name_(name) {}

    std::uint8_t u8() { return bytes(1)[0]; }
    std::uint16_t u16()
    {
        const ByteView b = bytes(2);
        return static_cast<std::uint16_t>(b[0] << 8U | b[1]);
    }
    std::uint32_t u32()
    {
        const ByteView b = bytes(4);
        return std::uint32_t{b[0]} << 24U | std::uint32_t{b[1]} << 16U | std::uint32_t{b[2]} << 8U |
               std::uint32_t{b[3]};
    }
    std::int32_t s32() { return static_cast<std::int32_t>(u32()); }
    void skip(std::size_t count) { bytes(count); }

    ByteView bytes(std::size_t count)
    {
        if (count > rest_.size()) {
            throw ProtocolError(std::string(name_) + " is cut short: " + std::to_string(count) +
                                " bytes wanted, " + std::to_string(rest_.size()) + " left");
        }
        const ByteView taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }

    Point point()
    {
        const std::int32_t x = u16();
        const std::int32_t y = u16();
        return {x, y};
    }
    Size size()
    {
        const std::int32_t width = u16();
        const std::int32_t height = u16();
        return {width, height};
    }
    Rect rect()
    {
        const Point origin = point();
        const Size extent = size();
        return {origin.x, origin.y, extent.width, extent.height};
    }

    std::size_t remaining() const { return rest_.size(); }
    // Throws ProtocolError unless everything has been read.
    void expect_end() const
    {
        if (!rest_.empty()) {
            throw ProtocolError(std::string(name_) + " is too long by " +
                                std::to_string(rest_.size()) + " bytes");
        }
    }

private:
    ByteView rest_;
    std::string_view name_;
};

} // namespace covnc
