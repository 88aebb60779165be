#include "tools/bench/decoding_viewer.h"

#include "rfb/constants.h"
#include "rfb/rectangle_reader.h"
#include "rfb/server_messages.h"

#include <algorithm>

namespace covnc::bench {

namespace {

// Bytes that are there already.
class BytesStream final : public Stream
{
public:
    explicit BytesStream(ByteView bytes) : left_(bytes) {}

    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override
    {
        const std::size_t count = std::min(buffer.size(), left_.size());
        std::copy_n(left_.begin(), count, buffer.begin());
        left_ = left_.subspan(count);
        co_return count;
    }
    Task<> write_all(std::span<const ByteView> /*pieces*/) override
    {
        throw Disconnected("nobody reads");
    }
    void shutdown_write() noexcept override {}
    std::string peer() const override { return "memory"; }

    bool is_at_end() const { return left_.empty(); }

private:
    ByteView left_;
};

} // namespace

std::uint64_t DecodingViewer::read(ByteView message)
{
    return loop_.run(read_update(message));
}

Task<std::uint64_t> DecodingViewer::read_update(ByteView message)
{
    BytesStream stream(message);
    BufferedReader reader(stream);
    RectangleReader rectangles(reader, true);
    rectangles.set_format(kNativePixelFormat);
    const std::uint8_t type = co_await reader.read_byte();
    if (type != static_cast<std::uint8_t>(ServerMessageType::kFramebufferUpdate)) {
        throw ProtocolError("a message that is no update");
    }
    Bytes head(kUpdateHeadSize);
    co_await reader.read_exact(head);
    const std::uint32_t count = parse_update_head(head);
    std::uint64_t pixels = 0;
    Bytes bytes(RectangleHead::kSize);
    for (std::uint32_t i = 0; i < count; ++i) {
        co_await reader.read_exact(bytes);
        const RectangleHead rectangle = RectangleHead::parse(bytes);
        if (rectangle.encoding == static_cast<std::int32_t>(PseudoEncoding::kLastRect)) {
            break;
        }
        if (!Rect::of(decoder_.size()).contains(rectangle.area)) {
            throw ProtocolError("a rectangle leaves the framebuffer");
        }
        co_await rectangles.read(rectangle);
        decoder_.decode(rectangle.area, rectangle.encoding, rectangles.data());
        pixels += static_cast<std::uint64_t>(rectangle.area.area());
    }
    if (reader.buffered() != 0 || !stream.is_at_end()) {
        throw ProtocolError("bytes behind an update");
    }
    co_return pixels;
}

} // namespace covnc::bench
