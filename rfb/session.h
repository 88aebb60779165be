// One viewer, from its first byte to its last. Loop thread only.
//
// A reader half parses messages and passes input on; a writer half alone writes updates. When
// either ends, so does the other. What the viewer wants is state that the reader sets and the
// writer looks at; pixel format and encodings carry a generation, and an update that was planned
// under another one is dropped before its first byte goes out.
#pragma once

#include "coroutine/event.h"
#include "rfb/access.h"
#include "rfb/channel.h"
#include "rfb/display.h"
#include "rfb/flow_control.h"
#include "rfb/handshake.h"
#include "rfb/request_pace.h"
#include "rfb/viewer_state.h"

#include <memory>
#include <optional>
#include <string>

namespace covnc {

// The server ended this connection for the reason in the text.
class ClosedByServer : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

class Session
{
public:
    // All that is referred to must live longer. guard: of the listener; null where failed logins
    // are not counted.
    Session(Channel channel,
            Display& display,
            const AccessPolicy& policy,
            LoginGuard* guard = nullptr);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // The handshake, ServerInit included. A peer that fails it has been told why, as far as the
    // protocol can. Throws ProtocolError, AuthenticationError, TimedOut, Disconnected, Cancelled.
    Task<> greet();
    // Updates and input until the viewer goes: throws Disconnected for its orderly end, or what
    // ended it otherwise: ProtocolError, TimedOut, ClosedByServer, Cancelled. After greet().
    Task<> serve();

    // "127.0.0.1:50312".
    std::string peer() const { return channel_.stream().peer(); }
    const Greeting& greeting() const { return greeting_; }
    const ViewerState& state() const { return state_; }
    const ViewerPosition& position() const { return state_.position; }
    // What its viewer is shown.
    Picture& picture() const { return *picture_; }

    // Whether its viewer is told where others move the pointer.
    bool follows_pointer() const;
    // Whether it wants to hear what the machine plays.
    bool listens() const { return state_.listening.feed != nullptr; }
    // The display has news.
    void wake() noexcept { work_.set(); }
    // Ends serve() with ClosedByServer.
    void close(std::string reason);
    // For how long the viewer has taken nothing of what it is being sent; zero when it is sent
    // nothing. Measured between calls.
    Duration stalled_for();

private:
    // session.cpp
    Task<> farewell();
    Task<> end_in_order();
    Task<> wait_for_close();

    // session_reader.cpp
    Task<> read_messages();
    Task<> read_message();
    Task<> read_encodings(std::uint32_t length);
    void handle(std::uint8_t type, ByteView body);
    void set_pixel_format(ByteView body);
    void encodings_changed(const EncodingSet& before);
    void request_update(ByteView body);
    void enable_continuous_updates(ByteView body);
    void fence(ByteView body);
    void key(ByteView body);
    void qemu_message(ByteView body);
    void extended_key(ByteView body);
    void pointer(ByteView body);
    void set_desktop_size(ByteView body);
    void xvp(ByteView body);
    void typed_or_pointed() { last_input_ = display_.now(); }

    // session_clipboard.cpp
    void cut_text(ByteView body);
    void clipboard_message(ByteView bytes);
    void take_clipboard(std::string text);
    bool may_copy_in() const;
    bool may_copy_out() const;
    Task<> write_clipboard();

    // session_writer.cpp
    Task<> write_updates();
    Task<> write_flow_messages();
    Task<> write_colour_map();
    Task<> write_layout();
    Task<bool> write_update();
    Task<bool> write_pixels(std::optional<Region> part, Region useful);
    void notice_resize();
    void choose_picture();
    bool layout_is_due() const;
    bool may_switch_power() const;
    Region needed_pixels() const;
    std::optional<double> most_bytes() const;
    std::int64_t area_of_next() const;
    void cut_to_link(std::optional<Region>& part);
    bool is_plain() const;
    bool follows_versions() const;
    bool uses_fences() const;
    bool link_takes_more() const;
    UpdateClass update_class() const;

    // session_sending.cpp
    Delivery delivery() const;
    Task<> send_update(CachedUpdate update);
    Task<> send_whole(CachedUpdate update);
    Task<> send_while_encoded(CachedUpdate update);
    Task<std::uint64_t> send_part(Bytes head, const EncodedUpdate& part, bool is_first);
    void append_part(std::vector<ByteView>& pieces,
                     std::vector<Bytes>& heads,
                     const EncodedUpdate& part);
    void append_round_trip_fence(Bytes& out);
    void append_flow_fence(Bytes& out, std::uint64_t update_bytes, TimePoint began);
    static void append_fence(Bytes& out, std::uint32_t number);

    // session_news.cpp
    bool has_news() const;
    bool cursor_is_due() const;
    bool leds_are_due() const;
    bool name_is_due() const;
    bool pointer_mode_is_due() const;
    bool pointer_position_is_due() const;
    std::uint32_t append_news(Bytes& out);
    void append_leds(Bytes& out) const;

    // session_sounds.cpp
    void audio(ByteView body);
    void listen();
    Task<> write_sounds();
    std::vector<AudioPiece> take_audio(Bytes& before, Bytes& behind);
    std::vector<AudioPiece> pieces_due();

    // session_refresh.cpp
    Task<bool> write_refresh(Region part);
    Region refresh_due() const;
    void note_lossy(const CachedUpdate& update);

    Stream& stream() { return channel_.stream(); }
    BufferedReader& reader() { return channel_.reader(); }

    Channel channel_;
    Display& display_;
    Picture* picture_; // the display's
    const AccessPolicy& policy_;
    LoginGuard* guard_;
    Greeting greeting_;
    ViewerState state_;
    FlowControl flow_; // of a viewer with fences
    RequestPace pace_; // of one without
    bool joined_ = false;
    Event work_;   // the writer should look
    Event closed_; // close() was called
    std::string close_reason_;
    TimePoint last_input_{};
    Bytes body_; // of the message being read; kept for its capacity

    bool refreshed_last_ = false; // the last update was a refresh
    bool writing_ = false;
    std::uint64_t progress_seen_ = 0; // bytes written when stalled_for() last saw some
    TimePoint progress_at_{};
};

} // namespace covnc
