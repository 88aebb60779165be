// Everything a server may send to our viewer's side, handshake included: framing and decoders. The
// first byte chooses the viewer's pixel format.
#include "coroutine/combinators.h"
#include "coroutine/memory_stream.h"
#include "encodings/decoder.h"
#include "rfb/viewer_connection.h"

#include <memory>
#include <system_error>

namespace {

using namespace covnc;

class DecodingViewer final : public ViewerEvents
{
public:
    explicit DecodingViewer(const PixelFormat& format) : format_(format) {}

    void start(Size size) { decoder_ = std::make_unique<Decoder>(format_, size); }

    void rectangle(const RectangleHead& head, ByteView data) override
    {
        decoder_->decode(head.area, head.encoding, data);
    }
    void resized(Size size) override { decoder_->resize(size); }
    void updated(const UpdateFigures& /*figures*/) override {}
    void colours(const ColourMap& map) override
    {
        for (std::size_t i = 0; i < map.entries.size(); ++i) {
            decoder_->set_colour(map.first + i, map.entries[i]);
        }
    }
    void continuous_updates_end() override {}

private:
    PixelFormat format_;
    std::unique_ptr<Decoder> decoder_;
};

PixelFormat format_of(std::uint8_t choice)
{
    switch (choice % 4) {
    case 0:
        return {};
    case 1:
        return {16, 16, true, true, 31, 63, 31, 11, 5, 0};
    case 2:
        return {8, 8, false, true, 7, 7, 3, 0, 3, 6};
    default:
        return {8, 8, false, false, 0, 0, 0, 0, 0, 0};
    }
}

Task<> view(Stream& server, std::unique_ptr<Stream> stream, PixelFormat format, ByteView bytes)
{
    DecodingViewer events(format);
    ViewerConnection::Settings settings;
    settings.keeps_data = true;
    settings.most_pixels = 1 << 20;
    ViewerConnection viewer(std::move(stream), events, settings);
    co_await server.write_all(bytes);
    server.shutdown_write();
    ClientIdentity identity;
    identity.password = "secret";
    co_await viewer.log_in(identity);
    events.start(viewer.size());
    co_await viewer.set_format(format);
    co_await viewer.read_messages();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) {
        return 0;
    }
    VirtualClock clock;
    EventLoop loop(&clock);
    // Nobody reads what the viewer says, so there is room for all of it.
    MemoryPipeScript roomy;
    roomy.capacity = std::size_t{1} << 24U;
    auto ends = make_memory_streams(roomy, roomy);
    try {
        loop.run(view(
            *ends.second, std::move(ends.first), format_of(data[0]), ByteView(data + 1, size - 1)));
    } catch (const ProtocolError&) {
    } catch (const ConnectionRefused&) {
    } catch (const DecodeError&) {
    } catch (const Disconnected&) {
    } catch (const TimedOut&) {
    }
    return 0;
}
