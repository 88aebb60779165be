// What looking for moves saves and costs: a sequence through a framebuffer with and without it, for
// a viewer in step that takes ZRLE and CopyRect. Bytes, which are exact, and CPU time.
#include "encodings/scroll.h"

#include "rfb/framebuffer.h"
#include "rfb/snapshot.h"
#include "rfb/update_plan.h"
#include "tools/bench/commands.h"
#include "tools/bench/sequence.h"
#include "tools/recording/format.h"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <iomanip>
#include <iostream>
#include <string>
#include <vector>

namespace covnc::bench {

namespace {

constexpr std::size_t kFramesOfScene = 300;

double cpu_milliseconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

struct Figures
{
    int updates = 0;
    int with_moves = 0;
    std::size_t bytes = 0;
    double commit_ms = 0;
    double search_ms = 0; // find_moves() alone, with what the commit gives it
    double encode_ms = 0;
};

// Bytes of what a viewer at the version before is sent.
std::size_t encode(const Framebuffer& framebuffer, bool with_moves, Figures& figures)
{
    const std::uint64_t base = framebuffer.version() - 1;
    MemoryBudget budget(SIZE_MAX);
    PlanInput input{framebuffer, {}, {}, 1, with_moves, {}};
    const NewUnit unit = *choose_units(input, base).encode;
    const Framebuffer::Moves& moves = framebuffer.latest_moves();
    const Snapshot pixels(framebuffer.front(),
                          unit.with_moves ? moves.after : framebuffer.changed_since(base),
                          budget);
    figures.with_moves += unit.with_moves ? 1 : 0;
    const std::vector<CopyRect> copies = unit.with_moves ? moves.copies : std::vector<CopyRect>();
    return encode_update(copies, pixels.rects(), PixelFormat(), Encoding::kZrle, Effort::kNormal)
        .body.size();
}

double search_milliseconds(const std::vector<std::uint32_t>& before, const Framebuffer& framebuffer)
{
    const PixelView old(before.data(), framebuffer.size(), framebuffer.size().width);
    const Region changed = framebuffer.changed_since(framebuffer.version() - 1);
    const double started = cpu_milliseconds();
    find_moves(old, framebuffer.front(), changed);
    return cpu_milliseconds() - started;
}

// The first picture does not count: everybody gets it as pixels.
Figures play(const std::string& name, MoveSearch search)
{
    const std::unique_ptr<Sequence> sequence = Sequence::open(name);
    const std::size_t frames = sequence->length() != 0 ? sequence->length() : kFramesOfScene;
    Framebuffer framebuffer(sequence->size());
    Figures figures;
    for (std::size_t i = 0; i < frames; ++i) {
        std::vector<CopyRect> told; // and forgotten: the search is to find them
        const Region damage = sequence->draw(framebuffer.back(), told);
        const std::uint32_t* const first = framebuffer.front().row(0);
        const std::vector<std::uint32_t> before(first, first + framebuffer.size().area());
        const double started = cpu_milliseconds();
        const bool changed = framebuffer.commit(damage, {}, search);
        const double committed = cpu_milliseconds();
        if (i == 0 || !changed) {
            continue;
        }
        ++figures.updates;
        figures.commit_ms += committed - started;
        figures.bytes += encode(framebuffer, search != MoveSearch::kNone, figures);
        figures.encode_ms += cpu_milliseconds() - committed;
        figures.search_ms += search_milliseconds(before, framebuffer);
    }
    return figures;
}

void print(const std::string& name)
{
    const Figures without = play(name, MoveSearch::kNone);
    const Figures with = play(name, MoveSearch::kScrolling);
    const auto bytes = static_cast<double>(without.bytes);
    const auto bytes_with = static_cast<double>(with.bytes);
    const int updates = std::max(without.updates, 1);
    std::cout << std::fixed << std::setprecision(0) << std::setw(7) << without.updates
              << std::setw(7) << with.with_moves << std::setw(9) << bytes / updates << std::setw(9)
              << bytes_with / updates << std::setw(5) << 100.0 * bytes_with / std::max(bytes, 1.0)
              << '%' << std::setprecision(2);
    for (const double milliseconds : {without.commit_ms,
                                      with.commit_ms,
                                      without.search_ms,
                                      without.encode_ms,
                                      with.encode_ms}) {
        std::cout << std::setw(8) << milliseconds / updates;
    }
    std::cout << "  " << name << std::endl;
}

} // namespace

int run_scroll(int argc, char** argv)
{
    std::vector<std::string> names(argv + 1, argv + argc);
    if (names.empty() || names[0] == "--help") {
        std::cout << "usage: covnc-bench scroll SEQUENCE...\n"
                     "What a viewer in step is sent (ZRLE) without and with moves that are looked\n"
                     "for, and what it costs to look for them, to commit and to encode.\n"
                     "SEQUENCE: text, window or a recording.\n";
        return names.empty() ? 2 : 0;
    }
    std::cout << "                 bytes an update        ms of CPU an update\n"
                 "updates  moves  without     with        commit    with  search  encode    with\n";
    try {
        for (const std::string& name : names) {
            print(name);
        }
    } catch (const RecordingError& error) {
        std::cerr << "covnc-bench: " << error.what() << '\n';
        return 1;
    }
    return 0;
}

} // namespace covnc::bench
