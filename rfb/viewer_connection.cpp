#include "rfb/viewer_connection.h"

#include "encodings/decoder.h"
#include "rfb/client_messages.h"
#include "rfb/cut_text.h"

#include <array>
#include <string>
#include <utility>

namespace covnc {

namespace {

// Small updates come in one read; it is memory of each viewer.
constexpr std::size_t kReadAhead = 4096;

} // namespace

ViewerConnection::ViewerConnection(Channel channel, ViewerEvents& events, Settings settings)
    : channel_(std::move(channel)),
      events_(events),
      settings_(settings),
      answering_(*this),
      reader_(answering_, kReadAhead),
      rectangles_(reader_, settings.keeps_data)
{}

Task<std::size_t> ViewerConnection::AnsweringStream::read_some(std::span<std::uint8_t> buffer)
{
    if (!connection_.answers_.empty()) {
        const Bytes out = std::exchange(connection_.answers_, {});
        co_await connection_.send(out);
    }
    const std::size_t count = co_await connection_.channel_.reader().read_some(buffer);
    co_return count;
}

Task<> ViewerConnection::log_in(const ClientIdentity& identity)
{
    greeting_ = co_await client_handshake(channel_, identity);
    rectangles_.set_format(greeting_.format);
    resize(greeting_.size);
}

Task<> ViewerConnection::read_messages()
{
    for (;;) {
        co_await read_message();
    }
}

Task<> ViewerConnection::read_message()
{
    const std::uint8_t type = co_await reader_.read_byte();
    ++bytes_read_;
    switch (static_cast<ServerMessageType>(type)) {
    case ServerMessageType::kFramebufferUpdate:
        co_await read_update();
        break;
    case ServerMessageType::kSetColourMapEntries:
        co_await read_colour_map();
        break;
    case ServerMessageType::kBell:
        events_.bell();
        break;
    case ServerMessageType::kServerCutText:
        co_await read_cut_text();
        break;
    case ServerMessageType::kEndOfContinuousUpdates:
        events_.continuous_updates_end();
        break;
    case ServerMessageType::kServerFence:
        co_await read_fence();
        break;
    case ServerMessageType::kXvp:
        co_await skip(3);
        break;
    case ServerMessageType::kGii:
        co_await skip_gii();
        break;
    case ServerMessageType::kQemu:
        co_await skip_audio();
        break;
    default:
        throw ProtocolError("message type " + std::to_string(type) + " of the server is not known");
    }
}

Task<> ViewerConnection::read_update()
{
    std::array<std::uint8_t, kUpdateHeadSize> head{};
    co_await reader_.read_exact(head);
    UpdateFigures figures;
    figures.bytes = 1 + head.size();
    const std::uint32_t count = parse_update_head(head);
    for (std::uint32_t i = 0; i < count; ++i) {
        const bool goes_on = co_await read_rectangle(figures);
        if (!goes_on) {
            break;
        }
    }
    bytes_read_ += figures.bytes - 1;
    events_.updated(figures);
}

Task<bool> ViewerConnection::read_rectangle(UpdateFigures& figures)
{
    std::array<std::uint8_t, RectangleHead::kSize> bytes{};
    co_await reader_.read_exact(bytes);
    const RectangleHead head = RectangleHead::parse(bytes);
    const bool has_pixels = is_decodable(head.encoding);
    if (has_pixels && !Rect::of(size_).contains(head.area)) {
        throw ProtocolError("a rectangle leaves the framebuffer");
    }
    co_await rectangles_.read(head);
    ++figures.rectangles;
    figures.bytes += bytes.size() + rectangles_.bytes();
    if (has_pixels) {
        figures.pixels += static_cast<std::uint64_t>(head.area.area());
        events_.rectangle(head, rectangles_.data());
        co_return true;
    }
    const auto pseudo = static_cast<PseudoEncoding>(head.encoding);
    const bool is_size =
        pseudo == PseudoEncoding::kDesktopSize || pseudo == PseudoEncoding::kExtendedDesktopSize;
    if (is_size && head.area.size() != size_) {
        resize(head.area.size());
        events_.resized(size_);
    }
    co_return pseudo != PseudoEncoding::kLastRect;
}

Task<> ViewerConnection::read_colour_map()
{
    Bytes body(ColourMap::kHeadSize);
    co_await reader_.read_exact(body);
    body.resize(body.size() + ColourMap::tail_length(body));
    co_await reader_.read_exact(std::span(body).subspan(ColourMap::kHeadSize));
    bytes_read_ += body.size();
    events_.colours(ColourMap::parse(body));
}

Task<> ViewerConnection::read_cut_text()
{
    std::array<std::uint8_t, CutTextHead::kSize> bytes{};
    co_await reader_.read_exact(bytes);
    // Extended ones come only to viewers that list the extension; all are stepped over.
    const CutTextHead head = CutTextHead::parse(bytes, true);
    co_await reader_.skip(head.length);
    bytes_read_ += bytes.size() + head.length;
}

Task<> ViewerConnection::skip(std::uint64_t count)
{
    co_await reader_.skip(count);
    bytes_read_ += count;
}

// "gii Server Message": a length in the byte order that the head names.
Task<> ViewerConnection::skip_gii()
{
    constexpr unsigned kBigEndian = 0x80;
    std::array<std::uint8_t, 3> head{};
    co_await reader_.read_exact(head);
    bytes_read_ += head.size();
    const bool is_big = (head[0] & kBigEndian) != 0;
    const unsigned high = is_big ? head[1] : head[2];
    const unsigned low = is_big ? head[2] : head[1];
    co_await skip(high << 8U | low);
}

// "QEMU Audio Server Message".
Task<> ViewerConnection::skip_audio()
{
    constexpr unsigned kAudio = 1;
    constexpr unsigned kData = 2;
    std::array<std::uint8_t, 3> head{};
    co_await reader_.read_exact(head);
    bytes_read_ += head.size();
    const unsigned operation = unsigned{head[1]} << 8U | head[2];
    if (head[0] != kAudio || operation > kData) {
        throw ProtocolError("a message of QEMU's that is not known: " + std::to_string(head[0]) +
                            ", " + std::to_string(operation));
    }
    if (operation == kData) {
        std::array<std::uint8_t, 4> length{};
        co_await reader_.read_exact(length);
        bytes_read_ += length.size();
        co_await skip(ByteReader(length, "audio").u32());
    }
}

Task<> ViewerConnection::read_fence()
{
    Bytes body(Fence::kHeadSize);
    co_await reader_.read_exact(body);
    const std::size_t length = Fence::payload_length(body);
    if (length > kMaxFencePayload) {
        throw ProtocolError("a fence of " + std::to_string(length) + " bytes");
    }
    body.resize(body.size() + length);
    co_await reader_.read_exact(std::span(body).subspan(Fence::kHeadSize));
    bytes_read_ += body.size();
    const Fence fence = Fence::parse(body);
    if (fence.is_request()) {
        // Everything before it has been read and done; that is what any of its flags asks for.
        fence.reply().write(answers_);
    }
}

void ViewerConnection::resize(Size size)
{
    if (size.area() > settings_.most_pixels) {
        throw ProtocolError("a framebuffer of " + std::to_string(size.width) + "x" +
                            std::to_string(size.height) + " pixels is too large");
    }
    size_ = size;
}

Task<> ViewerConnection::send(const Bytes& bytes)
{
    const Mutex::Guard turn = co_await writing_.lock();
    co_await stream().write_all(ByteView(bytes));
}

Task<> ViewerConnection::set_format(PixelFormat format)
{
    rectangles_.set_format(format);
    Bytes out;
    SetPixelFormat{format}.write(out);
    co_await send(out);
}

Task<> ViewerConnection::set_encodings(std::vector<std::int32_t> encodings)
{
    Bytes out;
    write_set_encodings(out, encodings);
    co_await send(out);
}

Task<> ViewerConnection::request(bool incremental)
{
    Bytes out;
    FramebufferUpdateRequest{incremental, Rect::of(size_)}.write(out);
    co_await send(out);
}

void ViewerConnection::request_when_read(bool incremental)
{
    FramebufferUpdateRequest{incremental, Rect::of(size_)}.write(answers_);
}

Task<> ViewerConnection::enable_continuous_updates(bool enable)
{
    Bytes out;
    EnableContinuousUpdates{enable, Rect::of(size_)}.write(out);
    co_await send(out);
}

Task<> ViewerConnection::key(std::uint32_t keysym, bool down)
{
    Bytes out;
    KeyEvent{down, keysym}.write(out);
    co_await send(out);
}

Task<> ViewerConnection::pointer(Point position, std::uint16_t buttons)
{
    Bytes out;
    PointerEvent{buttons, position}.write(out, false);
    co_await send(out);
}

} // namespace covnc
