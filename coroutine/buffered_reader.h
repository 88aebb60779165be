// Small reads from a stream without a system call each. Loop thread only.
#pragma once

#include "coroutine/stream.h"

#include <vector>

namespace covnc {

class BufferedReader
{
public:
    static constexpr std::size_t kCapacity = 1024;

    // The stream must live longer. capacity: bytes that are read ahead at most; it is allocated.
    explicit BufferedReader(Stream& stream, std::size_t capacity = kCapacity)
        : stream_(&stream),
          buffer_(capacity)
    {}

    // From now on reads from this stream; what is buffered stays. No read may be running.
    void read_from(Stream& stream) { stream_ = &stream; }

    // Each suspends until there is enough. Throws Disconnected at the end of the stream, Cancelled.
    Task<std::uint8_t> read_byte();
    Task<> read_exact(std::span<std::uint8_t> out);
    // The same, but nothing behind it is read ahead: somebody else reads the stream from there on.
    Task<> read_no_further(std::span<std::uint8_t> out);
    Task<> skip(std::uint64_t count);
    // At least one byte, at most out.size(): what is buffered, else what the stream has; 0 at its
    // end.
    Task<std::size_t> read_some(std::span<std::uint8_t> out);

    // Overwrites what has been read already: it was secret.
    void wipe_taken() noexcept;

    // Bytes that have been received but not asked for.
    std::size_t buffered() const { return end_ - begin_; }

private:
    // Waits for at least one byte in the buffer.
    Task<> fill();
    std::size_t take(std::span<std::uint8_t> out) noexcept;

    Stream* stream_;
    std::vector<std::uint8_t> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

} // namespace covnc
