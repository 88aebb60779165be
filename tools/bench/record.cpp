// covnc-bench record: a VNC server's screen into a file that fanout can play.
#include "coroutine/combinators.h"
#include "coroutine/event.h"
#include "coroutine/signals.h"
#include "coroutine/socket.h"
#include "coroutine/worker_pool.h"
#include "encodings/decoder.h"
#include "rfb/errors.h"
#include "rfb/viewer_connection.h"
#include "tools/bench/commands.h"
#include "tools/recording/writer.h"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>

namespace covnc::bench {

namespace {

struct RecordSettings
{
    std::string server;
    std::string file;
    double seconds = 5;
    double rate = 30; // frames a second at most
};

Duration seconds_of(double seconds)
{
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

// A frame that is to be encoded: copies of both pictures, for a worker.
struct FrameJob
{
    FrameJob() = default; // not an aggregate: see docs/coroutine-pitfalls.md

    std::uint32_t milliseconds = 0;
    Region damage;
    Size size;
    std::vector<std::uint32_t> before;
    std::vector<std::uint32_t> now;
    std::vector<Point> displaced;

    std::vector<std::uint8_t> operator()() const
    {
        return encode_frame(milliseconds,
                            damage,
                            {before.data(), size, size.width},
                            {now.data(), size, size.width},
                            displaced);
    }
};

// The viewer: keeps the picture, asks for the next update once the last one is in the file.
class Recorder final : public ViewerEvents
{
public:
    Recorder(EventLoop& loop,
             WorkerPool& pool,
             std::unique_ptr<Socket> socket,
             std::ostream& out,
             const RecordSettings& settings)
        : loop_(loop),
          pool_(pool),
          connection_(std::move(socket), *this, viewer_settings()),
          out_(out),
          settings_(settings)
    {}

    Task<> run()
    {
        const ClientIdentity identity;
        co_await connection_.log_in(identity);
        const PixelFormat format;
        decoder_ = std::make_unique<Decoder>(format, connection_.size());
        before_.assign(static_cast<std::size_t>(connection_.size().area()), 0);
        writer_ = std::make_unique<RecordingWriter>(out_, connection_.size(), settings_.file);
        co_await connection_.set_format(format);
        std::vector<std::int32_t> encodings{
            decodable::kZrle, decodable::kCopyRect, decodable::kRaw};
        co_await connection_.set_encodings(std::move(encodings));
        co_await connection_.request(false);
        co_await run_until_first_ends(connection_.read_messages(), record(), wait_for_end());
    }

    // Whatever has been recorded becomes a whole file. Nothing recorded: an error.
    std::uint32_t finish()
    {
        if (!writer_ || writer_->frames() == 0) {
            throw RecordingError(settings_.server + ": showed nothing to record");
        }
        writer_->finish();
        return writer_->frames();
    }

private:
    static ViewerConnection::Settings viewer_settings()
    {
        ViewerConnection::Settings settings;
        settings.keeps_data = true;
        return settings;
    }

    Task<> wait_for_end() { co_await loop_.sleep_for(seconds_of(settings_.seconds)); }

    Task<> record()
    {
        TimePoint due = loop_.now();
        for (;;) {
            co_await updated_.wait();
            updated_.reset();
            if (!damage_.is_empty()) {
                FrameJob job = take_frame();
                const std::vector<std::uint8_t> bytes = co_await pool_.run(std::move(job));
                writer_->add(bytes);
            }
            due = std::max(due + seconds_of(1 / settings_.rate), loop_.now());
            co_await loop_.sleep_until(due);
            co_await connection_.request(true);
        }
    }

    FrameJob take_frame()
    {
        FrameJob job;
        const TimePoint now = loop_.now();
        if (writer_->frames() == 0) {
            started_ = now;
            damage_ = Rect::of(decoder_->size());
        }
        const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - started_);
        job.milliseconds = static_cast<std::uint32_t>(since.count());
        job.damage = std::exchange(damage_, Region());
        job.displaced = std::exchange(displaced_, {});
        job.size = decoder_->size();
        const std::uint32_t* const pixels = decoder_->pixels().row(0);
        job.now.assign(pixels, pixels + job.size.area());
        job.before = std::exchange(before_, job.now);
        return job;
    }

    void rectangle(const RectangleHead& head, ByteView data) override
    {
        decoder_->decode(head.area, head.encoding, data);
        damage_ |= head.area;
        constexpr std::size_t kMostDisplaced = 4; // each is a try of its own
        if (head.encoding == decodable::kCopyRect && displaced_.size() < kMostDisplaced) {
            ByteReader in(data, "CopyRect");
            const Point from = in.point();
            displaced_.push_back({from.x - head.area.x, from.y - head.area.y});
        }
    }
    void resized(Size /*size*/) override
    {
        throw ProtocolError("the screen changed its size, which a recording cannot");
    }
    void updated(const UpdateFigures& /*figures*/) override { updated_.set(); }
    void colours(const ColourMap& /*map*/) override {}
    void continuous_updates_end() override {}

    EventLoop& loop_;
    WorkerPool& pool_;
    ViewerConnection connection_;
    std::ostream& out_;
    const RecordSettings& settings_;
    std::unique_ptr<RecordingWriter> writer_;
    std::unique_ptr<Decoder> decoder_;
    std::vector<std::uint32_t> before_; // the picture of the last frame
    Region damage_;                     // since then
    std::vector<Point> displaced_;      // likewise
    Event updated_;
    TimePoint started_{};
};

Task<> wait_for_signal(SignalSet& signals)
{
    co_await signals.next();
}

Task<> record(EventLoop& loop, Endpoint server, std::ostream& out, const RecordSettings& settings)
{
    SignalSet signals(loop, {SIGINT, SIGTERM}); // before there are threads
    ThreadPool pool(loop, 1);
    std::unique_ptr<Socket> socket = co_await Socket::connect(loop, std::move(server));
    Recorder recorder(loop, pool, std::move(socket), out, settings);
    co_await run_until_first_ends(recorder.run(), wait_for_signal(signals));
    std::cout << recorder.finish() << " frames\n";
}

} // namespace

int run_record(int argc, char** argv)
{
    RecordSettings settings;
    CLI::App app("Records the screen of a VNC server that wants no password.",
                 "covnc-bench record");
    app.add_option("SERVER", settings.server, "HOST:PORT, [V6]:PORT or unix:PATH")->required();
    app.add_option("FILE", settings.file, "Where to (docs/recordings.md)")->required();
    app.add_option("--seconds", settings.seconds, "How long")
        ->check(CLI::Range(0.1, 3600.0))
        ->capture_default_str();
    app.add_option("--rate", settings.rate, "Frames a second at most")
        ->check(CLI::Range(0.1, 240.0))
        ->capture_default_str();
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    try {
        std::ofstream file(settings.file, std::ios::binary);
        if (!file) {
            throw RecordingError(settings.file + ": cannot be written");
        }
        EventLoop loop;
        loop.run(record(loop, Endpoint::parse(settings.server), file, settings));
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "covnc-bench: " << error.what() << "\n";
        return 1;
    }
}

} // namespace covnc::bench
