#include "encodings/deflate_stream.h"

#include <zlib.h>

#include <array>
#include <new>
#include <stdexcept>

namespace covnc {

namespace {

constexpr int kRawWindowBits = -15; // negative: no zlib header; every decoder keeps 32 KiB
constexpr int kDefaultMemoryLevel = 8;

// Level 6 looks for a match in up to 128 places; half of them find nearly as much in screens: a
// tenth less CPU for half a percent more bytes (docs/performance.md, "Deflate").
constexpr int kTunedLevel = 6;
constexpr int kGoodLength = 8; // this and the next two are level 6's own
constexpr int kLazyLength = 16;
constexpr int kNiceLength = 128;
constexpr int kMostPlaces = 64;

class ZlibStream final : public DeflateStream
{
public:
    explicit ZlibStream(int level)
    {
        const int result = deflateInit2(
            &stream_, level, Z_DEFLATED, kRawWindowBits, kDefaultMemoryLevel, Z_DEFAULT_STRATEGY);
        if (result == Z_MEM_ERROR) {
            throw std::bad_alloc();
        }
        if (result != Z_OK) {
            throw std::logic_error("zlib refused to start a deflate stream");
        }
        if (level == kTunedLevel) {
            deflateTune(&stream_, kGoodLength, kLazyLength, kNiceLength, kMostPlaces);
        }
    }
    ~ZlibStream() override { deflateEnd(&stream_); }

    void
    run(std::span<const std::uint8_t> data, bool flush, std::vector<std::uint8_t>& out) override
    {
        std::array<std::uint8_t, 16384> chunk;
        // zlib reads only, but its pointer is not const.
        stream_.next_in = const_cast<Bytef*>(data.data());
        stream_.avail_in = static_cast<uInt>(data.size());
        do {
            stream_.next_out = chunk.data();
            stream_.avail_out = static_cast<uInt>(chunk.size());
            const int result = deflate(&stream_, flush ? Z_SYNC_FLUSH : Z_NO_FLUSH);
            // Z_BUF_ERROR: the call before filled the chunk to its last byte and nothing was left.
            if (result != Z_OK && result != Z_BUF_ERROR) {
                throw std::logic_error("zlib lost its deflate stream");
            }
            out.insert(out.end(), chunk.data(), stream_.next_out);
        } while (stream_.avail_out == 0);
    }

private:
    z_stream stream_{}; // zlib's state points back at it
};

} // namespace

std::unique_ptr<DeflateStream> make_zlib_stream(int level)
{
    return std::make_unique<ZlibStream>(level);
}

} // namespace covnc
