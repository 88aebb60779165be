// What covnc-bench fanout has found out. Values.
#pragma once

#include "tools/bench/fanout_server.h"
#include "tools/load/histogram.h"

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace covnc::bench {

struct FanoutSettings
{
    std::vector<std::string> sequences{"text", "window"};
    std::vector<std::size_t> clients{100};
    std::vector<std::string> links{"none", "mixed"}; // or as covnc-load --link has them
    std::vector<ServerKind> servers;
    std::vector<SecurityType> security{SecurityType::kNone}; // covnc's
    TlsServerFiles tls;                                      // for types with X.509
    std::string encoding = "zrle";                           // as covnc-load --mix has them
    double seconds = 5;
    double patience = 30; // for all to connect and see a picture
    std::size_t workers = 1;
    bool continuous = false;
    std::string json_file;
};

// What a row of the table is about.
struct FanoutCase
{
    std::string sequence;
    ServerKind server = ServerKind::kCovnc;
    std::size_t clients = 0;
    std::string links;
    SecurityType security = SecurityType::kNone;
};

struct FanoutRow
{
    FanoutCase what;
    std::string skipped; // why, and nothing else is filled
    std::size_t connected = 0;
    std::map<std::string, std::uint64_t> errors;
    double seconds = 0; // that were counted
    std::uint64_t frames = 0;
    std::uint64_t commits = 0;
    std::uint64_t encodings = 0; // covnc's
    std::uint64_t updates = 0;   // that viewers got
    std::uint64_t bytes = 0;
    double slowest_of_median = 0;
    double source_cpu_seconds = 0; // drawing the frames, in the server's process
    double server_cpu_seconds = 0; // its process without that
    double load_cpu_seconds = 0;
    std::uint64_t server_memory_bytes = 0;
    std::optional<double> memory_bytes_per_viewer; // beside the row with the fewest viewers
    load::Histogram delay;                         // from a whole frame to a viewer's picture
    std::uint64_t unmatched_pictures = 0;          // of the viewers that look, between two frames
    std::optional<double> cpu_ratio;               // LibVNCServer's per update by covnc's

    double wanted_per_second() const; // each change to each viewer, were all frames on time
    double delivered_per_second() const;
    double bytes_per_update() const;
    double server_us_per_update() const;
    double load_us_per_update() const;
    double encodings_per_commit() const;
    double sharing() const; // updates per encoding
};

// Fills what only several rows together tell.
void compare_rows(std::vector<FanoutRow>& rows);

void write_head(std::ostream& out, const FanoutSettings& settings);
void write_row(std::ostream& out, const FanoutRow& row);
// What is not known when a row is written.
void write_comparison(std::ostream& out, const std::vector<FanoutRow>& rows);
// docs/performance.md has its schema.
std::string to_json(const FanoutSettings& settings, const std::vector<FanoutRow>& rows);

} // namespace covnc::bench
