#include "coroutine/stream.h"

namespace covnc {

Task<> Stream::read_exact(std::span<std::uint8_t> buffer)
{
    std::size_t filled = 0;
    while (filled < buffer.size()) {
        const std::size_t count = co_await read_some(buffer.subspan(filled));
        if (count == 0) {
            throw Disconnected(filled == 0 ? "the peer closed the connection"
                                           : "the peer closed the connection inside a message");
        }
        filled += count;
    }
}

Task<> Stream::finish()
{
    shutdown_write();
    co_return;
}

Task<> Stream::write_all(ByteView bytes)
{
    const std::span<const ByteView> one_piece(&bytes, 1);
    co_await write_all(one_piece);
}

} // namespace covnc
