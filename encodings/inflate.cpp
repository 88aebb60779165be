#include "encodings/inflate.h"

#include "encodings/decode_error.h"

#include <algorithm>
#include <new>

namespace covnc {

InflateStream::~InflateStream()
{
    if (is_open_) {
        inflateEnd(&stream_);
    }
}

void InflateStream::reset()
{
    if (is_open_) {
        inflateReset(&stream_);
    }
}

std::span<const std::uint8_t> InflateStream::inflate(std::span<const std::uint8_t> data,
                                                     std::size_t limit)
{
    if (!is_open_) {
        if (inflateInit(&stream_) != Z_OK) {
            throw std::bad_alloc();
        }
        is_open_ = true;
    }
    // Never more than is really there, so that a small message cannot claim a large buffer.
    constexpr std::size_t kStep = 65536;
    std::size_t filled = 0;
    stream_.next_in = const_cast<Bytef*>(data.data()); // zlib does not write there
    stream_.avail_in = static_cast<uInt>(data.size());
    for (;;) {
        if (filled == out_.size()) {
            out_.resize(std::min(filled + std::max(filled, kStep), limit + 1));
        }
        stream_.next_out = out_.data() + filled;
        stream_.avail_out = static_cast<uInt>(out_.size() - filled);
        const int result = ::inflate(&stream_, Z_SYNC_FLUSH);
        filled = out_.size() - stream_.avail_out;
        if (filled > limit) {
            throw DecodeError("zlib data inflates to more than its rectangle can hold");
        }
        if (result == Z_STREAM_END || (result == Z_BUF_ERROR && stream_.avail_out != 0)) {
            break;
        }
        if (result != Z_OK && result != Z_BUF_ERROR) {
            throw DecodeError("zlib data is damaged");
        }
        if (stream_.avail_in == 0 && stream_.avail_out != 0) {
            break;
        }
    }
    return std::span(out_).first(filled);
}

std::vector<std::uint8_t> inflate_beginning(std::span<const std::uint8_t> data, std::size_t most)
{
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) {
        throw std::bad_alloc();
    }
    constexpr std::size_t kStep = 16384;
    std::vector<std::uint8_t> out;
    stream.next_in = const_cast<Bytef*>(data.data()); // zlib does not write there
    stream.avail_in = static_cast<uInt>(data.size());
    std::size_t filled = 0;
    int result = Z_OK;
    while (result == Z_OK && filled < most) {
        out.resize(std::min(filled + std::max(filled, kStep), most));
        stream.next_out = out.data() + filled;
        stream.avail_out = static_cast<uInt>(out.size() - filled);
        result = ::inflate(&stream, Z_SYNC_FLUSH);
        filled = out.size() - stream.avail_out;
    }
    inflateEnd(&stream);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        throw DecodeError("zlib data is damaged");
    }
    out.resize(filled);
    return out;
}

} // namespace covnc
