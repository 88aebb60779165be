// A display, sessions and the peers that a test plays by hand, in virtual time: bytes as they are
// on the wire, written in hex from the specification.
#pragma once

#include "coroutine/combinators.h"
#include "coroutine/memory_stream.h"
#include "rfb/session.h"
#include "tests/rfb/message_support.h"

#include <list>
#include <memory>
#include <string>
#include <vector>

namespace covnc::test {

// Runs jobs in the next turn, or when a test lets them go.
class ManualPool final : public WorkerPool
{
public:
    explicit ManualPool(EventLoop& loop) : loop_(loop) {}
    std::size_t workers() const override { return 4; }

    bool holds_jobs = false;
    std::size_t waiting() const { return held_.size(); }
    void let_go();
    // One of those that are held, counted from the oldest; later ones are held as before.
    void let_one_go(std::size_t which);
    // What is held fails.
    void drop();

private:
    void submit(std::shared_ptr<Job> job) override;
    void post(std::shared_ptr<Job> job);

    EventLoop& loop_;
    std::vector<std::shared_ptr<Job>> held_;
};

class RecordingSink final : public InputSink
{
public:
    void key(const KeyInput& input) override;
    void pointer(const PointerInput& input) override;
    void cut_text(const std::string& text) override;
    bool has_power() const override { return has_switch; }
    bool switch_power(XvpCode code) override;
    ResizeStatus request_size(Size size) override;

    // "key ff0d/1c down", "pointer 3,4 +0,0 buttons 1", "cut text abc", "power 4".
    std::vector<std::string> log;
    bool has_switch = false;
    ResizeStatus answer = ResizeStatus::kProhibited;
    Display* resizes = nullptr; // grants wishes at once
};

struct World;

// One connection, the viewer's end of it in a test's hands.
class Peer
{
public:
    Peer(World& world, MemoryPipeScript down, MemoryPipeScript up);

    // Bytes in hex; suspends until they are through.
    Task<> send(std::string hex_bytes);
    // Reads as many bytes as are wanted and compares.
    Task<> expect(std::string hex_bytes);
    Task<Bytes> read(std::size_t count);
    // Nothing more comes until the session has closed the connection.
    Task<> expect_end();
    // Nothing comes for a second.
    Task<> expect_silence();
    // 3.8 without a password; shared. Leaves after ServerInit.
    Task<> log_in();
    // The same with VncAuth.
    Task<> log_in(std::string password);
    void leave() { stream_->shutdown_write(); }
    void vanish() { stream_.reset(); }

    MemoryStream& stream() { return *stream_; }
    Session& session() { return *session_; }
    // How the session ended: "ProtocolError: text"; empty while it lives.
    const std::string& ended() const { return ended_; }
    Event& end() { return end_; }

private:
    friend struct World;
    Task<> serve();

    std::unique_ptr<MemoryStream> stream_;
    std::unique_ptr<Session> session_;
    std::string ended_;
    Event end_;
};

struct World
{
    World(EventLoop& the_loop, const TaskContext& context, DisplaySettings settings);

    // down: from the session to the peer.
    Peer& connect(MemoryPipeScript down = {}, MemoryPipeScript up = {});
    // All pixels in one colour, committed.
    void fill(std::uint32_t rgb);
    Duration elapsed() const { return loop.now().time_since_epoch(); }
    EventLoop::SleepAwaiter sleep(Duration duration) { return loop.sleep_for(duration); }

    EventLoop& loop;
    TaskScope scope;
    ManualPool pool;
    AccessPolicy policy;
    RecordingSink sink;
    Display display;
    std::list<Peer> peers;
};

using Story = Task<> (*)(World&);

// The display is black at the start.
void play(DisplaySettings settings, Story story);
void play(Size size, Story story);

// "RFB 003.008\n"
inline constexpr const char* kVersion38 = "52 46 42 20 30 30 33 2e 30 30 38 0a";

} // namespace covnc::test
