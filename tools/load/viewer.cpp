#include "tools/load/viewer.h"

#include "coroutine/combinators.h"
#include "coroutine/socket.h"
#include "coroutine/task_scope.h"
#include "rfb/transport/tls_stream.h"
#include "rfb/transport/web_socket_handshake.h"

#include <algorithm>
#include <random>
#include <sys/socket.h>
#include <system_error>

namespace covnc::load {

namespace {

constexpr Duration kConnectLimit = std::chrono::seconds(30);
constexpr Duration kReactionLimit = std::chrono::seconds(5);
// Displays may show that a key was let go as well, a little later.
constexpr Duration kAfterKey = std::chrono::milliseconds(300);

Duration seconds_of(double seconds)
{
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

// Behind a simulated link the kernel must not hold what the link would not.
void keep_kernel_buffer_small(const Socket& socket)
{
    constexpr int kBytes = 32768;
    setsockopt(socket.fd(), SOL_SOCKET, SO_RCVBUF, &kBytes, sizeof kBytes);
}

// A unix socket whose server has not accepted the ones before says "again" at once, where TCP would
// have us wait.
Task<std::unique_ptr<Socket>> connect_patiently(EventLoop& loop, Endpoint server)
{
    constexpr Duration kPause = std::chrono::milliseconds(5);
    for (;;) {
        try {
            Task<std::unique_ptr<Socket>> connecting = Socket::connect(loop, server);
            co_return co_await std::move(connecting);
        } catch (const std::system_error& error) {
            if (error.code() != std::errc::resource_unavailable_try_again) {
                throw;
            }
        }
        co_await loop.sleep_for(kPause);
    }
}

// In the list for as long as this lives.
class ProbeHere
{
public:
    ProbeHere(std::vector<Viewer*>& probes, Viewer& viewer) : probes_(probes), viewer_(viewer)
    {
        probes_.push_back(&viewer_);
    }
    ~ProbeHere() { std::erase(probes_, &viewer_); }
    ProbeHere(const ProbeHere&) = delete;
    ProbeHere& operator=(const ProbeHere&) = delete;

private:
    std::vector<Viewer*>& probes_;
    Viewer& viewer_;
};

} // namespace

Viewer::Viewer(LoadState& state, Role role) : state_(state), role_(std::move(role))
{
    figures_.kind = role_.kind.name;
    figures_.link = role_.link_name;
}

bool Viewer::decodes() const
{
    return state_.settings.depth != Depth::kParse || role_.is_probe || role_.is_reference ||
           role_.is_shown;
}

void Viewer::count_error(const std::string& kind)
{
    ++state_.figures.errors[kind];
}

Task<> Viewer::run()
{
    try {
        co_await live();
    } catch (const AuthenticationError& error) {
        count_error(std::string("login: ") + error.what());
    } catch (const ConnectionRefused& error) {
        count_error(std::string("refused: ") + error.what());
    } catch (const ProtocolError& error) {
        count_error(std::string("protocol: ") + error.what());
    } catch (const DecodeError& error) {
        count_error(std::string("decoding: ") + error.what());
    } catch (const Disconnected& error) {
        count_error(std::string("disconnected: ") + error.what());
    } catch (const TimedOut&) {
        count_error("timed out");
    } catch (const std::system_error& error) {
        count_error(std::string("connecting: ") + error.code().message());
    } catch (const EndpointError& error) {
        count_error(std::string("connecting: ") + error.what());
    }
}

// One connection, or one after the other.
Task<> Viewer::live()
{
    for (;;) {
        co_await connect_and_talk();
    }
}

Task<> Viewer::connect_and_talk()
{
    const TimePoint started = state_.loop.now();
    Task<std::unique_ptr<Socket>> connecting =
        connect_patiently(state_.loop, state_.settings.server);
    std::unique_ptr<Socket> socket = co_await with_timeout(kConnectLimit, std::move(connecting));
    if (!role_.is_reference) {
        state_.figures.connect.add(state_.loop.now() - started);
        ++state_.figures.connections;
    }
    if (role_.link.is_perfect()) {
        Channel channel(std::move(socket));
        co_await talk(channel);
        co_return;
    }
    keep_kernel_buffer_small(*socket);
    auto link =
        std::make_unique<SimulatedLink>(state_.loop, std::move(socket), role_.link, role_.seed);
    SimulatedLink& the_link = *link;
    Channel channel(std::move(link)); // until talk() takes it, which may not come so far
    co_await run_until_first_ends(the_link.run(), talk(channel));
}

Task<> Viewer::open_web_socket(Channel& channel)
{
    const WebAddress& web = *state_.settings.web;
    if (web.uses_tls) {
        const ViewerTls& ours = state_.login.tls();
        TlsStream& tls = channel.add<TlsStream>(
            *ours.pool, ours.credentials, TlsKind::kCertificate, ours.server_name);
        co_await with_timeout(kConnectLimit, tls.handshake());
    }
    WebSocketTarget target(web.authority, web.path);
    co_await with_timeout(kConnectLimit, covnc::open_web_socket(channel, std::move(target)));
}

Task<> Viewer::talk(Channel& channel)
{
    if (state_.settings.web) {
        co_await open_web_socket(channel);
    }
    ViewerConnection::Settings settings;
    settings.keeps_data = decodes();
    connection_ = std::make_unique<ViewerConnection>(std::move(channel), *this, settings);
    co_await greet();
    count_connected(1);
    std::exception_ptr failure;
    try {
        co_await with_timeout(role_.life, converse());
    } catch (
        const TimedOut&) { // NOLINT(bugprone-empty-catch): it goes without a word, as viewers do
    } catch (...) {
        failure = std::current_exception();
    }
    count_connected(-1);
    if (failure) {
        std::rethrow_exception(failure);
    }
}

void Viewer::count_connected(int change)
{
    Figures& figures = state_.figures;
    if (!role_.is_reference) {
        figures.connected += static_cast<std::size_t>(change);
        figures.most_connected = std::max(figures.most_connected, figures.connected);
    }
}

Task<> Viewer::greet()
{
    const TimePoint started = state_.loop.now();
    const ClientIdentity identity = state_.login.identity();
    co_await connection_->log_in(identity);
    greeted_ = state_.loop.now();
    if (!role_.is_reference) {
        state_.figures.handshake.add(greeted_ - started);
    }
    if (decodes()) {
        decoder_ = std::make_unique<Decoder>(role_.kind.format, connection_->size());
    }
    std::vector<std::int32_t> encodings = role_.kind.encodings;
    // Without Cursor some servers draw the pointer into the pictures of this viewer alone.
    encodings.push_back(static_cast<std::int32_t>(PseudoEncoding::kCursor));
    encodings.push_back(static_cast<std::int32_t>(PseudoEncoding::kDesktopSize));
    encodings.push_back(static_cast<std::int32_t>(PseudoEncoding::kLastRect));
    if (state_.settings.fences) {
        encodings.push_back(static_cast<std::int32_t>(PseudoEncoding::kFence));
    }
    if (state_.settings.continuous) {
        encodings.push_back(static_cast<std::int32_t>(PseudoEncoding::kContinuousUpdates));
    }
    continuous_ = false;
    server_can_continue_ = false;
    wants_everything_ = false;
    last_update_ = {};
    pixels_to_first_frame_ = connection_->size().area();
    co_await connection_->set_format(role_.kind.format);
    co_await connection_->set_encodings(encodings);
    requested_ = state_.loop.now();
    co_await connection_->request(false);
}

Task<> Viewer::converse()
{
    TaskScope scope(co_await current_context());
    scope.spawn(connection_->read_messages());
    scope.spawn(ask_again_and_again());
    if (state_.settings.keys_per_second > 0 && !role_.is_reference) {
        scope.spawn(type());
    }
    if (state_.settings.moves_per_second > 0 && !role_.is_reference) {
        scope.spawn(point());
    }
    if (!state_.settings.script.steps.empty() && !role_.is_reference) {
        scope.spawn(play());
    }
    if (role_.is_probe) {
        scope.spawn(probe());
    }
    co_await scope.join();
}

Task<> Viewer::ask_again_and_again()
{
    for (;;) {
        co_await updated_.wait();
        updated_.reset();
        if (state_.settings.continuous && server_can_continue_ && !continuous_) {
            continuous_ = true;
            co_await connection_->enable_continuous_updates(true);
        }
        if (continuous_ && !wants_everything_) {
            continue;
        }
        co_await wait_until_due();
        const bool incremental = !wants_everything_;
        wants_everything_ = false;
        requested_ = state_.loop.now();
        co_await connection_->request(incremental);
    }
}

Task<> Viewer::wait_until_due()
{
    const LoadSettings& settings = state_.settings;
    TimePoint next = state_.loop.now() + seconds_of(settings.think_ms / 1000);
    if (settings.max_rate > 0) {
        next = std::max(next, requested_ + seconds_of(1 / settings.max_rate));
    }
    if (next > state_.loop.now()) {
        co_await state_.loop.sleep_until(next);
    }
}

Task<> Viewer::press(std::uint32_t keysym)
{
    co_await connection_->key(keysym, true);
    co_await connection_->key(keysym, false);
}

Task<> Viewer::type()
{
    std::mt19937 random(role_.seed);
    for (;;) {
        co_await state_.loop.sleep_for(seconds_of(1 / state_.settings.keys_per_second));
        if (!state_.is_settling) {
            const auto letter = static_cast<std::uint32_t>(random() % 26);
            co_await press('a' + letter);
        }
    }
}

Task<> Viewer::point()
{
    std::mt19937 random(role_.seed + 1);
    for (;;) {
        co_await state_.loop.sleep_for(seconds_of(1 / state_.settings.moves_per_second));
        if (!state_.is_settling) {
            const Size size = connection_->size();
            const auto pick = [&](std::int32_t side) {
                return static_cast<std::int32_t>(random() %
                                                 static_cast<unsigned>(std::max(side, 1)));
            };
            Point position;
            position.x = pick(size.width);
            position.y = pick(size.height);
            co_await connection_->pointer(position, 0);
        }
    }
}

// The script, from its beginning for each connection.
Task<> Viewer::play()
{
    const Script& script = state_.settings.script;
    bool goes_on = true;
    while (goes_on) {
        for (const ScriptStep& step : script.steps) {
            if (state_.is_settling) {
                co_return;
            }
            co_await play_step(step);
        }
        goes_on = script.loops;
    }
}

Task<> Viewer::play_step(const ScriptStep& step)
{
    if (step.kind == ScriptStep::Kind::kKey) {
        co_await connection_->key(step.keysym, step.down);
    } else if (step.kind == ScriptStep::Kind::kPointer) {
        co_await connection_->pointer(step.position, step.buttons);
    } else {
        co_await state_.loop.sleep_for(step.wait);
    }
}

// A key every so often, but never before the one before has shown.
Task<> Viewer::probe()
{
    const bool is_abuse = !state_.settings.abuse.empty(); // short, and many keys say more
    const Duration interval =
        seconds_of(state_.settings.probe_seconds.value_or(is_abuse ? 0.1 : 1.0));
    const ProbeHere here(state_.probes, *this);
    for (unsigned count = 0;; ++count) {
        co_await state_.loop.sleep_for(interval);
        const Mutex::Guard turn = co_await state_.probe_turn.lock();
        if (!state_.is_settling) {
            co_await measure_key('a' + count % 26, interval);
        }
    }
}

// Ends when every probe has seen the key, or has had its time.
Task<> Viewer::measure_key(std::uint32_t keysym, Duration interval)
{
    const std::vector<Viewer*> probes = state_.probes; // may come and go meanwhile
    for (Viewer* viewer : probes) {
        viewer->before_key_ = viewer->probed_pixels();
        viewer->reacted_.reset();
    }
    const TimePoint pressed = state_.loop.now();
    co_await press(keysym);
    const bool reacted = co_await wait_for_reaction();
    if (!reacted) {
        count_error("no reaction to a key");
    } else if (state_.is_counting) {
        Histogram& times = state_.figures.key_to_pixel[role_.link_name];
        times.add_corrected(state_.loop.now() - pressed, interval);
    }
    for (Viewer* viewer : probes) {
        co_await viewer->wait_for_reaction();
        viewer->before_key_.clear();
    }
    co_await state_.loop.sleep_for(kAfterKey);
}

Task<bool> Viewer::wait_for_reaction()
{
    bool reacted = true;
    try {
        co_await with_timeout(kReactionLimit, wait_for(reacted_));
    } catch (const TimedOut&) {
        reacted = false;
    }
    co_return reacted;
}

std::vector<std::uint32_t> Viewer::probed_pixels() const
{
    std::vector<std::uint32_t> pixels;
    const Rect area = state_.settings.probe->intersected(Rect::of(decoder_->size()));
    for (std::int32_t y = area.y; y < area.bottom(); ++y) {
        const std::uint32_t* row = decoder_->pixels().row(y) + area.x;
        pixels.insert(pixels.end(), row, row + area.width);
    }
    return pixels;
}

void Viewer::rectangle(const RectangleHead& head, ByteView data)
{
    state_.last_pixels = state_.loop.now();
    ++figures_.rectangles[head.encoding];
    if (decoder_) {
        decoder_->decode(head.area, head.encoding, data);
    }
}

void Viewer::resized(Size size)
{
    if (decoder_) {
        decoder_->resize(size);
    }
    wants_everything_ = true;
}

void Viewer::updated(const UpdateFigures& update)
{
    const TimePoint now = state_.loop.now();
    if (pixels_to_first_frame_ > 0) {
        pixels_to_first_frame_ -= static_cast<std::int64_t>(update.pixels);
        if (pixels_to_first_frame_ <= 0 && !role_.is_reference) {
            state_.figures.first_frame.add(now - greeted_);
        }
    }
    if (state_.is_counting && !role_.is_reference) {
        Figures& all = state_.figures;
        ++all.updates;
        all.bytes += update.bytes;
        all.pixels += update.pixels;
        all.rectangles += update.rectangles;
        ++figures_.updates;
        figures_.bytes += update.bytes;
        if (last_update_ != TimePoint{}) {
            all.interval.add(now - last_update_);
        }
        if (!continuous_) {
            all.response.add(now - requested_);
        }
    }
    if (state_.is_counting && role_.is_shown) {
        state_.observer.picture_arrived(role_.link_name, decoder_->pixels(), now);
    }
    last_update_ = now;
    if (!before_key_.empty() && probed_pixels() != before_key_) {
        reacted_.set();
    }
    if (asks_at_once() && !wants_everything_) {
        requested_ = now;
        connection_->request_when_read(true);
    } else {
        updated_.set();
    }
}

// Nothing to wait for, and nothing to decide: the cheap way, which most viewers go.
bool Viewer::asks_at_once() const
{
    const LoadSettings& settings = state_.settings;
    return settings.think_ms <= 0 && settings.max_rate <= 0 && !settings.continuous;
}

void Viewer::colours(const ColourMap& map)
{
    for (std::size_t i = 0; decoder_ && i < map.entries.size(); ++i) {
        decoder_->set_colour(map.first + i, map.entries[i]);
    }
}

void Viewer::continuous_updates_end()
{
    server_can_continue_ = true;
}

} // namespace covnc::load
