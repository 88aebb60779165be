#include "coroutine/buffered_reader.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace covnc {

namespace {

constexpr const char* kClosed = "the peer closed the connection";

// Where bytes go that nobody wants; what is in it means nothing, so that any number of readers can
// have the kernel write there.
std::span<std::uint8_t> waste()
{
    thread_local std::array<std::uint8_t, 65536> bytes{};
    return bytes;
}

} // namespace

Task<> BufferedReader::fill()
{
    begin_ = 0;
    end_ = 0;
    end_ = co_await stream_->read_some(buffer_);
    if (end_ == 0) {
        throw Disconnected(kClosed);
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
    std::size_t filled = take(out);
    while (filled < out.size()) {
        const std::span<std::uint8_t> rest = out.subspan(filled);
        if (rest.size() < buffer_.size()) {
            co_await fill();
            filled += take(rest);
            continue;
        }
        // Much is wanted: past the buffer.
        const std::size_t count = co_await stream_->read_some(rest);
        if (count == 0) {
            throw Disconnected(kClosed);
        }
        filled += count;
    }
}

Task<> BufferedReader::read_no_further(std::span<std::uint8_t> out)
{
    const std::size_t filled = take(out);
    co_await stream_->read_exact(out.subspan(filled));
}

Task<std::size_t> BufferedReader::read_some(std::span<std::uint8_t> out)
{
    if (buffered() > 0) {
        co_return take(out);
    }
    const std::size_t count = co_await stream_->read_some(out);
    co_return count;
}

void BufferedReader::wipe_taken() noexcept
{
    explicit_bzero(buffer_.data(), begin_);
}

Task<> BufferedReader::skip(std::uint64_t count)
{
    const std::uint64_t here = std::min<std::uint64_t>(count, buffered());
    begin_ += static_cast<std::size_t>(here);
    count -= here;
    while (count >= buffer_.size()) {
        const std::uint64_t most = std::min<std::uint64_t>(count, waste().size());
        const std::span<std::uint8_t> piece = waste().first(static_cast<std::size_t>(most));
        const std::size_t skipped = co_await stream_->read_some(piece);
        if (skipped == 0) {
            throw Disconnected(kClosed);
        }
        count -= skipped;
    }
    while (count > 0) {
        if (buffered() == 0) {
            co_await fill();
        }
        const std::uint64_t next = std::min<std::uint64_t>(count, buffered());
        begin_ += static_cast<std::size_t>(next);
        count -= next;
    }
}

} // namespace covnc
