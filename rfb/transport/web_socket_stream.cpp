#include "rfb/transport/web_socket_stream.h"

#include "coroutine/event_loop.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <algorithm>

namespace covnc {

namespace {

constexpr std::size_t kInputSize = 2048;
constexpr std::size_t kLargestHead = 14;

// Section 5.3: not to be foreseen.
WebSocketMask fresh_mask()
{
    WebSocketMask mask{};
    if (gnutls_rnd(GNUTLS_RND_NONCE, mask.data(), mask.size()) != 0) {
        throw std::runtime_error("no random numbers");
    }
    return mask;
}

std::size_t size_of(std::span<const ByteView> pieces)
{
    std::size_t size = 0;
    for (const ByteView piece : pieces) {
        size += piece.size();
    }
    return size;
}

} // namespace

WebSocketStream::WebSocketStream(Stream& inner, WebSocketRole role, Bytes ahead)
    : StreamLayer(inner),
      role_(role),
      frames_(role),
      input_(std::move(ahead)),
      unread_(input_)
{}

// --- reading ---------------------------------------------------------------------------------

Task<std::size_t> WebSocketStream::read_some(std::span<std::uint8_t> buffer)
{
    while (payload_.empty() && !peer_closed_) {
        std::optional<FramePiece> piece;
        try {
            piece = frames_.next(unread_);
        } catch (const WebSocketError& error) {
            failure_ = error.code();
            throw;
        }
        if (piece) {
            take(*piece);
        }
        co_await write_control_when_free();
        if (piece) {
            continue;
        }
        const bool more = co_await receive();
        if (!more) {
            co_return 0;
        }
    }
    const std::size_t count = std::min(buffer.size(), payload_.size());
    std::copy_n(payload_.begin(), count, buffer.begin());
    payload_ = payload_.subspan(count);
    co_return count;
}

// False at the end of the stream below.
Task<bool> WebSocketStream::receive()
{
    input_.resize(kInputSize);
    const std::size_t count = co_await inner().read_some(input_);
    unread_ = ByteView(input_).first(count);
    co_return count > 0;
}

void WebSocketStream::take(const FramePiece& piece)
{
    if (piece.opcode == WebSocketOpcode::kBinary) {
        payload_ = piece.data;
        return;
    }
    // At most 125 bytes: FrameReader has seen to it.
    control_payload_.insert(control_payload_.end(), piece.data.begin(), piece.data.end());
    if (piece.ends_frame) {
        answer_control(piece.opcode);
        control_payload_.clear();
    }
}

void WebSocketStream::answer_control(WebSocketOpcode opcode)
{
    if (opcode == WebSocketOpcode::kPing) {
        pong_ = control_payload_; // of several pings only the last is answered (section 5.5.3)
    } else if (opcode == WebSocketOpcode::kClose) {
        peer_closed_ = true;
        const ByteView payload(control_payload_);
        want_close(payload.first(std::min<std::size_t>(payload.size(), 2))); // the code comes back
    }
}

// --- writing ---------------------------------------------------------------------------------

void WebSocketStream::require_open() const
{
    if (half_written_) {
        throw Disconnected("cannot write: a WebSocket frame was left half written");
    }
    if (close_sent_) {
        throw Disconnected("cannot write: the WebSocket is closed");
    }
}

Task<> WebSocketStream::write_all(std::span<const ByteView> pieces)
{
    const Mutex::Guard guard = co_await writing_.lock();
    require_open();
    if (role_ == WebSocketRole::kServer) {
        frame(pieces);
    } else {
        frame_masked(pieces);
    }
    half_written_ = true;
    const std::span<const ByteView> framed(pieces_);
    co_await inner().write_all(framed);
    half_written_ = false;
    co_await write_control();
}

// Fills pieces_: a head, as much of the caller's bytes as a frame holds, the next head.
void WebSocketStream::frame(std::span<const ByteView> pieces)
{
    std::size_t left = size_of(pieces);
    const std::size_t frames = (left + kFramePayload - 1) / kFramePayload;
    heads_.clear();
    heads_.reserve(frames * kLargestHead); // views of it must stay valid
    pieces_.clear();
    std::size_t room = 0; // in the frame that was begun
    for (ByteView piece : pieces) {
        while (!piece.empty()) {
            if (room == 0) {
                room = std::min(left, kFramePayload);
                left -= room;
                const std::size_t begin = heads_.size();
                append_frame_head(heads_, WebSocketOpcode::kBinary, room);
                pieces_.push_back(ByteView(heads_).subspan(begin));
            }
            const std::size_t count = std::min(room, piece.size());
            pieces_.push_back(piece.first(count));
            piece = piece.subspan(count);
            room -= count;
        }
    }
}

// One frame, all of it in heads_: a mask changes every byte, and clients send little.
void WebSocketStream::frame_masked(std::span<const ByteView> pieces)
{
    heads_.clear();
    pieces_.clear();
    const std::size_t size = size_of(pieces);
    if (size == 0) {
        return;
    }
    const WebSocketMask mask = fresh_mask();
    append_frame_head(heads_, WebSocketOpcode::kBinary, size, &mask);
    std::size_t position = 0;
    for (const ByteView piece : pieces) {
        for (const std::uint8_t byte : piece) {
            heads_.push_back(byte ^ mask[position++ % mask.size()]);
        }
    }
    pieces_.emplace_back(heads_);
}

Task<> WebSocketStream::write_control_when_free()
{
    if (writing_.is_locked() || half_written_) {
        co_return;
    }
    const Mutex::Guard guard = co_await writing_.lock();
    co_await write_control();
}

// Whatever control frames are due; more may become so meanwhile. With writing_ locked.
Task<> WebSocketStream::write_control()
{
    while (!close_sent_ && (ping_is_due_ || pong_ || close_)) {
        WebSocketMask mask{};
        const WebSocketMask* key = nullptr;
        if (role_ == WebSocketRole::kClient) {
            mask = fresh_mask();
            key = &mask;
        }
        heads_.clear();
        if (std::exchange(ping_is_due_, false)) {
            append_control_frame(heads_, WebSocketOpcode::kPing, {}, key);
        }
        if (pong_) {
            append_control_frame(heads_, WebSocketOpcode::kPong, *pong_, key);
            pong_.reset();
        }
        if (close_) {
            append_control_frame(heads_, WebSocketOpcode::kClose, *close_, key);
            close_sent_ = true; // nothing may follow
        }
        half_written_ = true;
        co_await inner().write_all(ByteView(heads_));
        half_written_ = false;
    }
}

// --- the end ---------------------------------------------------------------------------------

void WebSocketStream::want_close(ByteView payload)
{
    if (!close_) {
        close_.emplace(payload.begin(), payload.end());
    }
}

void WebSocketStream::shutdown_write() noexcept
{
    try {
        want_close(close_payload(WebSocketClose::kNormal, {}));
    } catch (const std::bad_alloc&) { // NOLINT(bugprone-empty-catch): the peer is told less
    }
}

Task<> WebSocketStream::keep_alive(Duration quiet)
{
    const TaskContext context = co_await current_context();
    for (;;) {
        const std::uint64_t before = bytes_written();
        co_await context.loop->sleep_for(quiet);
        if (bytes_written() == before && !writing_.is_locked()) {
            ping_is_due_ = true;
            co_await write_control_when_free();
        }
    }
}

Task<> WebSocketStream::close(WebSocketClose code, std::string reason)
{
    if (half_written_) {
        co_return;
    }
    want_close(close_payload(failure_.value_or(code), reason));
    co_await write_control_when_free();
    if (failure_) {
        co_return; // what it sends is not understood
    }
    for (std::size_t count = 1; count > 0;) {
        payload_ = {};
        std::array<std::uint8_t, 1> unwanted{};
        count = co_await read_some(unwanted);
    }
}

} // namespace covnc
