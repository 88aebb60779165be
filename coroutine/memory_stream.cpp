#include "coroutine/memory_stream.h"

#include "coroutine/combinators.h"
#include "coroutine/gather.h"

#include <algorithm>

namespace covnc {

std::size_t MemoryPipe::limit(std::size_t wanted) const
{
    return script_.step ? std::min(wanted, script_.step()) : wanted;
}

void MemoryPipe::update() noexcept
{
    const bool ended = closed_ || broken_;
    if (ended || (!buffer_.empty() && !stalled_)) {
        readable_.set();
    } else {
        readable_.reset();
    }
    if (ended || buffer_.size() < script_.capacity) {
        writable_.set();
    } else {
        writable_.reset();
    }
}

Task<std::size_t> MemoryPipe::read_some(std::span<std::uint8_t> buffer)
{
    update();
    co_await readable_.wait();
    if (broken_) {
        throw Disconnected("cannot read: broken by the script");
    }
    const std::size_t count = limit(std::min(buffer.size(), buffer_.size()));
    const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(buffer_.begin(), end, buffer.begin());
    buffer_.erase(buffer_.begin(), end);
    update();
    co_return count;
}

Task<> MemoryPipe::wait_for_room()
{
    update();
    co_await writable_.wait();
}

Task<> MemoryPipe::write_all(std::span<const ByteView> pieces, Duration stall)
{
    GatherCursor cursor(pieces);
    while (!cursor.is_done()) {
        co_await with_timeout(stall, wait_for_room());
        if (closed_ || broken_) {
            throw Disconnected("cannot write: the other end is gone");
        }
        const ByteView rest = cursor.front();
        std::size_t count = limit(std::min(rest.size(), script_.capacity - buffer_.size()));
        if (script_.break_after) {
            count = std::min<std::uint64_t>(count, *script_.break_after - written_);
        }
        buffer_.insert(
            buffer_.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(count));
        written_ += count;
        cursor.advance(count);
        broken_ = script_.break_after && written_ >= *script_.break_after;
        update();
    }
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
    co_await out_->write_all(pieces, write_stall());
    for (const ByteView piece : pieces) {
        count_written(piece.size());
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
