// Two ends of a connection in memory, for tests: bounded buffers, short reads and writes as a
// script wants them, errors at a chosen byte. Loop thread only.
#pragma once

#include "coroutine/event.h"
#include "coroutine/stream.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace covnc {

// How one direction behaves. All limits are bytes.
struct MemoryPipeScript
{
    std::size_t capacity = 65536; // a writer waits while this much is unread
    // How many bytes one read or write may move at most; asked anew each time. Must be positive.
    std::function<std::size_t()> step;
    // After this many bytes have been written the pipe breaks: reader and writer get Disconnected.
    std::optional<std::uint64_t> break_after;
};

class MemoryPipe
{
public:
    explicit MemoryPipe(MemoryPipeScript script) : script_(std::move(script)) {}

    // As Stream::read_some().
    Task<std::size_t> read_some(std::span<std::uint8_t> buffer);
    // Writes at least one byte, returns how many. Suspends while the pipe is full. Throws
    // Disconnected, Cancelled, TimedOut after `stall`.
    Task<std::size_t> write_some(ByteView bytes, Duration stall);
    void close() noexcept;
    // A reader that stops reading: nothing is delivered until resumed, not even the end.
    void set_stalled(bool stalled);
    std::uint64_t written() const { return written_; }

private:
    std::size_t limit(std::size_t wanted) const;
    void update() noexcept;
    bool is_readable() const;
    bool is_writable() const;
    Task<> wait_for_room();

    MemoryPipeScript script_;
    std::deque<std::uint8_t> buffer_;
    Event readable_;
    Event writable_;
    std::uint64_t written_ = 0;
    bool closed_ = false;
    bool broken_ = false;
    bool stalled_ = false;
};

class MemoryStream final : public Stream
{
public:
    using Stream::write_all;

    MemoryStream(std::shared_ptr<MemoryPipe> in, std::shared_ptr<MemoryPipe> out, std::string peer)
        : in_(std::move(in)),
          out_(std::move(out)),
          peer_(std::move(peer))
    {}
    ~MemoryStream() override;
    MemoryStream(const MemoryStream&) = delete;
    MemoryStream& operator=(const MemoryStream&) = delete;

    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override;
    Task<> write_all(std::span<const ByteView> pieces) override;
    void shutdown_write() noexcept override { out_->close(); }
    std::string peer() const override { return peer_; }
    std::string peer_address() const override { return peer_address_; }
    void set_peer_address(std::string address) { peer_address_ = std::move(address); }

    MemoryPipe& in() { return *in_; }
    MemoryPipe& out() { return *out_; }

private:
    std::shared_ptr<MemoryPipe> in_;
    std::shared_ptr<MemoryPipe> out_;
    std::string peer_;
    std::string peer_address_;
};

// first: the end whose writes follow `forward`; second: the one whose writes follow `backward`.
std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>>
make_memory_streams(MemoryPipeScript forward = {}, MemoryPipeScript backward = {});

} // namespace covnc
