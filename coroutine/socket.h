// A connected stream socket, TCP or unix. Loop thread only.
#pragma once

#include "coroutine/descriptor.h"
#include "coroutine/endpoint.h"
#include "coroutine/stream.h"

#include <memory>
#include <optional>

namespace covnc {

class GatherCursor;

class Socket final : public Stream
{
public:
    using Stream::write_all;

    // Takes a connected socket and makes it non-blocking. Throws std::system_error.
    Socket(EventLoop& loop, FileDescriptor fd, std::string peer);

    // Tries every address of the endpoint in turn; suspends until connected. Throws
    // std::system_error (the last address's), EndpointError, Cancelled. No time limit of its own.
    static Task<std::unique_ptr<Socket>> connect(EventLoop& loop, Endpoint endpoint);

    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override;
    // The next byte, which stays to be read; nothing at the end of the stream. As read_some().
    Task<std::optional<std::uint8_t>> peek();
    Task<> write_all(std::span<const ByteView> pieces) override;
    void shutdown_write() noexcept override;
    std::string peer() const override { return peer_; }
    // TCP: the peer's address without its port.
    std::string peer_address() const override
    {
        return is_tcp_ ? peer_.substr(0, peer_.rfind(':')) : std::string();
    }
    // Unix: its bytes never leave this machine.
    bool is_confidential() const override { return !is_tcp_; }
    // TCP: what the peer has not acknowledged. A unix socket's bytes are there at once.
    std::uint64_t undelivered() const override;

    int fd() const { return descriptor_.fd(); }
    // Bytes that may wait unsent in the kernel before write_all() suspends (TCP_NOTSENT_LOWAT).
    void limit_unsent(int bytes) noexcept;

private:
    // A coroutine that never has to wait lets others run after this many calls in a row.
    static constexpr int kBurst = 32;

    static Task<std::unique_ptr<Socket>>
    connect_to(EventLoop& loop, SocketAddress address, std::string text);
    std::size_t try_read(std::span<std::uint8_t> buffer, bool& would_block, int flags = 0);
    bool try_write(GatherCursor& cursor);
    Task<> wait_writable();
    Task<> take_turns();

    Descriptor descriptor_;
    std::string peer_;
    int burst_ = 0;
    bool is_tcp_ = false;
};

} // namespace covnc
