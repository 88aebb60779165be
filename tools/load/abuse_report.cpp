#include "tools/load/abuse_report.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fmt/format.h>
#include <ostream>

namespace covnc::load {

namespace {

using nlohmann::ordered_json;

double ms(Duration time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

std::string ms_text(Duration time)
{
    const double value = ms(time);
    return fmt::format("{:.{}f}", value, value < 100 ? 1 : 0);
}

std::string megabytes(std::uint64_t bytes)
{
    return fmt::format("{:.1f}", static_cast<double>(bytes) / 1e6);
}

// How many times as long as without an attack; 0 where there is nothing to compare.
double ratio(const Histogram& attacked, const Histogram& quiet, double percent)
{
    if (attacked.is_empty() || quiet.is_empty()) {
        return 0;
    }
    return ms(attacked.percentile(percent)) / std::max(ms(quiet.percentile(percent)), 1e-3);
}

std::size_t good_ones(const AbuseFigures& figures)
{
    return static_cast<std::size_t>(
        std::count_if(figures.attacks.begin(), figures.attacks.end(), [](const auto& attack) {
            return is_good(attack.verdict);
        }));
}

bool has_keys(const AbuseFigures& figures)
{
    return !figures.quiet_key_to_pixel.is_empty();
}

std::string key_columns(const AttackFigures& attack, const AbuseFigures& figures)
{
    if (!has_keys(figures)) {
        return "";
    }
    const Histogram& keys = attack.key_to_pixel;
    if (keys.is_empty()) {
        return fmt::format(" {:>7} {:>7} {:>7}", "-", "-", "-");
    }
    return fmt::format(" {:>7} {:>7} {:>7}",
                       ms_text(keys.percentile(50)),
                       ms_text(keys.percentile(99)),
                       fmt::format("{:.1f} {:.1f}",
                                   ratio(keys, figures.quiet_key_to_pixel, 50),
                                   ratio(keys, figures.quiet_key_to_pixel, 99)));
}

std::string memory_columns(const AttackFigures& attack, const AbuseFigures& figures)
{
    if (!figures.watches_process) {
        return "";
    }
    return fmt::format(" {:>7} {:>7} {:>7}",
                       megabytes(attack.before.memory_bytes),
                       megabytes(attack.most_memory_bytes),
                       megabytes(attack.after.memory_bytes));
}

void write_head(std::ostream& out, const LoadSettings& settings, const AbuseFigures& figures)
{
    out << fmt::format("server       {}, {}x{}; its display {}\n",
                       settings.server.text(),
                       figures.size.width,
                       figures.size.height,
                       figures.is_still ? "stands still: pixels are compared"
                                        : "moves: pictures must come, their pixels are not known");
    out << fmt::format("quiet        a whole picture in {} ms (50 %), {} ms (most)\n",
                       ms_text(figures.quiet_delay.percentile(50)),
                       ms_text(figures.quiet_delay.max()));
    if (has_keys(figures)) {
        out << fmt::format("             key to pixel {} ms (50 %), {} ms (99 %)\n",
                           ms_text(figures.quiet_key_to_pixel.percentile(50)),
                           ms_text(figures.quiet_key_to_pixel.percentile(99)));
    }
    out << fmt::format("\n  {:<18} {:<12} {:>7} {:>8}", "", "", "picture", "newcomer");
    out << (has_keys(figures) ? fmt::format(" {:<23}", " key to pixel, ms") : "");
    out << (figures.watches_process ? fmt::format(" {:<23}", " memory, MB") : "");
    out << fmt::format("\n  {:<18} {:<12} {:>7} {:>8}", "attack", "probe", "most ms", "ms");
    if (has_keys(figures)) {
        out << fmt::format(" {:>7} {:>7} {:>7}", "50 %", "99 %", "times");
    }
    if (figures.watches_process) {
        out << fmt::format(" {:>7} {:>7} {:>7}", "before", "most", "after");
    }
    out << "  the server\n";
}

void write_attack(std::ostream& out, const AttackFigures& attack, const AbuseFigures& figures)
{
    if (attack.verdict == Verdict::kNotRun) {
        out << fmt::format("  {:<18} not run\n", attack.name);
        return;
    }
    out << fmt::format("  {:<18} {:<12} {:>7} {:>8}{}{}  {}{}\n",
                       attack.name,
                       name_of(attack.verdict),
                       ms_text(attack.worst_delay),
                       ms_text(attack.newcomer_delay),
                       key_columns(attack, figures),
                       memory_columns(attack, figures),
                       text_of(attack.reactions),
                       attack.was_cut_short ? " (cut short after 20 s)" : "");
}

void write_problems(std::ostream& out, const AbuseFigures& figures)
{
    for (const AttackFigures& attack : figures.attacks) {
        if (!attack.problem.empty()) {
            out << "  " << attack.name << ": " << attack.problem << "\n";
        }
    }
    for (const std::string& problem : figures.problems) {
        out << "  " << problem << "\n";
    }
}

ordered_json times(const Histogram& histogram)
{
    return {{"count", histogram.count()},
            {"p50_ms", ms(histogram.percentile(50))},
            {"p99_ms", ms(histogram.percentile(99))},
            {"max_ms", ms(histogram.max())}};
}

ordered_json use_json(const ServerUse& use)
{
    return {{"memory_bytes", use.memory_bytes}, {"descriptors", use.descriptors}};
}

ordered_json reactions_json(const Reactions& reactions)
{
    return {{"closed_at_once", reactions.closed_at_once},
            {"closed_later", reactions.closed_later},
            {"closed_after_most_seconds", ms(reactions.latest) / 1000},
            {"kept_open", reactions.kept_open},
            {"served", reactions.served},
            {"left", reactions.left},
            {"refused", reactions.refused},
            {"let_in", reactions.let_in},
            {"said", reactions.said},
            {"notes", reactions.notes}};
}

ordered_json attack_json(const AttackFigures& attack, const AbuseFigures& figures)
{
    ordered_json json{{"name", attack.name},
                      {"what", attack.what},
                      {"replays", attack.replays},
                      {"seconds", attack.seconds},
                      {"cut_short", attack.was_cut_short},
                      {"verdict", name_of(attack.verdict)},
                      {"good", is_good(attack.verdict)},
                      {"problem", attack.problem},
                      {"server_did", text_of(attack.reactions)},
                      {"reactions", reactions_json(attack.reactions)},
                      {"pictures", attack.pictures},
                      {"worst_picture_ms", ms(attack.worst_delay)},
                      {"newcomer_ms", ms(attack.newcomer_delay)}};
    if (figures.watches_process) {
        json["before"] = use_json(attack.before);
        json["after"] = use_json(attack.after);
        json["memory_most_bytes"] = attack.most_memory_bytes;
    }
    if (has_keys(figures)) {
        json["key_to_pixel"] = times(attack.key_to_pixel);
        json["key_to_pixel"]["unanswered"] = attack.unanswered_keys;
        json["key_to_pixel"]["p50_ratio"] =
            ratio(attack.key_to_pixel, figures.quiet_key_to_pixel, 50);
        json["key_to_pixel"]["p99_ratio"] =
            ratio(attack.key_to_pixel, figures.quiet_key_to_pixel, 99);
    }
    return json;
}

} // namespace

std::string progress_line(const AbuseFigures& figures)
{
    std::size_t done = 0;
    std::string running;
    for (const AttackFigures& attack : figures.attacks) {
        done += attack.verdict == Verdict::kNotRun ? 0U : 1U;
        if (attack.is_running) {
            running += (running.empty() ? "" : ", ") + attack.name;
        }
    }
    return fmt::format("{:4.0f} s  {} of {} attacks done, {} of them survived; {}",
                       figures.seconds,
                       done,
                       figures.attacks.size(),
                       good_ones(figures),
                       running.empty() ? "learning what is normal" : running);
}

void write_table(std::ostream& out, const LoadSettings& settings, const AbuseFigures& figures)
{
    write_head(out, settings, figures);
    for (const AttackFigures& attack : figures.attacks) {
        write_attack(out, attack, figures);
    }
    out << "\n";
    write_problems(out, figures);
    if (figures.memory_limit_bytes != 0 && figures.watches_process) {
        out << fmt::format("memory       {} MB before, {} MB after (up to {} MB is well); "
                           "descriptors {}, {} (up to {})\n",
                           megabytes(figures.before.memory_bytes),
                           megabytes(figures.after.memory_bytes),
                           megabytes(figures.memory_limit_bytes),
                           figures.before.descriptors,
                           figures.after.descriptors,
                           figures.descriptor_limit);
    }
    out << fmt::format("survived     {} of {} attacks in {:.0f} s{}\n",
                       good_ones(figures),
                       figures.attacks.size(),
                       figures.seconds,
                       figures.was_interrupted ? ", interrupted" : "");
}

std::string to_json(const LoadSettings& settings, const AbuseFigures& figures)
{
    ordered_json json{{"schema", "covnc-load-abuse 1"},
                      {"server", settings.server.text()},
                      {"survived", is_survived(figures)},
                      {"interrupted", figures.was_interrupted},
                      {"seconds", figures.seconds},
                      {"display",
                       {{"width", figures.size.width},
                        {"height", figures.size.height},
                        {"still", figures.is_still}}},
                      {"quiet", {{"picture", times(figures.quiet_delay)}}},
                      {"problems", figures.problems}};
    if (has_keys(figures)) {
        json["quiet"]["key_to_pixel"] = times(figures.quiet_key_to_pixel);
    }
    if (figures.watches_process) {
        json["server_process"] = {{"before", use_json(figures.before)},
                                  {"after", use_json(figures.after)},
                                  {"memory_limit_bytes", figures.memory_limit_bytes},
                                  {"descriptor_limit", figures.descriptor_limit}};
    }
    json["attacks"] = ordered_json::array();
    for (const AttackFigures& attack : figures.attacks) {
        json["attacks"].push_back(attack_json(attack, figures));
    }
    // Texts of servers may be anything; they must not end the report.
    return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

} // namespace covnc::load
