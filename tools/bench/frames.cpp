// What a frame of an emulator costs the daemon before anybody looks at it: read from shared memory,
// compare, take over. CPU time, at 1024x768.
#include "coroutine/worker_pool.h"
#include "src/sources/shm/screen.h"
#include "tools/bench/commands.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <iomanip>
#include <iostream>
#include <random>
#include <string_view>
#include <sys/mman.h>
#include <vector>

namespace covnc::bench {

namespace {

constexpr Size kSize{1024, 768};
constexpr int kFrames = 60;
constexpr int kRuns = 9;

double cpu_microseconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

// An emulator's memory, mapped as the emulator has it.
class Memory
{
public:
    Memory()
        : file_(memfd_create("bench", MFD_CLOEXEC | MFD_ALLOW_SEALING)),
          pixels_(static_cast<std::size_t>(kSize.area()))
    {
        for (std::uint32_t& pixel : pixels_) {
            pixel = random_() & 0xffffffU;
        }
        write();
        if (fcntl(file_.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
            std::abort();
        }
    }

    // Changes every pixel of these rows.
    void change(std::int32_t first, std::int32_t count)
    {
        const auto begin = pixels_.begin() + std::ptrdiff_t{first} * kSize.width;
        std::for_each(begin, begin + std::ptrdiff_t{count} * kSize.width, [](std::uint32_t& pixel) {
            pixel ^= 0x010101U;
        });
        write();
    }
    FileDescriptor descriptor() const
    {
        return FileDescriptor(fcntl(file_.get(), F_DUPFD_CLOEXEC, 0));
    }

private:
    void write() const
    {
        const std::size_t bytes = pixels_.size() * sizeof(std::uint32_t);
        if (::pwrite(file_.get(), pixels_.data(), bytes, 0) != static_cast<ssize_t>(bytes)) {
            std::abort();
        }
    }

    FileDescriptor file_;
    std::vector<std::uint32_t> pixels_;
    std::mt19937 random_;
};

struct Case
{
    std::string_view name;
    std::vector<Rect> damage;
    std::int32_t changed_rows; // from the top
};

std::vector<Case> cases()
{
    std::vector<Rect> sprites;
    for (std::int32_t i = 0; i < 32; ++i) {
        sprites.push_back({i * 30 % 1000, i * 97 % 700, 16, 16});
    }
    return {{"everything damaged, everything changed", {Rect::of(kSize)}, kSize.height},
            {"everything damaged, one line of text changed", {Rect::of(kSize)}, 16},
            {"everything damaged, nothing changed", {Rect::of(kSize)}, 0},
            {"one line of text", {{0, 0, kSize.width, 16}}, 16},
            {"one character", {{512, 0, 8, 16}}, 16},
            {"32 sprites of 16x16", sprites, kSize.height}};
}

double measure(const Case& what)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    ThreadPool pool(loop, 1);
    Display display({&loop, nullptr}, pool, DisplaySettings());
    shm::Screen screen(display);
    Memory memory;
    screen.set_surface({kSize, kSize.width * 4U}, memory.descriptor());
    display.input().key(&loop, {}); // after input every frame is taken at once; time stands still
    screen.frame();
    std::vector<double> runs;
    for (int run = 0; run < kRuns; ++run) {
        double sum = 0;
        for (int i = 0; i < kFrames; ++i) {
            memory.change(0, what.changed_rows);
            const double started = cpu_microseconds();
            screen.damage({what.damage});
            screen.frame();
            sum += cpu_microseconds() - started;
        }
        runs.push_back(sum / kFrames);
    }
    std::nth_element(runs.begin(), runs.begin() + kRuns / 2, runs.end());
    return runs[kRuns / 2];
}

} // namespace

int run_frames(int argc, char** /*argv*/)
{
    if (argc > 1) {
        std::cout
            << "usage: covnc-bench frames\n"
               "CPU microseconds a frame of an emulator costs (1024x768, no viewer), median of "
            << kRuns << " runs.\n";
        return 0;
    }
    std::cout << std::fixed << std::setprecision(0);
    for (const Case& what : cases()) {
        std::cout << std::setw(6) << measure(what) << " us  " << what.name << '\n';
    }
    return 0;
}

} // namespace covnc::bench
