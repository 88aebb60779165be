// Stream: bytes both ways, whatever carries them (socket, memory, TLS, WebSocket).
//
// At most one read and one write at a time; a read and a write may overlap. After a write was
// cancelled or has failed the stream is unusable for writing: part of it may be out. Loop thread.
#pragma once

#include "coroutine/clock.h"
#include "coroutine/task.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace covnc {

// The peer is gone: end of stream in the middle of something, connection reset, broken pipe.
class Disconnected : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

using ByteView = std::span<const std::uint8_t>;

class Stream
{
public:
    virtual ~Stream() = default;

    // Reads at least one byte, at most buffer.size(); 0 at the end of the stream. The buffer must
    // live until then. Suspends while nothing is there. Throws Disconnected, Cancelled.
    virtual Task<std::size_t> read_some(std::span<std::uint8_t> buffer) = 0;

    // Writes all pieces, in order. Pieces and their bytes must live until then. Suspends while the
    // peer takes nothing; after write_stall() without a byte taken throws TimedOut. Throws
    // Disconnected, Cancelled.
    virtual Task<> write_all(std::span<const ByteView> pieces) = 0;

    // No more writes; the peer sees the end of the stream after what was written.
    virtual void shutdown_write() noexcept = 0;

    // The orderly end: the same behind what layers have to say at their end. As write_all().
    virtual Task<> finish();

    // Who is at the other end, for logs: "127.0.0.1:50312", "unix:uid 1000".
    virtual std::string peer() const = 0;

    // The same without what differs from one connection of theirs to the next: "127.0.0.1". Empty
    // where there is no address to tell peers apart by, as for a unix socket.
    virtual std::string peer_address() const { return {}; }

    // Whether nobody else on the way can read along: encrypted, or never outside of this machine.
    virtual bool is_confidential() const { return false; }

    // Fills the whole buffer. Throws Disconnected where the stream ends before.
    Task<> read_exact(std::span<std::uint8_t> buffer);
    Task<> write_all(ByteView bytes);

    virtual Duration write_stall() const { return write_stall_; }
    virtual void set_write_stall(Duration limit) { write_stall_ = limit; }
    // Bytes that write_all() has handed on so far: whether a peer takes anything.
    virtual std::uint64_t bytes_written() const { return bytes_written_; }
    // Of those, bytes that have not reached the peer's system, as far as ours can tell.
    virtual std::uint64_t undelivered() const { return 0; }

protected:
    void count_written(std::size_t count) { bytes_written_ += count; }

private:
    std::uint64_t bytes_written_ = 0;
    Duration write_stall_ = std::chrono::hours(24);
};

// A stream that is carried by another one, which must live longer.
class StreamLayer : public Stream
{
public:
    std::string peer() const override { return inner_.peer(); }
    std::string peer_address() const override { return inner_.peer_address(); }
    bool is_confidential() const override { return inner_.is_confidential(); }
    // Both of the stream below: what reached the socket, encrypted and framed.
    std::uint64_t bytes_written() const override { return inner_.bytes_written(); }
    std::uint64_t undelivered() const override { return inner_.undelivered(); }
    // Of the stream below, which is the one that waits.
    Duration write_stall() const override { return inner_.write_stall(); }
    void set_write_stall(Duration limit) override { inner_.set_write_stall(limit); }

protected:
    explicit StreamLayer(Stream& inner) : inner_(inner) {}
    Stream& inner() { return inner_; }

private:
    Stream& inner_;
};

} // namespace covnc
