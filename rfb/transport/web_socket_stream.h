// A WebSocket as a stream of bytes (RFC 6455), after its handshake; where messages begin and end
// means nothing to RFB. Loop thread only.
//
// What is written goes out as binary frames: heads of ours and the caller's own bytes, so that an
// update which many viewers share is not copied. Pings and Close are answered while reading; such a
// frame never gets into another one, and never waits for one that is under way: then whoever writes
// sends it behind.
#pragma once

#include "coroutine/mutex.h"
#include "coroutine/stream.h"
#include "rfb/transport/web_socket_frames.h"

#include <optional>

namespace covnc {

class WebSocketStream final : public StreamLayer
{
public:
    using Stream::write_all;

    // Bytes of payload in one frame. Browsers hand on a message when all of it is there.
    static constexpr std::size_t kFramePayload = 65535;

    // inner must live longer. ahead: what was read behind the handshake.
    WebSocketStream(Stream& inner, WebSocketRole role, Bytes ahead = {});

    // Besides what Stream says they throw WebSocketError. A Close frame is the end of the stream.
    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override;
    Task<> write_all(std::span<const ByteView> pieces) override;
    // The Close frame goes out with the next read_some(), or with close().
    void shutdown_write() noexcept override;

    // Sends a ping whenever nothing was written for `quiet`, or up to twice that long: proxies cut
    // connections that say nothing. Runs until cancelled, beside whoever reads and writes. Throws
    // what write_all() throws.
    Task<> keep_alive(Duration quiet);

    // Says Close, with the code of a WebSocketError where reading threw one, and waits until the
    // peer has said it too or is gone; give it a deadline. Nobody may be reading. Does nothing
    // where a write was left half done. Throws as read_some() and write_all().
    Task<> close(WebSocketClose code, std::string reason);

private:
    Task<bool> receive();
    void take(const FramePiece& piece);
    void answer_control(WebSocketOpcode opcode);
    void want_close(ByteView payload);
    Task<> write_control_when_free();
    Task<> write_control();
    void frame(std::span<const ByteView> pieces);
    void frame_masked(std::span<const ByteView> pieces);
    void require_open() const;

    WebSocketRole role_;
    FrameReader frames_;
    Bytes input_;      // as received
    ByteView unread_;  // of it
    ByteView payload_; // of the frame that is being read; not taken yet
    Bytes control_payload_;
    bool peer_closed_ = false;
    std::optional<WebSocketClose> failure_; // what reading ended with

    Mutex writing_;
    bool half_written_ = false; // while bytes go out; for ever where that was cut short
    bool ping_is_due_ = false;
    std::optional<Bytes> pong_;  // the payload of one that is due
    std::optional<Bytes> close_; // likewise
    bool close_sent_ = false;
    Bytes heads_; // of the frames that are being written; all of them where they are masked
    std::vector<ByteView> pieces_;
};

} // namespace covnc
