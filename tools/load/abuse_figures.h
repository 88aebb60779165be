// What a server did when it was attacked. Values.
#pragma once

#include "coroutine/clock.h"
#include "encodings/geometry.h"
#include "tools/load/histogram.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace covnc::load {

// What became of the connections of an attack.
struct Reactions
{
    std::size_t closed_at_once = 0; // within kAtOnce of the last that was sent
    std::size_t closed_later = 0;
    Duration soonest = Duration::max(); // of those
    Duration latest{};
    std::size_t kept_open = 0;
    std::size_t served = 0;         // went on as if nothing had been
    std::size_t left = 0;           // we closed, as was meant
    std::size_t refused = 0;        // did not let us connect, or log in
    std::size_t let_in = 0;         // got in without having the right to
    std::vector<std::string> said;  // different answers in words, the first few
    std::vector<std::string> notes; // the attack's own

    static constexpr Duration kAtOnce = std::chrono::milliseconds(500);

    void closed(Duration after);
    void answered(const std::string& text);
    void noted(const std::string& text);
};
// "closed 12 at once, kept 3 open, said 'too slow'".
std::string text_of(const Reactions& reactions);

// Of the server's process; zero where unknown.
struct ServerUse
{
    std::uint64_t memory_bytes = 0; // resident
    std::size_t descriptors = 0;
};

// How the viewer beside an attack fared.
enum class Verdict : std::uint8_t {
    kRight,       // the same pixels as before, all the time
    kComing,      // whole pictures; what they should show is not known
    kWrongPixels, // others than before
    kThrownOut,   // it lost its connection
    kStalled,     // a picture took too long
    kNoNewcomer,  // it was served, but nobody new was
    kLetIn,       // an attacker got in
    kDied,        // the server's process is gone, or nobody can connect any more
    kNotRun,      // the server was gone before
};
const char* name_of(Verdict verdict);
bool is_good(Verdict verdict);

struct AttackFigures
{
    std::string name;
    std::string what;
    std::string replays;
    bool is_running = false;
    double seconds = 0;
    bool was_cut_short = false; // by its time limit
    Reactions reactions;
    Verdict verdict = Verdict::kNotRun;
    std::string problem;        // empty where there was none
    std::uint64_t pictures = 0; // whole ones that the probe got meanwhile
    Duration worst_delay{};     // the probe's, from asking to the whole picture
    Duration newcomer_delay{};  // from connecting to the whole picture; the longest
    ServerUse before;
    ServerUse after;
    std::uint64_t most_memory_bytes = 0;
    Histogram key_to_pixel;
    std::uint64_t unanswered_keys = 0;
};

struct AbuseFigures
{
    bool is_still = false; // the display, before the first attack
    Size size;
    bool watches_process = false;
    std::vector<AttackFigures> attacks;
    Histogram quiet_delay; // of the probe's pictures before the first attack
    Histogram quiet_key_to_pixel;
    ServerUse before;
    ServerUse after;                      // the last attack, and a few seconds to tidy up
    std::uint64_t memory_limit_bytes = 0; // what `after` may have
    std::size_t descriptor_limit = 0;
    std::vector<std::string> problems; // of the whole: "memory did not come back: ..."
    double seconds = 0;
    bool was_interrupted = false;
};

// Every attack ran and ended well, and memory came back.
bool is_survived(const AbuseFigures& figures);

} // namespace covnc::load
