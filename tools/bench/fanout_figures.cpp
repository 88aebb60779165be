#include "tools/bench/fanout_figures.h"

#include "rfb/security/security_types.h"
#include "tools/bench/player.h"
#include "tools/bench/sequence.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fmt/core.h>
#include <ostream>

namespace covnc::bench {

namespace {

double by(double amount, double count)
{
    return count > 0 ? amount / count : 0;
}

double milliseconds(Duration time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

// "covnc", "covnc X509None".
std::string label_of(const FanoutCase& what)
{
    const std::string name = name_of(what.server);
    return what.security == SecurityType::kNone ? name : name + " " + covnc::name_of(what.security);
}

// The row with other clients or another server, else alike.
FanoutRow* find(std::vector<FanoutRow>& rows, const FanoutCase& what)
{
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const FanoutRow& row) {
        return row.skipped.empty() && row.what.sequence == what.sequence &&
               row.what.server == what.server && row.what.clients == what.clients &&
               row.what.links == what.links && row.what.security == what.security;
    });
    return found == rows.end() ? nullptr : &*found;
}

std::size_t fewest_clients(const std::vector<FanoutRow>& rows)
{
    std::size_t fewest = rows.empty() ? 0 : rows.front().what.clients;
    for (const FanoutRow& row : rows) {
        fewest = std::min(fewest, row.what.clients);
    }
    return fewest;
}

nlohmann::ordered_json json_of(const FanoutRow& row)
{
    nlohmann::ordered_json json{{"sequence", row.what.sequence},
                                {"server", name_of(row.what.server)},
                                {"security", covnc::name_of(row.what.security)},
                                {"clients", row.what.clients},
                                {"links", row.what.links}};
    if (!row.skipped.empty()) {
        json["skipped"] = row.skipped;
        return json;
    }
    json["connected"] = row.connected;
    json["errors"] = row.errors;
    json["seconds"] = row.seconds;
    json["frames"] = row.frames;
    json["commits"] = row.commits;
    json["updates"] = row.updates;
    json["bytes"] = row.bytes;
    json["updates_per_second_wanted"] = row.wanted_per_second();
    json["updates_per_second"] = row.delivered_per_second();
    json["bytes_per_update"] = row.bytes_per_update();
    json["slowest_of_median"] = row.slowest_of_median;
    json["server_cpu_seconds"] = row.server_cpu_seconds;
    json["server_cpu_us_per_update"] = row.server_us_per_update();
    json["source_cpu_seconds"] = row.source_cpu_seconds;
    json["load_cpu_seconds"] = row.load_cpu_seconds;
    json["load_cpu_us_per_update"] = row.load_us_per_update();
    json["server_memory_bytes"] = row.server_memory_bytes;
    if (row.memory_bytes_per_viewer) {
        json["memory_bytes_per_viewer"] = *row.memory_bytes_per_viewer;
    }
    if (row.what.server == ServerKind::kCovnc) {
        json["encodings"] = row.encodings;
        json["encodings_per_commit"] = row.encodings_per_commit();
        json["updates_per_encoding"] = row.sharing();
    }
    json["delay"] = {{"count", row.delay.count()},
                     {"p50_ms", milliseconds(row.delay.percentile(50))},
                     {"p99_ms", milliseconds(row.delay.percentile(99))},
                     {"unmatched", row.unmatched_pictures}};
    if (row.cpu_ratio) {
        json["libvncserver_cpu_ratio"] = *row.cpu_ratio;
    }
    return json;
}

} // namespace

double FanoutRow::wanted_per_second() const
{
    const double changing = by(static_cast<double>(commits), static_cast<double>(frames));
    return changing * kFramesASecond * static_cast<double>(what.clients);
}

double FanoutRow::delivered_per_second() const
{
    return by(static_cast<double>(updates), seconds);
}

double FanoutRow::bytes_per_update() const
{
    return by(static_cast<double>(bytes), static_cast<double>(updates));
}

double FanoutRow::server_us_per_update() const
{
    return by(server_cpu_seconds * 1e6, static_cast<double>(updates));
}

double FanoutRow::load_us_per_update() const
{
    return by(load_cpu_seconds * 1e6, static_cast<double>(updates));
}

double FanoutRow::encodings_per_commit() const
{
    return by(static_cast<double>(encodings), static_cast<double>(commits));
}

double FanoutRow::sharing() const
{
    return by(static_cast<double>(updates), static_cast<double>(encodings));
}

void compare_rows(std::vector<FanoutRow>& rows)
{
    const std::size_t fewest = fewest_clients(rows);
    for (FanoutRow& row : rows) {
        if (!row.skipped.empty()) {
            continue;
        }
        FanoutCase what = row.what;
        what.clients = fewest;
        const FanoutRow* const smallest = find(rows, what);
        if (smallest != nullptr && row.what.clients > fewest) {
            row.memory_bytes_per_viewer = (static_cast<double>(row.server_memory_bytes) -
                                           static_cast<double>(smallest->server_memory_bytes)) /
                                          static_cast<double>(row.what.clients - fewest);
        }
        what = row.what;
        what.server = ServerKind::kLibVncServer;
        what.security = SecurityType::kNone;
        const FanoutRow* const other = find(rows, what);
        if (row.what.server == ServerKind::kCovnc && other != nullptr && row.updates > 0) {
            row.cpu_ratio = other->server_us_per_update() / row.server_us_per_update();
        }
    }
}

void write_head(std::ostream& out, const FanoutSettings& settings)
{
    out << fmt::format("{}{}, 30 frames/s, {} s each; CPU of the server without drawing\n\n",
                       settings.encoding,
                       settings.continuous ? ", continuous updates" : "",
                       settings.seconds);
    out << fmt::format("{:<22} {:<14} {:>5} {:<7} {:>7} {:>7} {:>7} {:>8} {:>5} {:>5} {:>5} {:>6} "
                       "{:>7} {:>6} {:>7} {:>7} {:>7}\n",
                       "sequence",
                       "server",
                       "n",
                       "links",
                       "wanted",
                       "upd/s",
                       "kB/upd",
                       "us/upd",
                       "cpu%",
                       "draw%",
                       "load%",
                       "enc/co",
                       "sharing",
                       "slow%",
                       "p50 ms",
                       "p99 ms",
                       "MB");
}

void write_row(std::ostream& out, const FanoutRow& row)
{
    out << fmt::format("{:<22.22} {:<14} {:>5} {:<7.7}",
                       short_name(row.what.sequence),
                       label_of(row.what),
                       row.what.clients,
                       row.what.links);
    if (!row.skipped.empty()) {
        out << ' ' << row.skipped << std::endl;
        return;
    }
    out << fmt::format(" {:>7.0f} {:>7.0f} {:>7.2f} {:>8.1f} {:>5.0f} {:>5.0f} {:>5.0f}",
                       row.wanted_per_second(),
                       row.delivered_per_second(),
                       row.bytes_per_update() / 1000,
                       row.server_us_per_update(),
                       by(row.server_cpu_seconds, row.seconds) * 100,
                       by(row.source_cpu_seconds, row.seconds) * 100,
                       by(row.load_cpu_seconds, row.seconds) * 100);
    if (row.what.server == ServerKind::kCovnc) {
        out << fmt::format(" {:>6.2f} {:>7.1f}", row.encodings_per_commit(), row.sharing());
    } else {
        out << fmt::format(" {:>6} {:>7}", "", "");
    }
    out << fmt::format(" {:>6.0f}", row.slowest_of_median * 100);
    if (row.delay.is_empty()) {
        out << fmt::format(" {:>7} {:>7}", "-", "-");
    } else {
        out << fmt::format(" {:>7.1f} {:>7.1f}",
                           milliseconds(row.delay.percentile(50)),
                           milliseconds(row.delay.percentile(99)));
    }
    out << fmt::format(" {:>7.1f}", static_cast<double>(row.server_memory_bytes) / 1e6);
    if (row.connected < row.what.clients) {
        out << fmt::format("  only {} connected", row.connected);
    }
    for (const auto& [kind, count] : row.errors) {
        out << fmt::format("  {}: {}", kind, count);
    }
    out << std::endl;
}

void write_comparison(std::ostream& out, const std::vector<FanoutRow>& rows)
{
    out << '\n';
    for (const FanoutRow& row : rows) {
        std::string text;
        if (row.memory_bytes_per_viewer) {
            text +=
                fmt::format("  {:.1f} kB of memory a viewer", *row.memory_bytes_per_viewer / 1000);
        }
        if (row.cpu_ratio) {
            text +=
                fmt::format("  LibVNCServer needs {:.0f} times the CPU an update", *row.cpu_ratio);
        }
        if (!text.empty()) {
            out << fmt::format("{:<22.22} {:<14} {:>5} {:<7.7}{}\n",
                               short_name(row.what.sequence),
                               label_of(row.what),
                               row.what.clients,
                               row.what.links,
                               text);
        }
    }
}

std::string to_json(const FanoutSettings& settings, const std::vector<FanoutRow>& rows)
{
    nlohmann::ordered_json json{{"schema", "covnc-bench fanout 1"},
                                {"encoding", settings.encoding},
                                {"continuous", settings.continuous},
                                {"workers", settings.workers},
                                {"frames_per_second", kFramesASecond},
                                {"rows", nlohmann::ordered_json::array()}};
    for (const FanoutRow& row : rows) {
        json["rows"].push_back(json_of(row));
    }
    return json.dump(2) + "\n";
}

} // namespace covnc::bench
