// What covnc-bench encode has found out. Values.
#pragma once

#include "tools/bench/encode_cases.h"

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace covnc::bench {

struct EncodeSetup
{
    std::vector<std::string> sequences;
    std::size_t frames = 40; // updates of each sequence at most, besides the first picture
    std::size_t rounds = 3;  // an update's CPU is the least of them
    EncodeChoice choice;
    std::string json_file;
    std::string svg_folder;
};

// An encoding on a sequence. The first picture is not in the sums.
struct EncodeRow
{
    std::string sequence;
    EncodeCase what;
    std::uint64_t updates = 0;
    std::uint64_t pixels = 0;
    std::uint64_t bytes = 0;
    double cpu_seconds = 0;
    std::uint64_t first_picture_bytes = 0;
    double first_picture_cpu_seconds = 0;
    std::optional<double> psnr; // dB; nothing: exact
    // Ours by LibVNCServer's with the same encoding.
    std::optional<double> bytes_ratio;
    std::optional<double> cpu_ratio;

    double pixels_per_update() const;
    double bytes_per_update() const;
    double cpu_ms_per_update() const;
    double mpixels_per_second() const;
};

// Fills what only several rows together tell.
void compare_rows(std::vector<EncodeRow>& rows);

void write_head(std::ostream& out, const EncodeSetup& setup);
// The rows of one sequence.
void write_sequence(std::ostream& out, const std::vector<EncodeRow>& rows);
// docs/performance.md has its schema.
std::string to_json(const EncodeSetup& setup, const std::vector<EncodeRow>& rows);

} // namespace covnc::bench
