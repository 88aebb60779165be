// A connection's zlib stream, as a viewer keeps it from rectangle to rectangle (RFC 1950). One
// thread at a time.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace covnc {

class InflateStream
{
public:
    InflateStream() = default;
    // zlib's state points back at the z_stream.
    InflateStream(const InflateStream&) = delete;
    InflateStream& operator=(const InflateStream&) = delete;
    ~InflateStream();

    // What `data` inflates to, at most `limit` bytes; valid until the next call. Memory is taken at
    // the first call only. Throws DecodeError for data that is no such stream or inflates to more.
    std::span<const std::uint8_t> inflate(std::span<const std::uint8_t> data, std::size_t limit);
    // The next call starts a new stream.
    void reset();

private:
    z_stream stream_{};
    bool is_open_ = false;
    std::vector<std::uint8_t> out_;
};

// The first `most` bytes of what a whole zlib stream inflates to, or all where it has fewer; the
// rest is not looked at, nor is the stream's end wanted. Throws DecodeError for data that is no
// such stream.
std::vector<std::uint8_t> inflate_beginning(std::span<const std::uint8_t> data, std::size_t most);

} // namespace covnc
