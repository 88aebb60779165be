#include "tests/src/live_server.h"

#include "coroutine/combinators.h"
#include "src/supervisor.h"
#include "tests/src/animated_scene.h"

#include <stdexcept>

namespace covnc::test {

namespace {

constexpr Size kSize{320, 200};
constexpr Duration kBetweenFrames = std::chrono::milliseconds(8);

} // namespace

Task<> AnimatedSource::run(Display& display)
{
    const TaskContext context = co_await current_context();
    display_ = &display;
    display.resize(size());
    display.set_input_sink(this);
    show(0, true);
    for (;;) {
        co_await context.loop->sleep_for(kBetweenFrames);
        co_await go_on_.wait();
        show(frame() + 1, false);
    }
}

void AnimatedSource::show(std::uint32_t frame, bool whole)
{
    const WritablePixelView back = display_->back();
    paint_scene(back, frame);
    if (whole) {
        display_->frame(Rect::of(back.size()));
    } else {
        const SceneChange change = scene_change(back.size(), frame);
        display_->frame(change.damage, change.moves);
    }
    const std::lock_guard lock(mutex_);
    frame_ = frame;
    shown_.notify_all();
}

void AnimatedSource::set_moving(bool moving)
{
    const std::lock_guard lock(mutex_);
    moving_ = moving;
    if (moving) {
        go_on_.set();
    } else {
        go_on_.reset();
    }
    shown_.notify_all();
}

void AnimatedSource::key(const KeyInput& input)
{
    const std::lock_guard lock(mutex_);
    if (input.down) {
        keys_.push_back(input.keysym);
    }
}

ResizeStatus AnimatedSource::request_size(Size size)
{
    if (size.width < kSmallestScene.width || size.height < kSmallestScene.height) {
        return ResizeStatus::kProhibited;
    }
    {
        const std::lock_guard lock(mutex_);
        size_ = size;
    }
    display_->resize(size);
    show(frame(), true);
    return ResizeStatus::kOk;
}

std::uint32_t AnimatedSource::frame() const
{
    const std::lock_guard lock(mutex_);
    return frame_;
}

Size AnimatedSource::size() const
{
    const std::lock_guard lock(mutex_);
    return size_;
}

bool AnimatedSource::wait_for_frame(std::uint32_t frame) const
{
    std::unique_lock lock(mutex_);
    return shown_.wait_for(lock, kPatience, [&] { return frame_ >= frame || !moving_; });
}

std::vector<std::uint32_t> AnimatedSource::keys_pressed() const
{
    const std::lock_guard lock(mutex_);
    return keys_;
}

LiveServer::LiveServer(const std::string& endpoint, AccessPolicy access)
    : access_(std::move(access)),
      source_(kSize)
{
    std::promise<void> listening;
    std::future<void> listens = listening.get_future();
    thread_ = std::thread(&LiveServer::serve, this, endpoint, std::move(listening));
    try {
        listens.get();
    } catch (...) {
        thread_.join();
        throw;
    }
}

LiveServer::~LiveServer()
{
    call([this] { end_.set(); });
    thread_.join();
}

void LiveServer::serve(const std::string& endpoint, std::promise<void> listening)
{
    EventLoop loop;
    loop_ = &loop;
    source_.set_moving(true);
    try {
        loop.run(run(endpoint, listening));
    } catch (...) {
        listening.set_exception(std::current_exception());
    }
}

Task<> LiveServer::run(std::string endpoint, std::promise<void>& listening)
{
    ThreadPool pool(*loop_, 2);
    const Endpoint where = Endpoint::parse(endpoint);
    std::vector<std::unique_ptr<Listener>> listeners = Listener::open(*loop_, where);
    note_address(listeners.front()->address(), where);
    const TaskContext context = co_await current_context();
    DisplaySettings settings;
    settings.size = kSize;
    settings.max_rate = 1000; // every frame is a commit of its own
    Display display(context, pool, settings);
    display_ = &display;
    Server server(display, access_, ServerLimits{});
    listening.set_value();
    co_await run_until_first_ends(display.run(),
                                  supervise(source_, display),
                                  server.run(std::move(listeners)),
                                  wait_for(end_));
}

void LiveServer::note_address(const SocketAddress& address, const Endpoint& endpoint)
{
    if (endpoint.kind() == Endpoint::Kind::kUnix) {
        host_ = endpoint.path();
        return;
    }
    const std::string text = address.text();
    const std::size_t colon = text.rfind(':');
    host_ = text.substr(0, colon);
    port_ = std::stoi(text.substr(colon + 1));
}

void LiveServer::call(const std::function<void()>& function)
{
    std::promise<void> done;
    std::future<void> is_done = done.get_future();
    loop_->post([&] {
        function();
        done.set_value();
    });
    is_done.get();
}

std::uint32_t LiveServer::stop_moving()
{
    call([this] { source_.set_moving(false); });
    return source_.frame();
}

void LiveServer::go_on()
{
    call([this] { source_.set_moving(true); });
}

std::uint32_t LiveServer::step()
{
    call([this] { source_.step(); });
    return source_.frame();
}

void LiveServer::resize(Size size)
{
    call([this, size] { source_.request_size(size); });
}

void LiveServer::set_cursor(const Cursor& cursor)
{
    call([this, &cursor] { display_->set_cursor(cursor); });
}

std::size_t LiveServer::viewers()
{
    std::size_t count = 0;
    call([this, &count] { count = display_->viewer_count(); });
    return count;
}

} // namespace covnc::test
