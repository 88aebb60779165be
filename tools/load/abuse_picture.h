// A viewer that wants whole pictures, and times them. Loop thread only.
#pragma once

#include "coroutine/event.h"
#include "coroutine/event_loop.h"
#include "encodings/decoder.h"
#include "encodings/region.h"
#include "rfb/viewer_connection.h"
#include "tools/load/viewer_login.h"

#include <memory>
#include <vector>

namespace covnc::load {

// 0x00RRGGBB.
struct Picture
{
    Picture() = default; // not an aggregate: see docs/coroutine-pitfalls.md

    Size size;
    std::vector<std::uint32_t> pixels;

    friend bool operator==(const Picture&, const Picture&) = default;
};

class PictureViewer final : public ViewerEvents
{
public:
    // settings and login must live longer.
    PictureViewer(EventLoop& loop, const LoadSettings& settings, const ViewerLogin& login)
        : loop_(loop),
          settings_(settings),
          login_(login)
    {}

    // Connects, logs in and asks for raw pixels, in `limit`. Throws what Socket::connect(),
    // client_handshake() throw, TimedOut.
    Task<> connect(Duration limit);
    // What the server sends, until it fails: beside whole_picture(). As
    // ViewerConnection::read_messages().
    Task<> read_messages();
    // Asks for everything; suspends until each pixel has come. Throws Disconnected, Cancelled.
    Task<> whole_picture();

    // How long the picture that was asked for has been due; zero where none is.
    Duration waiting() const;
    // From asking to the whole picture, of the last one.
    Duration delay() const { return delay_; }
    // Black where the settings' probe types.
    Picture picture() const;

private:
    Task<> set_up();
    Task<> ask();

    void rectangle(const RectangleHead& head, ByteView data) override;
    void resized(Size size) override;
    void updated(const UpdateFigures& update) override;
    void colours(const ColourMap& map) override;
    void continuous_updates_end() override {}

    EventLoop& loop_;
    const LoadSettings& settings_;
    const ViewerLogin& login_;
    std::unique_ptr<ViewerConnection> connection_;
    std::unique_ptr<Decoder> decoder_;
    Event updated_;
    bool must_start_anew_ = false; // another size
    Region missing_;
    TimePoint asked_{}; // zero: nothing is due
    Duration delay_{};
};

} // namespace covnc::load
