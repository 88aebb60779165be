// covnc-bench sound: what converting a machine's sound costs, for each format that a viewer may
// want.
#include "rfb/audio_convert.h"
#include "tools/bench/commands.h"
#include "tools/bench/cpu_time.h"

#include <CLI/CLI.hpp>

#include <array>
#include <fmt/core.h>
#include <iostream>
#include <string>

namespace covnc::bench {

namespace {

struct Case
{
    std::string name;
    AudioFormat format;
};

void measure(const Case& the_case, int seconds)
{
    constexpr std::size_t kFrames = 1024; // that QEMU hands over at once
    const PcmFormat machine;
    AudioConverter converter(machine, the_case.format);
    constexpr std::array<float, 2> kFull{1, 1};
    const Bytes piece(kFrames * machine.channels * machine.bits / 8, 0x12);
    const std::int64_t pieces = std::int64_t{seconds} * machine.frequency / std::int64_t{kFrames};
    std::size_t bytes = 0;
    const std::int64_t begin = thread_cpu_nanoseconds();
    for (std::int64_t i = 0; i < pieces; ++i) {
        bytes += converter.convert(piece, kFull).size();
    }
    const auto spent = static_cast<double>(thread_cpu_nanoseconds() - begin);
    std::cout << fmt::format("{:<32} {:>16.1f} {:>12.1f}\n",
                             the_case.name,
                             spent / 1e6 * 60 / seconds,
                             static_cast<double>(bytes) / 1e3 / seconds);
}

} // namespace

int run_sound(int argc, char** argv)
{
    int seconds = 60;
    CLI::App app("CPU of sound: from 16 bits, two channels, 44100 Hz to what viewers want.",
                 "covnc-bench sound");
    app.add_option("--seconds", seconds, "Of sound (60)")->check(CLI::Range(1, 3600));
    CLI11_PARSE(app, argc, argv);
    std::cout << fmt::format("{:<32} {:>16} {:>12}\n", "", "CPU ms a minute", "kB/s");
    for (const Case& one : {Case{"the same", {SampleFormat::kS16, 2, 44100}},
                            Case{"8 bits, one channel, 44100 Hz", {SampleFormat::kU8, 1, 44100}},
                            Case{"16 bits, two channels, 48000 Hz", {SampleFormat::kS16, 2, 48000}},
                            Case{"the same, 22050 Hz", {SampleFormat::kS16, 2, 22050}},
                            Case{"the same, 4001 Hz, the worst", {SampleFormat::kS16, 2, 4001}}}) {
        measure(one, seconds);
    }
    return 0;
}

} // namespace covnc::bench
