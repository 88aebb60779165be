// The viewer beside the attacks: it takes whole pictures all the time, notes how long each took and
// what went wrong, and comes back when it is thrown out. Loop thread only.
#pragma once

#include "tools/load/abuse_figures.h"
#include "tools/load/abuse_picture.h"

#include <list>
#include <optional>
#include <string>

namespace covnc::load {

// What the probe saw from the making of this to its end.
class ProbeWindow
{
public:
    std::uint64_t pictures = 0;
    Duration worst_delay{};
    Verdict verdict = Verdict::kComing; // the first problem
    std::string problem;
    std::uint64_t most_memory_bytes = 0;

    // kDied outdoes what came before it.
    void fail(Verdict why, const std::string& text);
};

class Probe
{
public:
    // A picture that takes longer is one that does not come.
    static constexpr Duration kStall = std::chrono::seconds(5);

    Probe(EventLoop& loop, const LoadSettings& settings, const ViewerLogin& login)
        : loop_(loop),
          settings_(settings),
          login_(login)
    {}

    // Until cancelled. Throws what PictureViewer::connect() throws, if not even the first
    // connection succeeds.
    Task<> run();

    // What happens is told to the window until it is closed.
    void open(ProbeWindow& window) { windows_.push_back(&window); }
    void close(ProbeWindow& window);
    void remember_memory(std::uint64_t bytes);

    // Suspends for a picture that was asked for from now on. False where none came in `limit`.
    Task<bool> next_picture(Duration limit);
    const Picture& latest() const { return latest_; }

    // What all pictures must equal from now on; nothing: anything.
    void expect(std::optional<Picture> picture) { expected_ = std::move(picture); }
    bool is_expected(const Picture& picture) const;
    const std::optional<Picture>& expected() const { return expected_; }
    // While positive, pictures may be anything.
    void allow_changes(int change) { changes_ += change; }

    // Of every picture.
    Histogram take_delays() { return std::exchange(delays_, {}); }

private:
    Task<> connection();
    Task<> look(PictureViewer& viewer);
    Task<> notice_stalls(PictureViewer& viewer);
    Task<> wait_for_picture(std::uint64_t wanted);
    void seen(const PictureViewer& viewer);
    void fail(Verdict why, const std::string& text);

    EventLoop& loop_;
    const LoadSettings& settings_;
    const ViewerLogin& login_;
    std::list<ProbeWindow*> windows_;
    Picture latest_;
    std::optional<Picture> expected_;
    int changes_ = 0;
    std::uint64_t pictures_ = 0;
    bool was_connected_ = false;
    Event pictured_;
    Histogram delays_;
};

// "12 of 307200 pixels differ, the first at 3,4".
std::string difference_text(const Picture& wanted, const Picture& got);

} // namespace covnc::load
