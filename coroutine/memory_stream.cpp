#include "coroutine/memory_stream.h"

#include "coroutine/combinators.h"
#include "coroutine/gather.h"

#include <algorithm>

namespace covnc {

std::size_t MemoryPipe::limit(std::size_t wanted) const
{
    return script_.step ? std::min(wanted, script_.step()) : wanted;
}

bool MemoryPipe::is_readable() const
{
    return broken_ || (!stalled_ && (closed_ || !buffer_.empty()));
}

bool MemoryPipe::is_writable() const
{
    return closed_ || broken_ || buffer_.size() < script_.capacity;
}

void MemoryPipe::update() noexcept
{
    if (is_readable()) {
        readable_.set();
    } else {
        readable_.reset();
    }
    if (is_writable()) {
        writable_.set();
    } else {
        writable_.reset();
    }
}

Task<std::size_t> MemoryPipe::read_some(std::span<std::uint8_t> buffer)
{
    while (!is_readable()) {
        co_await readable_.wait();
    }
    if (broken_) {
        throw Disconnected("cannot read: broken by the script");
    }
    const std::size_t there = std::min(buffer.size(), buffer_.size());
    const std::size_t count = there == 0 ? 0 : limit(there);
    const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(buffer_.begin(), end, buffer.begin());
    buffer_.erase(buffer_.begin(), end);
    update();
    co_return count;
}

Task<> MemoryPipe::wait_for_room()
{
    while (!is_writable()) {
        co_await writable_.wait();
    }
}

Task<std::size_t> MemoryPipe::write_some(ByteView bytes, Duration stall)
{
    co_await with_timeout(stall, wait_for_room());
    const bool used_up = script_.break_after && written_ >= *script_.break_after;
    broken_ = broken_ || used_up;
    if (closed_ || broken_) {
        update();
        throw Disconnected("cannot write: the other end is gone");
    }
    std::size_t count = limit(std::min(bytes.size(), script_.capacity - buffer_.size()));
    if (script_.break_after) {
        count = std::min<std::uint64_t>(count, *script_.break_after - written_);
    }
    buffer_.insert(
        buffer_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    written_ += count;
    broken_ = script_.break_after && written_ >= *script_.break_after;
    update();
    co_return count;
}

void MemoryPipe::close() noexcept
{
    closed_ = true;
    update();
}

void MemoryPipe::set_stalled(bool stalled)
{
    stalled_ = stalled;
    update();
}

MemoryStream::~MemoryStream()
{
    in_->close();
    out_->close();
}

Task<std::size_t> MemoryStream::read_some(std::span<std::uint8_t> buffer)
{
    return in_->read_some(buffer);
}

Task<> MemoryStream::write_all(std::span<const ByteView> pieces)
{
    GatherCursor cursor(pieces);
    while (!cursor.is_done()) {
        const std::size_t count = co_await out_->write_some(cursor.front(), write_stall());
        count_written(count);
        cursor.advance(count);
    }
}

std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>>
make_memory_streams(MemoryPipeScript forward, MemoryPipeScript backward)
{
    const auto there = std::make_shared<MemoryPipe>(std::move(forward));
    const auto back = std::make_shared<MemoryPipe>(std::move(backward));
    return {std::make_unique<MemoryStream>(back, there, "memory:first"),
            std::make_unique<MemoryStream>(there, back, "memory:second")};
}

} // namespace covnc
