// What looking for moves saves and costs: a sequence through a framebuffer with and without it, for
// a viewer in step that takes ZRLE and CopyRect. Bytes, which are exact, and CPU time.
#include "rfb/framebuffer.h"
#include "rfb/snapshot.h"
#include "rfb/update_plan.h"
#include "tools/bench/commands.h"
#include "tools/bench/sequence.h"
#include "tools/recording/format.h"

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
    double encode_ms = 0;
};

// Bytes of what a viewer at the version before is sent.
std::size_t encode(const Framebuffer& framebuffer, bool with_moves, Figures& figures)
{
    const std::uint64_t base = framebuffer.version() - 1;
    MemoryBudget budget(SIZE_MAX);
    PlanInput input{framebuffer, {}, {}, 1, with_moves};
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
        const double started = cpu_milliseconds();
        const bool changed = framebuffer.commit(damage, {}, search);
        const double committed = cpu_milliseconds();
        if (i == 0 || !changed) {
            continue;
        }
        const bool with_moves = search != MoveSearch::kNone;
        figures.bytes += encode(framebuffer, with_moves, figures);
        ++figures.updates;
        figures.commit_ms += committed - started;
        figures.encode_ms += cpu_milliseconds() - committed;
    }
    return figures;
}

void print(const std::string& name)
{
    const Figures without = play(name, MoveSearch::kNone);
    const Figures with = play(name, MoveSearch::kScrolling);
    const auto each = [&](double sum) { return sum / without.updates; };
    std::cout << std::fixed << std::setprecision(0) << std::setw(6) << without.updates
              << std::setw(8) << with.with_moves << std::setw(11)
              << each(static_cast<double>(without.bytes)) << std::setw(11)
              << each(static_cast<double>(with.bytes)) << std::setw(6)
              << 100.0 * static_cast<double>(with.bytes) / static_cast<double>(without.bytes) << '%'
              << std::setprecision(2) << std::setw(9) << each(without.commit_ms) << std::setw(9)
              << each(with.commit_ms) << std::setw(9) << each(without.encode_ms) << std::setw(9)
              << each(with.encode_ms) << "  " << name << std::endl;
}

} // namespace

int run_scroll(int argc, char** argv)
{
    std::vector<std::string> names(argv + 1, argv + argc);
    if (names.empty() || names[0] == "--help") {
        std::cout << "usage: covnc-bench scroll SEQUENCE...\n"
                     "What a viewer in step is sent (ZRLE) without and with moves that are looked\n"
                     "for, bytes an update, and what that costs, milliseconds of CPU an update.\n"
                     "SEQUENCE: text, window or a recording.\n";
        return names.empty() ? 2 : 0;
    }
    std::cout << "updates  moves      bytes       with        commit     with   encode     with\n";
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
