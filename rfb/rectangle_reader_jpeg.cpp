// Where a picture of the JPEG encoding ends: it has no length of its own.
#include "rfb/rectangle_reader.h"

namespace covnc {

namespace {

// ITU-T T.81, table B.1.
constexpr unsigned kStartOfImage = 0xd8;
constexpr unsigned kEndOfImage = 0xd9;
constexpr unsigned kStartOfScan = 0xda;

// All but TEM and the restarts.
bool has_segment(unsigned marker)
{
    return marker != 1 && (marker < 0xd0 || marker > 0xd7);
}

} // namespace

void RectangleReader::check_jpeg_length(std::uint64_t limit) const
{
    if (bytes_ > limit) {
        throw ProtocolError("a JPEG picture goes on after " + std::to_string(limit) + " bytes");
    }
}

// No length says where the picture ends: marker after marker until the last one.
Task<> RectangleReader::read_jpeg(std::uint64_t limit)
{
    const unsigned start = co_await read_jpeg_marker(limit);
    if (start != kStartOfImage) {
        throw ProtocolError("a JPEG picture does not begin as one");
    }
    unsigned marker = co_await read_jpeg_marker(limit);
    while (marker != kEndOfImage) {
        if (has_segment(marker)) {
            co_await read_jpeg_segment(limit);
        }
        if (marker == kStartOfScan) {
            marker = co_await read_jpeg_scan(limit);
        } else {
            marker = co_await read_jpeg_marker(limit);
        }
    }
}

Task<unsigned> RectangleReader::read_jpeg_marker(std::uint64_t limit)
{
    unsigned byte = co_await take_byte();
    if (byte != 0xff) {
        throw ProtocolError("a JPEG picture has no marker where one must be");
    }
    while (byte == 0xff) {
        check_jpeg_length(limit);
        byte = co_await take_byte();
    }
    co_return byte;
}

Task<> RectangleReader::read_jpeg_segment(std::uint64_t limit)
{
    const unsigned high = co_await take_byte();
    const unsigned low = co_await take_byte();
    const unsigned length = high << 8U | low; // its own bytes included
    if (length < 2) {
        throw ProtocolError("a JPEG segment of " + std::to_string(length) + " bytes");
    }
    co_await take(length - 2);
    check_jpeg_length(limit);
}

// Compressed data, in which 0xff is followed by 0 or a restart. Returns the marker that ends it.
Task<unsigned> RectangleReader::read_jpeg_scan(std::uint64_t limit)
{
    bool after_ff = false;
    for (;;) {
        const unsigned byte = co_await take_byte();
        check_jpeg_length(limit);
        if (after_ff && byte != 0 && byte != 0xff && has_segment(byte)) {
            co_return byte;
        }
        after_ff = byte == 0xff;
    }
}

} // namespace covnc
