// What an attack is given to work with. Loop thread only.
#pragma once

#include "coroutine/event_loop.h"
#include "rfb/wire.h"
#include "tools/load/abuse_figures.h"
#include "tools/load/viewer_login.h"

#include <random>
#include <vector>

namespace covnc::load {

// How far a connection gets before it turns hostile.
enum class Stage : std::uint8_t {
    kConnected, // nothing was read
    kVersion,   // the server has sent its version
    kLoggedIn,  // after ServerInit
};

class Attack
{
public:
    // How long a server that does not close is watched.
    static constexpr Duration kPatience = std::chrono::milliseconds(600);
    // Connections at once, where an attack needs many one after the other.
    static constexpr std::size_t kAtOnce = 32;

    // All must live longer.
    Attack(EventLoop& loop,
           const LoadSettings& settings,
           const ViewerLogin& login,
           Reactions& reactions)
        : loop_(loop),
          settings_(settings),
          login_(login),
          reactions_(reactions),
          started_(loop.now())
    {}

    // Runs job with 0 .. count-1, `at_once` beside each other. Throws what a job throws.
    using Job = Task<> (*)(Attack&, std::size_t);
    Task<> for_each(std::size_t count, std::size_t at_once, Job job);

    // Each input on a connection of its own, which is then watched.
    //   opening: sent before each, with a moment for the server's answer.
    Task<> send_each(Stage stage, std::vector<Bytes> inputs, Bytes opening = {});

    EventLoop& loop() { return loop_; }
    const LoadSettings& settings() const { return settings_; }
    const ViewerLogin& login() const { return login_; }
    Reactions& reactions() { return reactions_; }
    TimePoint started() const { return started_; }
    // The same numbers in each run.
    std::mt19937& random() { return random_; }
    void note(const std::string& text) { reactions_.noted(text); }

private:
    Task<> work(std::size_t& next, std::size_t count, Job job);
    struct Volley
    {
        Volley() = default; // not an aggregate: see docs/coroutine-pitfalls.md

        Stage stage = Stage::kConnected;
        std::vector<Bytes> inputs;
        Bytes opening;
        std::size_t next = 0;
    };
    Task<> send_those(Volley& volley);

    EventLoop& loop_;
    const LoadSettings& settings_;
    const ViewerLogin& login_;
    Reactions& reactions_;
    TimePoint started_;
    std::mt19937 random_{1};
};

} // namespace covnc::load
