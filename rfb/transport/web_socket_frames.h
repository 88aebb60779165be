// The frames of a WebSocket (RFC 6455, section 5). No I/O; loop thread or any other, one at a time.
#pragma once

#include "rfb/wire.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace covnc {

// Which end of the connection we are: a client masks what it sends, a server never does.
enum class WebSocketRole : std::uint8_t { kServer, kClient };

enum class WebSocketOpcode : std::uint8_t {
    kContinuation = 0,
    kText = 1,
    kBinary = 2,
    kClose = 8,
    kPing = 9,
    kPong = 10,
};

// Section 7.4.1. Those that we send.
enum class WebSocketClose : std::uint16_t {
    kNormal = 1000,
    kGoingAway = 1001,
    kProtocolError = 1002,
    kWrongData = 1003, // text frames
    kPolicy = 1008,    // the RFB session ended badly
    kTooBig = 1009,
};

// What the peer sent breaks the rules of frames; `code` is what it is told.
class WebSocketError : public ProtocolError
{
public:
    WebSocketError(WebSocketClose code, const std::string& text) : ProtocolError(text), code_(code)
    {}
    WebSocketClose code() const { return code_; }

private:
    WebSocketClose code_;
};

inline constexpr std::size_t kMaxControlPayload = 125;                     // section 5.5
inline constexpr std::uint64_t kMaxFramePayload = std::uint64_t{1} << 30U; // that we take

using WebSocketMask = std::array<std::uint8_t, 4>;

// Appends the head of a final frame. mask: null from a server.
void append_frame_head(Bytes& out,
                       WebSocketOpcode opcode,
                       std::uint64_t payload,
                       const WebSocketMask* mask = nullptr);

// A control frame as a server sends it, or a client with its mask. The payload is cut to what may
// be.
void append_control_frame(Bytes& out,
                          WebSocketOpcode opcode,
                          ByteView payload,
                          const WebSocketMask* mask = nullptr);

// The payload of a Close frame; the reason is cut to what fits, where a character ends.
Bytes close_payload(WebSocketClose code, std::string_view reason);

// A part of a frame's payload, unmasked.
struct FramePiece
{
    WebSocketOpcode opcode = WebSocketOpcode::kBinary; // of fragments: that of the first
    ByteView data;                                     // until the next call of next()
    bool ends_frame = false;
};

// Takes bytes as they come. Holds none of a payload back, however long the frame says it is.
class FrameReader
{
public:
    // role: ours.
    explicit FrameReader(WebSocketRole role);
    ~FrameReader();
    FrameReader(const FrameReader&) = delete;
    FrameReader& operator=(const FrameReader&) = delete;

    // The next piece of what was fed and of `input`, which shrinks by what was taken. Nothing: more
    // is needed. Throws WebSocketError, and then knows no more.
    std::optional<FramePiece> next(ByteView& input);

private:
    struct Wslay;

    void check_begin(std::uint8_t rsv, bool is_final, bool is_masked, std::uint64_t length);

    WebSocketRole role_;
    std::unique_ptr<Wslay> wslay_;
    ByteView* input_ = nullptr; // during next()
    WebSocketOpcode opcode_ = WebSocketOpcode::kBinary;
    bool in_frame_ = false;   // a piece of it has come, not the last
    bool in_message_ = false; // fragments are to follow
    std::uint64_t taken_ = 0; // of the frame's payload
};

} // namespace covnc
