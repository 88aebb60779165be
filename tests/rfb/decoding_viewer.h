// A viewer that decodes what it gets and asks for more, in virtual time.
#pragma once

#include "encodings/decoder.h"
#include "rfb/viewer_connection.h"
#include "tests/rfb/session_world.h"

#include <memory>
#include <string>
#include <vector>

namespace covnc::test {

// Decodes what it gets and asks for more.
class DecodingViewer final : public ViewerEvents
{
public:
    DecodingViewer(World& world, std::vector<std::int32_t> encodings)
        : encodings_(std::move(encodings)),
          decoder_(kNativePixelFormat, world.display.size())
    {
        auto ends = make_memory_streams();
        ViewerConnection::Settings settings;
        settings.keeps_data = true;
        connection_ = std::make_unique<ViewerConnection>(std::move(ends.first), *this, settings);
        session_ = std::make_unique<Session>(std::move(ends.second), world.display, world.policy);
    }

    Task<> run() { co_await run_until_first_ends(serve(), watch()); }

    // Lists other encodings from now on.
    Task<> list(std::vector<std::int32_t> encodings)
    {
        return connection_->set_encodings(std::move(encodings));
    }

    PixelView pixels() const { return decoder_.pixels(); }
    const Region& lossy() const { return session_->state().lossy; }

    std::string ended;             // why; empty while it lives
    std::uint64_t bytes = 0;       // of updates
    std::uint64_t jpeg_pixels = 0; // Tight's
    std::uint64_t exact_pixels = 0;
    std::uint64_t copies = 0;
    int updates = 0;
    int bells = 0;

private:
    Task<> serve()
    {
        co_await session_->greet();
        co_await session_->serve();
    }

    Task<> watch()
    {
        const ClientIdentity identity;
        co_await connection_->log_in(identity);
        decoder_.resize(connection_->size());
        co_await connection_->set_encodings(std::move(encodings_));
        co_await connection_->request(false);
        co_await connection_->read_messages();
    }

    void rectangle(const RectangleHead& head, ByteView data) override
    {
        decoder_.decode(head.area, head.encoding, data);
        const auto area = static_cast<std::uint64_t>(head.area.area());
        if (head.encoding == 1) {
            ++copies;
        } else {
            const bool is_jpeg = head.encoding == 7 && data[0] == 0x90;
            (is_jpeg ? jpeg_pixels : exact_pixels) += area;
        }
    }
    void resized(Size size) override { decoder_.resize(size); }
    void colours(const ColourMap&) override {}
    void continuous_updates_end() override {}
    void bell() override { ++bells; }
    void updated(const UpdateFigures& figures) override
    {
        ++updates;
        bytes += figures.bytes;
        connection_->request_when_read(true);
    }

    std::vector<std::int32_t> encodings_;
    Decoder decoder_;
    std::unique_ptr<ViewerConnection> connection_;
    std::unique_ptr<Session> session_;
};

// Lives as long as its connection.
inline std::shared_ptr<DecodingViewer> connect_viewer(World& world,
                                                      std::vector<std::int32_t> encodings)
{
    const auto viewer = std::make_shared<DecodingViewer>(world, std::move(encodings));
    const auto keep = [](std::shared_ptr<DecodingViewer> kept) -> Task<> {
        try {
            co_await kept->run();
        } catch (const std::exception& error) {
            kept->ended = error.what();
        }
    };
    world.scope.spawn(keep(viewer));
    return viewer;
}

// Pixels that differ.
inline std::int64_t wrong_pixels(World& world, const PixelView& shown)
{
    const WritablePixelView right = world.display.back();
    std::int64_t wrong = 0;
    for (std::int32_t y = 0; y < right.height(); ++y) {
        for (std::int32_t x = 0; x < right.width(); ++x) {
            wrong += ((shown.at(x, y) ^ right.at(x, y)) & 0xffffffU) != 0 ? 1 : 0;
        }
    }
    return wrong;
}

} // namespace covnc::test
