// What a load test has found out. Values.
#pragma once

#include "tools/load/histogram.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace covnc::load {

// Of one viewer, while everything was being counted.
struct ViewerFigures
{
    std::string kind;
    std::string link; // empty: none simulated
    std::uint64_t updates = 0;
    std::uint64_t bytes = 0;
    std::map<std::int32_t, std::uint64_t> rectangles{}; // by encoding, from its start
};

// One second of the test, from its start.
struct TimelinePoint
{
    double seconds = 0;
    std::size_t connected = 0;
    double updates_per_second = 0;
    double bytes_per_second = 0;
    double server_cpu_percent = 0; // of one core; zero without a pid
    std::uint64_t server_memory_bytes = 0;
};

// Whether viewers had the right pixels in the end.
struct VerifyFigures
{
    bool went_quiet = false; // nothing is compared before the display does
    std::size_t compared = 0;
    std::size_t equal = 0;
    std::uint64_t wrong_pixels = 0;    // of lossless viewers, in all
    std::size_t lossy = 0;             // viewers of lossy encodings
    double lowest_psnr_db = 0;         // of those; 100: equal
    std::vector<std::string> examples; // of viewers that differ, the first few
};

struct ServerFigures
{
    double cpu_seconds = 0; // while everything was being counted
    std::uint64_t memory_before_bytes = 0;
    std::uint64_t memory_most_bytes = 0;
};

struct Figures
{
    double seconds = 0; // that were counted
    std::size_t connected = 0;
    std::size_t most_connected = 0;
    std::uint64_t connections = 0;
    std::uint64_t updates = 0;
    std::uint64_t rectangles = 0;
    std::uint64_t pixels = 0;
    std::uint64_t bytes = 0;
    Histogram connect;     // until the socket is connected
    Histogram handshake;   // from there to ServerInit
    Histogram first_frame; // from there until every pixel has come once
    Histogram interval;    // between two updates of a viewer
    Histogram response;    // from a request to its update
    // From a key to the change of the picture, by link.
    std::map<std::string, Histogram> key_to_pixel;
    std::map<std::string, std::uint64_t> errors; // by kind
    std::vector<ViewerFigures> viewers;
    std::vector<TimelinePoint> timeline;
    std::optional<VerifyFigures> verify;
    std::optional<ServerFigures> server;
    double own_cpu_seconds = 0; // of the load tester itself, likewise
};

// How evenly viewers were served.
struct Fairness
{
    double slowest_of_median = 0; // updates of the slowest by those of the median
    double jain_index = 0;        // 1: all equal; 1/n: one got everything
};
// What each kind of viewer was sent: rectangles by the encoding's name. A server need not send what
// was asked for.
using SentEncodings = std::map<std::string, std::map<std::string, std::uint64_t>>;
SentEncodings sent_encodings(const std::vector<ViewerFigures>& viewers);

Fairness fairness_of(const std::vector<ViewerFigures>& viewers);

} // namespace covnc::load
