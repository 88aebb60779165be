// The same bytes of a server of another make, decoded by libvncclient and by us.
#include "coroutine/event_loop.h"
#include "coroutine/memory_stream.h"
#include "encodings/decoder.h"
#include "rfb/viewer_connection.h"
#include "tests/src/libvncserver_session.h"

#include <catch2/catch.hpp>

#include <map>
#include <memory>

using namespace covnc;
using namespace covnc::test;

namespace {

using Pixels = std::vector<std::uint32_t>;

class Events final : public ViewerEvents
{
public:
    explicit Events(const PixelFormat& format) : format_(format) {}

    void start(Size size) { decoder_ = std::make_unique<Decoder>(format_, size); }
    void rectangle(const RectangleHead& head, ByteView data) override
    {
        ++rectangles[head.encoding];
        decoder_->decode(head.area, head.encoding, data);
    }
    void resized(Size size) override { decoder_->resize(size); }
    void updated(const UpdateFigures& /*figures*/) override { ++updates; }
    void colours(const ColourMap& /*map*/) override {}
    void continuous_updates_end() override {}
    Pixels pixels() const
    {
        const PixelView view = decoder_->pixels();
        return {view.row(0), view.row(0) + view.size().area()};
    }

    std::map<std::int32_t, unsigned> rectangles;
    unsigned updates = 0;

private:
    PixelFormat format_;
    std::unique_ptr<Decoder> decoder_;
};

Task<> decode(const RecordedSession& session, PixelFormat format, Events& events)
{
    MemoryPipeScript roomy;
    roomy.capacity = std::size_t{1} << 26U;
    auto ends = make_memory_streams(roomy, roomy);
    co_await ends.second->write_all(ByteView(session.server_bytes));
    ends.second->shutdown_write();
    ViewerConnection::Settings settings;
    settings.keeps_data = true;
    ViewerConnection viewer(std::move(ends.first), events, settings);
    const ClientIdentity identity;
    co_await viewer.log_in(identity);
    events.start(viewer.size());
    co_await viewer.set_format(format);
    try {
        co_await viewer.read_messages();
    } catch (const Disconnected&) {
        // All bytes have been read.
    }
}

Pixels pixels_of(const RecordedSession& session, const PixelFormat& format)
{
    Pixels pixels(static_cast<std::size_t>(session.size.area()));
    DecodeCursor in(session.pixels);
    PixelReader(format).pixels(in, pixels);
    return pixels;
}

// encoding: its number, which the session must contain.
void check_same(const std::string& name, std::int32_t encoding, int quality, PixelFormat format)
{
    CAPTURE(name, quality, format.describe());
    const RecordedSession session = record_session(name, quality, format);
    VirtualClock clock;
    EventLoop loop(&clock);
    Events events(format);
    loop.run(decode(session, format, events));
    CHECK(events.updates == session.updates);
    CHECK(events.rectangles[encoding] > 0);
    CHECK(events.pixels() == pixels_of(session, format));
}

const PixelFormat k16{16, 16, false, true, 31, 63, 31, 11, 5, 0};
const PixelFormat k8{8, 8, false, true, 7, 7, 3, 0, 3, 6};
const PixelFormat kBgr{32, 24, false, true, 255, 255, 255, 0, 8, 16};

} // namespace

TEST_CASE("what LibVNCServer sends looks the same to libvncclient and to us", "[same]")
{
    const std::map<std::string, std::int32_t> encodings{{"raw", 0},
                                                        {"rre", 2},
                                                        {"corre", 4},
                                                        {"hextile", 5},
                                                        {"zlib", 6},
                                                        {"tight", 7},
                                                        {"zrle", 16}};
    for (const auto& [name, number] : encodings) {
        for (const PixelFormat& format : {kNativePixelFormat, kBgr, k16, k8}) {
            check_same(name, number, -1, format);
        }
    }
}

TEST_CASE("moves look the same", "[same]")
{
    check_same("copyrect hextile", 1, -1, kNativePixelFormat);
    check_same("copyrect tight", 1, -1, k16);
}

TEST_CASE("pictures of JPEG in Tight look the same", "[same]")
{
    for (const int quality : {0, 5, 9}) {
        check_same("tight", 7, quality, kNativePixelFormat);
    }
}
