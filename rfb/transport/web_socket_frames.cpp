#include "rfb/transport/web_socket_frames.h"

#include <algorithm>
#include <array>
#include <new>
#include <wslay/wslay.h>

namespace covnc {

namespace {

constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kLength16 = 126;
constexpr std::uint8_t kLength64 = 127;

// Bytes 10xxxxxx go on with a character of UTF-8.
bool continues_character(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80U;
}

} // namespace

void append_frame_head(Bytes& out,
                       WebSocketOpcode opcode,
                       std::uint64_t payload,
                       const WebSocketMask* mask)
{
    ByteWriter writer(out);
    const std::uint8_t mask_bit = mask != nullptr ? kMasked : std::uint8_t{0};
    writer.u8(kFinal | static_cast<std::uint8_t>(opcode));
    if (payload < kLength16) {
        writer.u8(mask_bit | static_cast<std::uint8_t>(payload));
    } else if (payload <= 0xffff) {
        writer.u8(mask_bit | kLength16);
        writer.u16(static_cast<std::uint16_t>(payload));
    } else {
        writer.u8(mask_bit | kLength64);
        writer.u32(static_cast<std::uint32_t>(payload >> 32U));
        writer.u32(static_cast<std::uint32_t>(payload & 0xffffffffU));
    }
    if (mask != nullptr) {
        writer.bytes(*mask);
    }
}

void append_control_frame(Bytes& out,
                          WebSocketOpcode opcode,
                          ByteView payload,
                          const WebSocketMask* mask)
{
    payload = payload.first(std::min(payload.size(), kMaxControlPayload));
    append_frame_head(out, opcode, payload.size(), mask);
    for (std::size_t i = 0; i < payload.size(); ++i) {
        const std::uint8_t key = mask != nullptr ? (*mask)[i % mask->size()] : std::uint8_t{0};
        out.push_back(payload[i] ^ key);
    }
}

Bytes close_payload(WebSocketClose code, std::string_view reason)
{
    constexpr std::size_t kMost = kMaxControlPayload - 2;
    if (reason.size() > kMost) {
        std::size_t end = kMost;
        while (end > 0 && continues_character(reason[end])) {
            --end;
        }
        reason = reason.substr(0, end);
    }
    Bytes payload;
    payload.reserve(sizeof(std::uint16_t) + reason.size()); // g++ 12 sees an overflow without
    ByteWriter writer(payload);
    writer.u16(static_cast<std::uint16_t>(code));
    writer.text(reason);
    return payload;
}

// The library reads what a callback hands it, and goes on where it was when there is more.
struct FrameReader::Wslay
{
    explicit Wslay(FrameReader& owner)
    {
        wslay_frame_callbacks callbacks{};
        callbacks.recv_callback = take;
        if (wslay_frame_context_init(&context, &callbacks, &owner) != 0) {
            throw std::bad_alloc();
        }
    }
    ~Wslay() { wslay_frame_context_free(context); }
    Wslay(const Wslay&) = delete;
    Wslay& operator=(const Wslay&) = delete;

    static ssize_t take(std::uint8_t* buffer, std::size_t size, int /*flags*/, void* owner)
    {
        ByteView& input = *static_cast<FrameReader*>(owner)->input_;
        if (input.empty()) {
            return -1;
        }
        const std::size_t count = std::min(size, input.size());
        std::copy_n(input.begin(), count, buffer);
        input = input.subspan(count);
        return static_cast<ssize_t>(count);
    }

    wslay_frame_context_ptr context = nullptr;
    wslay_frame_iocb frame{};
};

FrameReader::FrameReader(WebSocketRole role) : role_(role), wslay_(std::make_unique<Wslay>(*this))
{}

FrameReader::~FrameReader() = default;

std::optional<FramePiece> FrameReader::next(ByteView& input)
{
    input_ = &input;
    wslay_frame_iocb& frame = wslay_->frame;
    const ssize_t count = wslay_frame_recv(wslay_->context, &frame);
    if (count == WSLAY_ERR_WANT_READ || count == WSLAY_ERR_INVALID_CALLBACK) {
        return std::nullopt;
    }
    if (count < 0) {
        throw WebSocketError(WebSocketClose::kProtocolError, "a WebSocket frame with a false head");
    }
    if (!in_frame_) {
        opcode_ = static_cast<WebSocketOpcode>(frame.opcode);
        check_begin(frame.rsv, frame.fin != 0, frame.mask != 0, frame.payload_length);
        taken_ = 0;
    }
    taken_ += frame.data_length;
    in_frame_ = taken_ < frame.payload_length;
    FramePiece piece;
    piece.opcode = opcode_;
    piece.data = ByteView(frame.data, frame.data_length);
    piece.ends_frame = !in_frame_;
    return piece;
}

void FrameReader::check_begin(std::uint8_t rsv, bool is_final, bool is_masked, std::uint64_t length)
{
    const auto refuse = [](WebSocketClose code, const char* text) {
        throw WebSocketError(code, text);
    };
    if (rsv != WSLAY_RSV_NONE) {
        refuse(WebSocketClose::kProtocolError, "a WebSocket frame of an extension");
    }
    if (is_masked != (role_ == WebSocketRole::kServer)) {
        refuse(WebSocketClose::kProtocolError,
               is_masked ? "a masked WebSocket frame from a server"
                         : "a WebSocket frame without a mask");
    }
    switch (opcode_) {
    case WebSocketOpcode::kText:
        refuse(WebSocketClose::kWrongData, "a WebSocket frame of text");
        break;
    case WebSocketOpcode::kBinary:
        if (in_message_) {
            refuse(WebSocketClose::kProtocolError, "a WebSocket message inside of another");
        }
        break;
    case WebSocketOpcode::kContinuation:
        if (!in_message_) {
            refuse(WebSocketClose::kProtocolError, "a WebSocket fragment of nothing");
        }
        opcode_ = WebSocketOpcode::kBinary;
        break;
    case WebSocketOpcode::kClose:
    case WebSocketOpcode::kPing:
    case WebSocketOpcode::kPong:
        return;
    default:
        refuse(WebSocketClose::kProtocolError, "a WebSocket frame of an unknown kind");
    }
    if (length > kMaxFramePayload) {
        refuse(WebSocketClose::kTooBig, "a WebSocket frame of more than a gigabyte");
    }
    in_message_ = !is_final;
}

} // namespace covnc
