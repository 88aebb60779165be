// What a deflate library must do for DeflateUnit. Internal to encodings/. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace covnc {

// Raw deflate with a window of 32 KiB that is empty at first.
class DeflateStream
{
public:
    DeflateStream() = default;
    DeflateStream(const DeflateStream&) = delete;
    DeflateStream& operator=(const DeflateStream&) = delete;
    virtual ~DeflateStream() = default;

    // Appends to `out` what comes out for `data`, which may be nothing yet; with `flush` all of it,
    // up to a byte boundary, as a sync flush does.
    virtual void
    run(std::span<const std::uint8_t> data, bool flush, std::vector<std::uint8_t>& out) = 0;
};

// level: 1 .. 9. Throws std::bad_alloc.
std::unique_ptr<DeflateStream> make_zlib_stream(int level);

// ISA-L's igzip, where covnc was built with it.
bool has_isal();
// level: 1 .. 3. Only where has_isal(). Throws std::bad_alloc.
std::unique_ptr<DeflateStream> make_isal_stream(int level);

} // namespace covnc
