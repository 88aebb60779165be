// The viewer's side of a connection: the messages of a session, seen from the other end. For the
// load tester, benchmarks and tests. Loop thread only.
#pragma once

#include "coroutine/mutex.h"
#include "rfb/client_handshake.h"
#include "rfb/fence.h"
#include "rfb/rectangle_reader.h"
#include "rfb/server_messages.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace covnc {

// What an update consisted of.
struct UpdateFigures
{
    std::uint32_t rectangles = 0; // pseudo-rectangles included
    std::uint64_t pixels = 0;     // in rectangles of pixels
    std::uint64_t bytes = 0;      // the whole message
};

// What a server does, told while it is read. What they throw ends the connection.
class ViewerEvents
{
public:
    virtual ~ViewerEvents() = default;

    // A rectangle of pixels, inside of the framebuffer. data: what followed the head, where the
    // connection keeps it; valid during the call.
    virtual void rectangle(const RectangleHead& head, ByteView data) = 0;
    virtual void resized(Size size) = 0;
    // A whole message has been read.
    virtual void updated(const UpdateFigures& figures) = 0;
    virtual void colours(const ColourMap& map) = 0;
    // ContinuousUpdates are known to the server, or have ended.
    virtual void continuous_updates_end() = 0;
    virtual void bell() {}
};

class ViewerConnection
{
public:
    struct Settings
    {
        bool keeps_data = false;
        std::int64_t most_pixels = std::int64_t{64} << 20U; // of a framebuffer; more is an error
    };

    // events must live longer.
    ViewerConnection(Channel channel, ViewerEvents& events, Settings settings);

    // First of all. As client_handshake().
    Task<> log_in(const ClientIdentity& identity);

    // Reads messages one after the other until the connection ends, and answers fences. Throws
    // ProtocolError, Disconnected, TimedOut, Cancelled, what events throw.
    Task<> read_messages();
    // As request(), but sent by read_messages() before it next waits for the server, in one write
    // with answers to fences. For events.
    void request_when_read(bool incremental);

    // What a viewer sends; callable from any coroutine, each as a whole. Suspend while the server
    // takes nothing. Throw Disconnected, TimedOut, Cancelled.
    // The format holds for what is read from now on: only before the first request.
    Task<> set_format(PixelFormat format);
    Task<> set_encodings(std::vector<std::int32_t> encodings);
    // Of the whole framebuffer.
    Task<> request(bool incremental);
    Task<> enable_continuous_updates(bool enable);
    Task<> key(std::uint32_t keysym, bool down);
    Task<> pointer(Point position, std::uint16_t buttons);

    const ServerGreeting& greeting() const { return greeting_; }
    Size size() const { return size_; }
    std::uint64_t bytes_read() const { return bytes_read_; }
    Stream& stream() { return channel_.stream(); }

private:
    // Reads ahead what has come, and sends the answers to it before it reads more.
    class AnsweringStream final : public Stream
    {
    public:
        explicit AnsweringStream(ViewerConnection& connection) : connection_(connection) {}
        Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override;
        Task<> write_all(std::span<const ByteView> pieces) override
        {
            return connection_.stream().write_all(pieces);
        }
        void shutdown_write() noexcept override { connection_.stream().shutdown_write(); }
        std::string peer() const override { return connection_.stream().peer(); }

    private:
        ViewerConnection& connection_;
    };

    Task<> read_message();
    Task<> read_update();
    // False at LastRect.
    Task<bool> read_rectangle(UpdateFigures& figures);
    Task<> read_colour_map();
    Task<> read_cut_text();
    Task<> read_fence();
    Task<> skip(std::uint64_t count);
    Task<> skip_gii();
    Task<> skip_audio();
    Task<> send(const Bytes& bytes);
    void resize(Size size);

    Channel channel_;
    ViewerEvents& events_;
    Settings settings_;
    AnsweringStream answering_;
    BufferedReader reader_;
    RectangleReader rectangles_;
    Mutex writing_;
    Bytes answers_; // to what was read, not sent yet
    ServerGreeting greeting_;
    Size size_;
    std::uint64_t bytes_read_ = 0;
};

} // namespace covnc
