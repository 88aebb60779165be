// The compressed stream of one update: raw deflate (RFC 1951) that refers to nothing before the
// update, so that every connection can get it after anything else. See docs/architecture.md,
// "Encode once, deliver to many". One thread at a time; a unit belongs to the update being encoded.
#pragma once

#include "encodings/encode.h"

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace covnc {

// The window is empty at first and continues from rectangle to rectangle. No zlib header, no final
// block, no checksum: a decoder's stream goes on with the next update.
class DeflateUnit
{
public:
    // Throws std::bad_alloc.
    explicit DeflateUnit(Effort effort);
    // level: zlib's, 1 .. 9.
    explicit DeflateUnit(int level);
    // zlib's state points back at the z_stream.
    DeflateUnit(const DeflateUnit&) = delete;
    DeflateUnit& operator=(const DeflateUnit&) = delete;
    ~DeflateUnit();

    // Compresses data and appends to `out` what comes out, which may be nothing yet.
    void write(std::span<const std::uint8_t> data, std::vector<std::uint8_t>& out);
    // Appends the rest of what was written, up to a byte boundary from which a decoder has it all.
    void flush(std::vector<std::uint8_t>& out);

    // Bytes that come out at most for `size` bytes and one flush. zlib's own bound is size / 4096
    // and some bytes; this leaves room for a block that was cut short before it.
    static std::size_t bound(std::size_t size) { return size + size / 1024 + 64; }

private:
    void run(std::span<const std::uint8_t> data, int flush, std::vector<std::uint8_t>& out);

    z_stream stream_{};
};

} // namespace covnc
