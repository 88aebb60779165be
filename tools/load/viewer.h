// One simulated viewer: connects, asks, reads, types, and counts. Loop thread only.
#pragma once

#include "coroutine/event.h"
#include "coroutine/event_loop.h"
#include "coroutine/mutex.h"
#include "encodings/decoder.h"
#include "rfb/viewer_connection.h"
#include "tools/load/figures.h"
#include "tools/load/observer.h"
#include "tools/load/settings.h"
#include "tools/load/viewer_login.h"

#include <memory>
#include <optional>

namespace covnc::load {

class Viewer;

// What all viewers of a test share.
struct LoadState
{
    EventLoop& loop;
    const LoadSettings& settings;
    Figures& figures;
    LoadObserver& observer;
    const ViewerLogin& login;
    bool is_counting = false; // updates, intervals
    bool is_settling = false; // nobody types any more, so that the display can go quiet
    TimePoint last_pixels{};  // when any viewer got some
    // Who types, so that no probe takes another's key for its own.
    Mutex probe_turn{};
    std::vector<Viewer*> probes{}; // connected once
};

class Viewer final : public ViewerEvents
{
public:
    struct Role
    {
        ViewerKind kind;
        LinkProfile link;
        std::string link_name;
        Duration life = Duration::max(); // of a connection; then it comes back
        bool is_probe = false;           // types where the settings' probe says
        bool is_reference = false;       // is not counted
        bool is_shown = false;           // its pictures are shown to the observer
        std::uint32_t seed = 0;
    };

    // state must live longer.
    Viewer(LoadState& state, Role role);

    // Until cancelled, or the connection fails; that is counted and never thrown.
    Task<> run();

    const Role& role() const { return role_; }
    const ViewerFigures& figures() const { return figures_; }
    // Nothing where it is not connected, or does not decode.
    const Decoder* decoder() const { return decoder_.get(); }

private:
    Task<> live();
    Task<> connect_and_talk();
    Task<> talk(Channel& channel);
    Task<> open_web_socket(Channel& channel);
    Task<> greet();
    Task<> converse();
    Task<> ask_again_and_again();
    Task<> wait_until_due();
    Task<> type();
    Task<> point();
    Task<> play();
    Task<> play_step(const ScriptStep& step);
    Task<> probe();
    Task<> press(std::uint32_t keysym);
    Task<> measure_key(std::uint32_t keysym, Duration interval);
    Task<bool> wait_for_reaction();

    void rectangle(const RectangleHead& head, ByteView data) override;
    void resized(Size size) override;
    void updated(const UpdateFigures& update) override;
    void colours(const ColourMap& map) override;
    void continuous_updates_end() override;

    bool decodes() const;
    bool asks_at_once() const;
    std::vector<std::uint32_t> probed_pixels() const;
    void count_connected(int change);
    void count_error(const std::string& kind);

    LoadState& state_;
    Role role_;
    ViewerFigures figures_;
    std::unique_ptr<ViewerConnection> connection_;
    std::unique_ptr<Decoder> decoder_;
    Event updated_;
    bool server_can_continue_ = false; // ContinuousUpdates
    bool continuous_ = false;          // they are on
    bool wants_everything_ = false;
    TimePoint greeted_{};
    TimePoint requested_{};
    TimePoint last_update_{}; // zero: none yet
    std::int64_t pixels_to_first_frame_ = 0;
    std::vector<std::uint32_t> before_key_;
    Event reacted_;
};

} // namespace covnc::load
