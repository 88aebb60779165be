// A server with an animated display on a thread of its own, for tests with real clients.
#pragma once

#include "coroutine/event.h"
#include "src/server.h"
#include "src/source.h"

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace covnc::test {

// How long a test waits for anything that must happen. Long: sanitizers and busy machines.
inline constexpr std::chrono::seconds kPatience{60};

// Shows the frames of animated_scene.h one after the other. Loop thread, but for what LiveServer
// passes on.
class AnimatedSource final : public Source
{
public:
    explicit AnimatedSource(Size size) : size_(size) {}

    Task<> run(Display& display) override;
    std::string describe() const override { return "animated"; }
    void key(const KeyInput& input) override;
    void pointer(const PointerInput& /*input*/) override {}
    ResizeStatus request_size(Size size) override;

    void set_moving(bool moving);
    // The next frame, while it does not move by itself.
    void step() { show(frame() + 1, false); }

    // --- any thread ---
    std::uint32_t frame() const;
    Size size() const;
    // Until frame `frame` was shown, or nothing moves any more. False after kPatience.
    bool wait_for_frame(std::uint32_t frame) const;
    std::vector<std::uint32_t> keys_pressed() const;

private:
    void show(std::uint32_t frame, bool whole);

    Display* display_ = nullptr;
    bool moving_ = true;
    Event go_on_;
    mutable std::mutex mutex_; // guards what follows, and moving_ for writing
    mutable std::condition_variable shown_;
    Size size_;
    std::uint32_t frame_ = 0;
    std::vector<std::uint32_t> keys_;
};

class LiveServer
{
public:
    // endpoint: as after --listen; port 0 for any. Returns when it listens; throws what stopped it.
    explicit LiveServer(const std::string& endpoint, AccessPolicy access = {});
    // Ends every connection and joins the thread.
    ~LiveServer();
    LiveServer(const LiveServer&) = delete;
    LiveServer& operator=(const LiveServer&) = delete;

    // "127.0.0.1" or a unix socket's path; the port is 0 then.
    const std::string& host() const { return host_; }
    int port() const { return port_; }

    // Stops the animation; returns the number of the frame that stays.
    std::uint32_t stop_moving();
    void go_on();
    // Shows the next frame of a display that was stopped; returns its number.
    std::uint32_t step();
    void resize(Size size);
    void set_cursor(const Cursor& cursor);
    std::size_t viewers();
    const AnimatedSource& source() const { return source_; }

private:
    // Runs `function` on the loop's thread and waits for it.
    void call(const std::function<void()>& function);
    void serve(const std::string& endpoint, std::promise<void> listening);
    Task<> run(std::string endpoint, std::promise<void>& listening);
    void note_address(const SocketAddress& address, const Endpoint& endpoint);

    AccessPolicy access_;
    AnimatedSource source_;
    std::string host_;
    int port_ = 0;
    EventLoop* loop_ = nullptr;  // set before listening
    Display* display_ = nullptr; // the same
    Event end_;
    std::thread thread_;
};

} // namespace covnc::test
