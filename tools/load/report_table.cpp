#include "tools/load/report.h"

#include <algorithm>
#include <fmt/format.h>
#include <ostream>

namespace covnc::load {

namespace {

std::string bytes_text(double bytes)
{
    const char* units[] = {"B", "kB", "MB", "GB"};
    std::size_t unit = 0;
    while (bytes >= 1000 && unit < 3) {
        bytes /= 1000;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", bytes, bytes < 10 && unit > 0 ? 1 : 0, units[unit]);
}

std::string time_text(Duration time)
{
    const double ms = std::chrono::duration<double, std::milli>(time).count();
    return fmt::format("{:.{}f}", ms, ms < 10 ? 2 : ms < 100 ? 1 : 0);
}

double per(double sum, double count)
{
    return count > 0 ? sum / count : 0;
}

void write_times(std::ostream& out, const std::string& name, const Histogram& times)
{
    if (times.is_empty()) {
        return;
    }
    out << fmt::format("  {:<26} {:>8}", name, times.count());
    for (const double percent : {50.0, 90.0, 99.0, 99.9}) {
        out << fmt::format(" {:>9}", time_text(times.percentile(percent)));
    }
    out << fmt::format(" {:>9}\n", time_text(times.max()));
}

// Only where a kind got something else than it asked for first, moves aside.
void write_fallbacks(std::ostream& out, const Figures& figures)
{
    for (const auto& [kind, sent] : sent_encodings(figures.viewers)) {
        const std::string wanted = kind.substr(0, kind.find('-'));
        std::string others;
        for (const auto& [name, count] : sent) {
            if (name != wanted && name != "copyrect") {
                others += fmt::format("{}{} {}", others.empty() ? "" : ", ", count, name);
            }
        }
        if (!others.empty()) {
            out << fmt::format("{:<12} was sent {}, and {} {}\n",
                               kind,
                               others,
                               sent.contains(wanted) ? sent.at(wanted) : 0,
                               wanted);
        }
    }
}

void write_verify(std::ostream& out, const VerifyFigures& verify)
{
    if (!verify.went_quiet) {
        out << "pixels       not compared: the display did not go quiet\n";
        return;
    }
    const std::size_t lossless = verify.compared - verify.lossy;
    out << fmt::format(
        "pixels       {} of {} lossless viewers equal the reference", verify.equal, lossless);
    if (verify.lossy > 0) {
        out << fmt::format(
            "; {} lossy ones, PSNR at least {:.1f} dB", verify.lossy, verify.lowest_psnr_db);
    }
    out << "\n";
    for (const std::string& example : verify.examples) {
        out << "             " << example << "\n";
    }
}

} // namespace

std::string progress_line(const Figures& figures)
{
    if (figures.timeline.empty()) {
        return "";
    }
    const TimelinePoint& now = figures.timeline.back();
    std::uint64_t errors = 0;
    for (const auto& [kind, count] : figures.errors) {
        errors += count;
    }
    std::string line = fmt::format("{:4.0f} s  {} viewers  {:.0f} updates/s  {}/s  {} errors",
                                   now.seconds,
                                   now.connected,
                                   now.updates_per_second,
                                   bytes_text(now.bytes_per_second),
                                   errors);
    if (now.server_memory_bytes != 0) {
        line += fmt::format("  server {:.0f} % CPU, {}",
                            now.server_cpu_percent,
                            bytes_text(static_cast<double>(now.server_memory_bytes)));
    }
    return line;
}

void write_table(std::ostream& out, const LoadSettings& settings, const Figures& figures)
{
    const auto updates = static_cast<double>(figures.updates);
    const auto bytes = static_cast<double>(figures.bytes);
    const Fairness fairness = fairness_of(figures.viewers);
    out << fmt::format("viewers      {} of {} at most at once, {} connections\n",
                       figures.most_connected,
                       settings.clients,
                       figures.connections);
    out << fmt::format("counted      {:.1f} s\n", figures.seconds);
    out << fmt::format(
        "updates      {:.0f}/s in all, {:.1f}/s a viewer\n",
        per(updates, figures.seconds),
        per(per(updates, figures.seconds), static_cast<double>(figures.viewers.size())));
    out << fmt::format("bytes        {}/s in all, {} an update\n",
                       bytes_text(per(bytes, figures.seconds)),
                       bytes_text(per(bytes, updates)));
    out << fmt::format("fairness     slowest viewer {:.0f} % of the median, Jain's index {:.3f}\n",
                       fairness.slowest_of_median * 100,
                       fairness.jain_index);
    if (figures.server) {
        const ServerFigures& server = *figures.server;
        out << fmt::format(
            "server       {:.2f} s of CPU ({:.0f} % of a core), {:.1f} us an update, "
            "memory {} at most\n",
            server.cpu_seconds,
            per(server.cpu_seconds, figures.seconds) * 100,
            per(server.cpu_seconds * 1e6, updates),
            bytes_text(static_cast<double>(
                std::max(server.memory_most_bytes, server.memory_before_bytes))));
    }
    out << fmt::format("covnc-load   {:.2f} s of CPU ({:.0f} % of a core)\n",
                       figures.own_cpu_seconds,
                       per(figures.own_cpu_seconds, figures.seconds) * 100);
    write_fallbacks(out, figures);
    if (figures.verify) {
        write_verify(out, *figures.verify);
    }
    out << "\n";
    out << fmt::format("  {:<26} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9}\n",
                       "milliseconds",
                       "count",
                       "50 %",
                       "90 %",
                       "99 %",
                       "99.9 %",
                       "most");
    write_times(out, "connecting", figures.connect);
    write_times(out, "handshake", figures.handshake);
    write_times(out, "first full frame", figures.first_frame);
    write_times(out, "between updates", figures.interval);
    write_times(out, "from request to update", figures.response);
    for (const auto& [link, times] : figures.key_to_pixel) {
        write_times(out, "key to pixel" + (link.empty() ? "" : ", " + link), times);
    }
    out << "\nerrors       " << (figures.errors.empty() ? "none\n" : "\n");
    for (const auto& [kind, count] : figures.errors) {
        out << fmt::format("  {:>8}  ", count) << kind << "\n";
    }
}

} // namespace covnc::load
