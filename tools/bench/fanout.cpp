// covnc-bench fanout: what viewers of one display cost the server, few and many, on equal links and
// on different ones, beside LibVNCServer on the same frames.
#include "rfb/security/security_types.h"
#include "tools/bench/commands.h"
#include "tools/bench/fanout_figures.h"
#include "tools/bench/sequence.h"
#include "tools/load/run.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <fstream>
#include <iostream>

namespace covnc::bench {

namespace {

// Five kinds of links from near to far.
constexpr const char* kMixedLinks =
    "20% 50mbit 20ms, 20% 20mbit 50ms, 20% 10mbit 100ms, 20% 5mbit 150ms, 20% 2mbit 200ms";
constexpr double kViewersASecond = 500; // that connect

double own_cpu_seconds()
{
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

// Counts on the server's side what happens between two moments, and how old pictures are.
class Bookkeeper final : public load::LoadObserver
{
public:
    Bookkeeper(const ServerProcess& server, FanoutRow& row) : server_(server), row_(row) {}

    void counting_starts() override { before_ = now(); }

    void counting_ends() override
    {
        const Counts after = now();
        row_.frames = after.frames - before_.frames;
        row_.commits = after.commits - before_.commits;
        row_.encodings = after.encodings - before_.encodings;
        row_.source_cpu_seconds = after.source_cpu_seconds - before_.source_cpu_seconds;
        row_.server_cpu_seconds =
            after.server_cpu_seconds - before_.server_cpu_seconds - row_.source_cpu_seconds;
        row_.load_cpu_seconds = after.load_cpu_seconds - before_.load_cpu_seconds;
        row_.server_memory_bytes = server_.memory_bytes();
    }

    void picture_arrived(const std::string& /*link*/, PixelView pixels, TimePoint when) override
    {
        const std::optional<TimePoint> shown = server_.board().last_shown(fingerprint(pixels));
        if (shown && *shown <= when) {
            row_.delay.add(when - *shown);
        } else {
            ++row_.unmatched_pictures;
        }
    }

private:
    struct Counts
    {
        std::uint64_t frames = 0;
        std::uint64_t commits = 0;
        std::uint64_t encodings = 0;
        double source_cpu_seconds = 0;
        double server_cpu_seconds = 0;
        double load_cpu_seconds = 0;
    };

    Counts now() const
    {
        Counts counts;
        counts.frames = server_.board().frames;
        counts.commits = server_.board().commits;
        counts.encodings = server_.board().encodings;
        counts.source_cpu_seconds =
            static_cast<double>(server_.board().source_nanoseconds.load()) / 1e9;
        counts.server_cpu_seconds = server_.cpu_seconds();
        counts.load_cpu_seconds = own_cpu_seconds();
        return counts;
    }

    const ServerProcess& server_;
    FanoutRow& row_;
    Counts before_;
};

load::LoadSettings load_settings(const FanoutSettings& settings, const FanoutCase& what)
{
    load::LoadSettings load;
    load.clients = what.clients;
    load.seconds = settings.seconds;
    load.ramp = std::max(0.5, static_cast<double>(what.clients) / kViewersASecond);
    load.patience = settings.patience;
    load.continuous = settings.continuous;
    load.mix = load::parse_mix(settings.encoding);
    if (what.links != "none") {
        load.links = load::parse_links(what.links == "mixed" ? kMixedLinks : what.links);
    }
    load.shows_pictures = true;
    load.security = {what.security};
    return load;
}

FanoutRow run_case(const FanoutSettings& settings, const FanoutCase& what)
{
    FanoutRow row;
    row.what = what;
    if (what.server == ServerKind::kLibVncServer && what.clients > kMostViewersOfLibVncServer) {
        row.skipped = "skipped: it cannot serve so many (select() has 1024 descriptors)";
        return row;
    }
    load::LoadSettings load = load_settings(settings, what);
    ServerPlan plan;
    plan.kind = what.server;
    plan.sequence = what.sequence;
    plan.workers = settings.workers;
    plan.security = what.security;
    plan.tls = settings.tls;
    const ServerProcess server(plan);
    load.server = server.endpoint();
    Bookkeeper bookkeeper(server, row);
    const load::Figures figures = run_load(load, bookkeeper);
    row.connected = figures.most_connected;
    row.errors = figures.errors;
    row.seconds = figures.seconds;
    row.updates = figures.updates;
    row.bytes = figures.bytes;
    row.slowest_of_median = fairness_of(figures.viewers).slowest_of_median;
    return row;
}

std::vector<FanoutCase> cases_of(const FanoutSettings& settings)
{
    std::vector<FanoutCase> cases;
    for (const std::string& sequence : settings.sequences) {
        for (const std::string& links : settings.links) {
            for (const std::size_t clients : settings.clients) {
                for (const ServerKind server : settings.servers) {
                    for (const SecurityType security : settings.security) {
                        if (server == ServerKind::kCovnc || security == SecurityType::kNone) {
                            cases.push_back({sequence, server, clients, links, security});
                        }
                    }
                }
            }
        }
    }
    return cases;
}

// False: help was wanted, or there is a mistake; status says which.
bool read_settings(int argc, char** argv, FanoutSettings& settings, int& status)
{
    CLI::App app("Viewers of one display at 30 frames a second: CPU an update, sharing, delays.",
                 "covnc-bench fanout");
    std::vector<std::string> servers{"covnc"};
    if (has_libvncserver()) {
        servers.emplace_back("libvncserver");
    }
    std::vector<std::string> security{"None"};
    app.add_option("--sequence", settings.sequences, "FILE.cvs, text or window; again and again")
        ->allow_extra_args(false)
        ->capture_default_str();
    app.add_option("--clients", settings.clients, "Viewers, one row each: 1,10,100,1000")
        ->delimiter(',')
        ->check(CLI::Range(1, 10000))
        ->capture_default_str();
    app.add_option("--links", settings.links, "none, mixed, or as covnc-load --link; repeatable")
        ->allow_extra_args(false)
        ->capture_default_str();
    app.add_option("--servers", servers, "covnc,libvncserver")
        ->delimiter(',')
        ->check(CLI::IsMember({"covnc", "libvncserver"}))
        ->capture_default_str();
    app.add_option("--security", security, "covnc's: None,TLSNone,X509None")
        ->delimiter(',')
        ->check(CLI::IsMember({"None", "TLSNone", "X509None"}))
        ->capture_default_str();
    app.add_option("--tls-cert", settings.tls.certificate, "For X509None");
    app.add_option("--tls-key", settings.tls.key, "Its key");
    app.add_option("--encoding", settings.encoding, "As covnc-load --mix")->capture_default_str();
    app.add_option("--seconds", settings.seconds, "Counted, for each row")
        ->check(CLI::Range(0.1, 86400.0))
        ->capture_default_str();
    app.add_option("--patience", settings.patience, "Seconds at most until all have a picture")
        ->check(CLI::Range(0.0, 86400.0))
        ->capture_default_str();
    app.add_option("--workers", settings.workers, "covnc's encoding threads")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    app.add_flag("--continuous", settings.continuous, "ContinuousUpdates where the server can");
    app.add_option("--json", settings.json_file, "Write the figures there");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        status = app.exit(error) == 0 ? 0 : 2;
        return false;
    }
    settings.security.clear();
    for (const std::string& type : security) {
        settings.security.push_back(*security_type_of(type));
    }
    for (const std::string& server : servers) {
        settings.servers.push_back(server == "covnc" ? ServerKind::kCovnc
                                                     : ServerKind::kLibVncServer);
    }
    return true;
}

int run(const FanoutSettings& settings)
{
    const std::vector<FanoutCase> cases = cases_of(settings);
    for (const FanoutCase& what : cases) {
        load_settings(settings, what); // mistakes are told before anything runs
    }
    for (const std::string& sequence : settings.sequences) {
        Sequence::open(sequence);
    }
    TlsCredentials::for_server(settings.tls);
    std::vector<FanoutRow> rows;
    write_head(std::cout, settings);
    for (const FanoutCase& what : cases) {
        rows.push_back(run_case(settings, what));
        write_row(std::cout, rows.back());
    }
    compare_rows(rows);
    write_comparison(std::cout, rows);
    if (!settings.json_file.empty()) {
        std::ofstream file(settings.json_file);
        file << to_json(settings, rows);
        file.close();
        if (!file) {
            throw std::runtime_error(settings.json_file + ": cannot be written");
        }
    }
    // What another server cannot do is a figure, not a failure.
    const auto is_fine = [](const FanoutRow& row) {
        return row.what.server != ServerKind::kCovnc ||
               (row.errors.empty() && row.connected == row.what.clients);
    };
    return std::all_of(rows.begin(), rows.end(), is_fine) ? 0 : 1;
}

} // namespace

int run_fanout(int argc, char** argv)
{
    FanoutSettings settings;
    int status = 0;
    if (!read_settings(argc, argv, settings, status)) {
        return status;
    }
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return run(settings);
    } catch (const load::SettingsError& error) {
        std::cerr << "covnc-bench: " << error.what() << "\n";
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "covnc-bench: " << error.what() << "\n";
        return 1;
    }
}

} // namespace covnc::bench
