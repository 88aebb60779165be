#include "coroutine/buffered_reader.h"

#include <algorithm>

namespace covnc {

Task<> BufferedReader::fill()
{
    begin_ = 0;
    end_ = 0;
    end_ = co_await stream_.read_some(buffer_);
    if (end_ == 0) {
        throw Disconnected("the peer closed the connection");
    }
}

std::size_t BufferedReader::take(std::span<std::uint8_t> out) noexcept
{
    const std::size_t count = std::min(out.size(), buffered());
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), count, out.begin());
    begin_ += count;
    return count;
}

Task<std::uint8_t> BufferedReader::read_byte()
{
    if (buffered() == 0) {
        co_await fill();
    }
    co_return buffer_[begin_++];
}

Task<> BufferedReader::read_exact(std::span<std::uint8_t> out)
{
    std::size_t filled = 0;
    while (filled < out.size()) {
        if (buffered() == 0) {
            co_await fill();
        }
        filled += take(out.subspan(filled));
    }
}

Task<> BufferedReader::skip(std::uint64_t count)
{
    while (count > 0) {
        if (buffered() == 0) {
            co_await fill();
        }
        const std::uint64_t here = std::min<std::uint64_t>(count, buffered());
        begin_ += static_cast<std::size_t>(here);
        count -= here;
    }
}

} // namespace covnc
