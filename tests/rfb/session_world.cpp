#include "tests/rfb/session_world.h"

#include <array>
#include <cstdio>

namespace covnc::test {

void ManualPool::submit(std::shared_ptr<Job> job)
{
    if (holds_jobs) {
        held_.push_back(std::move(job));
    } else {
        post(std::move(job));
    }
}

void ManualPool::post(std::shared_ptr<Job> job)
{
    loop_.expect_post();
    loop_.post([&loop = loop_, job = std::move(job)] {
        loop.post_arrived();
        job->execute();
        job->complete();
    });
}

void ManualPool::let_go()
{
    holds_jobs = false;
    for (std::shared_ptr<Job>& job : std::exchange(held_, {})) {
        post(std::move(job));
    }
}

void ManualPool::let_one_go(std::size_t which)
{
    const auto job = held_.begin() + static_cast<std::ptrdiff_t>(which);
    post(std::move(*job));
    held_.erase(job);
}

void ManualPool::drop()
{
    for (const std::shared_ptr<Job>& job : std::exchange(held_, {})) {
        job->complete();
    }
}

void RecordingSink::key(const KeyInput& input)
{
    std::array<char, 60> text{};
    std::snprintf(text.data(),
                  text.size(),
                  "key %x/%x %s",
                  input.keysym,
                  input.scancode.value_or(0),
                  input.down ? "down" : "up");
    log.emplace_back(text.data());
}

void RecordingSink::pointer(const PointerInput& input)
{
    std::array<char, 80> text{};
    std::snprintf(text.data(),
                  text.size(),
                  "pointer %d,%d %+d,%+d buttons %x",
                  input.position.x,
                  input.position.y,
                  input.motion.x,
                  input.motion.y,
                  input.buttons);
    log.emplace_back(text.data());
}

void RecordingSink::cut_text(const std::string& text)
{
    log.push_back("cut text " + text);
}

bool RecordingSink::switch_power(XvpCode code)
{
    const bool is_known = code == XvpCode::kShutdown || code == XvpCode::kReset;
    if (is_known) {
        log.push_back("power " + std::to_string(static_cast<int>(code)));
    }
    return is_known;
}

ResizeStatus RecordingSink::request_size(Size size)
{
    if (resizes != nullptr) {
        resizes->resize(size);
        return ResizeStatus::kOk;
    }
    return answer;
}

Peer::Peer(World& world, MemoryPipeScript down, MemoryPipeScript up)
{
    auto ends = make_memory_streams(std::move(up), std::move(down));
    stream_ = std::move(ends.first);
    session_ = std::make_unique<Session>(std::move(ends.second), world.display, world.policy);
}

Task<> Peer::serve()
{
    const auto text = [](const char* type, const std::exception& error) {
        return std::string(type) + ": " + error.what();
    };
    try {
        co_await session_->greet();
        co_await session_->serve();
    } catch (const AuthenticationError& error) {
        ended_ = text("AuthenticationError", error);
    } catch (const ProtocolError& error) {
        ended_ = text("ProtocolError", error);
    } catch (const TimedOut& error) {
        ended_ = text("TimedOut", error);
    } catch (const Disconnected& error) {
        ended_ = text("Disconnected", error);
    } catch (const ClosedByServer& error) {
        ended_ = text("ClosedByServer", error);
    } catch (const std::exception& error) {
        ended_ = text("exception", error);
    }
    session_.reset();
    end_.set();
}

Task<> Peer::send(std::string hex_bytes)
{
    const Bytes bytes = hex(hex_bytes);
    co_await stream_->write_all(ByteView(bytes));
}

Task<Bytes> Peer::read(std::size_t count)
{
    Bytes bytes(count);
    co_await with_timeout(std::chrono::seconds(3), stream_->read_exact(bytes));
    co_return bytes;
}

Task<> Peer::expect(std::string hex_bytes)
{
    const Bytes wanted = hex(hex_bytes);
    const Bytes got = co_await read(wanted.size());
    CHECK(got == wanted);
}

Task<> Peer::expect_end()
{
    Bytes rest(64);
    const std::size_t count = co_await stream_->read_some(rest);
    CHECK(count == 0);
    co_await end_.wait();
}

Task<> Peer::expect_silence()
{
    Bytes byte(1);
    bool silent = false;
    try {
        co_await with_timeout(std::chrono::seconds(1), stream_->read_exact(byte));
    } catch (const TimedOut&) {
        silent = true;
    }
    CHECK(silent);
}

Task<> Peer::log_in()
{
    co_await send(std::string(kVersion38) + "01 01");
    Bytes bytes = co_await read(12 + 2 + 4 + 20);
    bytes = co_await read(4);
    bytes = co_await read(bytes[3]);
}

Task<> Peer::log_in(std::string password)
{
    co_await send(std::string(kVersion38) + "02");
    Bytes bytes = co_await read(12 + 2 + kVncChallengeSize);
    VncChallenge challenge{};
    std::copy_n(bytes.end() - kVncChallengeSize, kVncChallengeSize, challenge.begin());
    const VncResponse response = vnc_response(password, challenge);
    co_await stream_->write_all(ByteView(response));
    co_await send("01");
    bytes = co_await read(4 + 20);
    bytes = co_await read(4);
    bytes = co_await read(bytes[3]);
}

World::World(EventLoop& the_loop, const TaskContext& context, DisplaySettings settings)
    : loop(the_loop),
      scope(context),
      pool(the_loop),
      display(context, pool, std::move(settings))
{
    display.set_input_sink(&sink);
}

Peer& World::connect(MemoryPipeScript down, MemoryPipeScript up)
{
    Peer& peer = peers.emplace_back(*this, std::move(down), std::move(up));
    scope.spawn(peer.serve());
    return peer;
}

void World::fill(std::uint32_t rgb)
{
    const WritablePixelView back = display.back();
    for (std::int32_t y = 0; y < display.size().height; ++y) {
        std::fill_n(back.row(y), display.size().width, rgb);
    }
    display.frame(Rect::of(display.size()));
}

namespace {

Task<> run_world(EventLoop& loop, DisplaySettings settings, Story story)
{
    const TaskContext context = co_await current_context();
    World world(loop, context, std::move(settings));
    world.scope.spawn(world.display.run());
    std::exception_ptr failure;
    try {
        co_await story(world);
    } catch (...) {
        failure = std::current_exception();
    }
    co_await world.scope.cancel_and_join();
    world.peers.clear(); // before the display goes
    world.display.set_input_sink(nullptr);
    if (failure) {
        std::rethrow_exception(failure);
    }
}

} // namespace

void play(Size size, Story story)
{
    DisplaySettings settings;
    settings.size = size;
    play(std::move(settings), story);
}

void play(DisplaySettings settings, Story story)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    // A story that waits for nothing fails rather than hangs.
    loop.run(with_timeout(std::chrono::hours(1), run_world(loop, std::move(settings), story)));
}

} // namespace covnc::test
