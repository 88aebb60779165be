// The compressed stream of one update: raw deflate (RFC 1951) that refers to nothing before the
// update, so that every connection can get it after anything else. See docs/architecture.md,
// "Encode once, deliver to many". One thread at a time; a unit belongs to the update being encoded.
#pragma once

#include "encodings/encode.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace covnc {

class DeflateStream;

enum class DeflateLibrary : std::uint8_t {
    kZlib,
    kIsal, // ISA-L's igzip: twice as fast, encoding included; only where covnc was built with it
           // Other processors may get other bytes of it, which mean the same.
};

// What such updates are compressed with: ISA-L where it is there and an update is due, else zlib.
DeflateLibrary deflate_library(Effort effort);

// The window is empty at first and continues from rectangle to rectangle. No zlib header, no final
// block, no checksum: a decoder's stream goes on with the next update.
class DeflateUnit
{
public:
    // Costs nothing until something is written. Throws std::bad_alloc.
    explicit DeflateUnit(Effort effort);
    // With that library, which must have been built in, whatever deflate_library() says.
    DeflateUnit(Effort effort, DeflateLibrary library);
    // With zlib at that level, 1 .. 9.
    explicit DeflateUnit(int level);
    DeflateUnit(const DeflateUnit&) = delete;
    DeflateUnit& operator=(const DeflateUnit&) = delete;
    ~DeflateUnit();

    // Compresses data and appends to `out` what comes out, which may be nothing yet.
    void write(std::span<const std::uint8_t> data, std::vector<std::uint8_t>& out);
    // Appends the rest of what was written, up to a byte boundary from which a decoder has it all.
    void flush(std::vector<std::uint8_t>& out);

    // Bytes that come out at most for `size` bytes and one flush. Of noise zlib makes size / 3200
    // and ISA-L size / 1500 more and some bytes; this leaves room for a block that was cut short.
    static std::size_t bound(std::size_t size) { return size + size / 1024 + 64; }

private:
    DeflateStream& stream();

    int level_;
    DeflateLibrary library_;
    std::unique_ptr<DeflateStream> stream_;
};

} // namespace covnc
