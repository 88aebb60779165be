#include "tools/load/report.h"
#include "tools/load/report_chart.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <sstream>

namespace covnc::load {

namespace {

// Nothing is loaded and nothing runs, whatever texts a server has put in.
constexpr const char* kPolicy = "default-src 'none'; style-src 'unsafe-inline'";

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --text: #1c2330; --soft: #5a6475; --page: #fff; --panel: #f5f7fa;
  --rule: #dde2ea; --bad: #b3261e; --good: #1d7a4f; --line-0: #2f6fde; --line-1: #d9730d;
  --line-2: #1d8f63; --line-3: #9a3fd1; --line-4: #c2294f; --line-5: #0e8fa8; --line-6: #8a6d00;
  --line-7: #6b7280; }
@media (prefers-color-scheme: dark) { :root { --text: #dfe4ee; --soft: #9aa4b8; --page: #12161f;
  --panel: #1b212d; --rule: #313a4b; --bad: #ff8a80; --good: #6fd3a0; --line-0: #7aa7ff;
  --line-1: #ffa94d; --line-2: #5fd3a2; --line-3: #cf95ff; --line-4: #ff7d9c; --line-5: #55d0e6;
  --line-6: #e0c34a; --line-7: #a8b0c0; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page);
  margin: 0 auto; max-width: 66em; padding: 1.5em 1em 4em; }
h1 { font-size: 1.6em; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.15em; margin: 2.2em 0 .6em; } .sub { color: var(--soft); margin: .3em 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5em, 1fr)); gap: .8em;
  margin: 1.5em 0; }
.card { background: var(--panel); border-radius: 8px; padding: .7em 1em; }
.card b { display: block; font-size: 1.35em; white-space: nowrap; font-variant-numeric: tabular-nums; }
.card span { color: var(--soft); } .bad { color: var(--bad); } .good { color: var(--good); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26em, 100%), 1fr));
  gap: 0 2em; }
.chart { display: grid; grid-template: auto 15em 1.8em / 3.6em 1fr; margin-right: 1.2em; }
.unit { grid-column: 1 / 3; color: var(--soft); font-size: .85em; padding-bottom: .5em; }
.y, .x { position: relative; color: var(--soft); font-size: .85em;
  font-variant-numeric: tabular-nums; }
.y span { position: absolute; right: .7em; transform: translateY(50%); }
.x { grid-column: 2; } .x span { position: absolute; top: .3em; transform: translateX(-50%);
  white-space: nowrap; }
svg.plot { width: 100%; height: 100%; overflow: visible; }
svg path { fill: none; stroke-width: 2; vector-effect: non-scaling-stroke; }
svg path.grid { stroke: var(--rule); stroke-width: 1; } svg path.again { stroke-dasharray: 5 4; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2em 1.4em; margin: 0 0 .8em;
  padding: 0; font-size: .9em; }
.legend svg { width: 24px; height: 8px; margin-right: .5em; vertical-align: middle; }
.scroll { overflow-x: auto; margin-top: 1em; } table { border-collapse: collapse; min-width: 60%;
  font-variant-numeric: tabular-nums; }
td, th { padding: .35em .8em; border-bottom: 1px solid var(--rule); text-align: right; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td:first-child, th:first-child, .text { text-align: left; overflow-wrap: anywhere; }
@media print { body { max-width: none; } h2, .chart { break-inside: avoid; } }
)";

double ms(Duration time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

double positive(double seconds)
{
    return std::max(seconds, 0.001);
}

std::string style_sheet()
{
    std::string style = kStyle;
    for (std::size_t i = 0; i < kChartColours; ++i) {
        style += fmt::format("svg path.line-{0} {{ stroke: var(--line-{0}); }}\n", i);
    }
    return style;
}

// The first cell of a row is a text, the others are as their columns say.
class Table
{
public:
    Table(std::ostream& out, const std::vector<std::string>& columns) : out_(out)
    {
        out_ << "<div class=scroll><table><thead>";
        write(columns, "th");
        out_ << "</thead><tbody>";
    }
    ~Table() { out_ << "</tbody></table></div>"; }
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    void row(const std::vector<std::string>& cells) { write(cells, "td"); }

private:
    void write(const std::vector<std::string>& cells, const char* tag)
    {
        out_ << "<tr>";
        for (const std::string& cell : cells) {
            out_ << '<' << tag << '>' << escaped(cell) << "</" << tag << '>';
        }
        out_ << "</tr>";
    }

    std::ostream& out_;
};

std::string key_name(const std::string& link)
{
    return "key to pixel" + (link.empty() ? "" : ", " + link);
}

// Every kind of delay that was measured.
std::vector<std::pair<std::string, const Histogram*>> delays(const Figures& figures)
{
    std::vector<std::pair<std::string, const Histogram*>> all{
        {"connecting", &figures.connect},
        {"handshake", &figures.handshake},
        {"first full frame", &figures.first_frame},
        {"between updates", &figures.interval},
        {"from request to update", &figures.response}};
    for (const auto& [link, histogram] : figures.key_to_pixel) {
        all.emplace_back(key_name(link), &histogram);
    }
    std::erase_if(all, [](const auto& delay) { return delay.second->is_empty(); });
    return all;
}

void write_cards(std::ostream& out, const LoadSettings& settings, const Figures& figures)
{
    const Fairness fairness = fairness_of(figures.viewers);
    const double seconds = positive(figures.seconds);
    const auto card = [&](const std::string& value, const std::string& name, const char* kind) {
        out << "<div class=card><b class=\"" << kind << "\">" << escaped(value) << "</b><span>"
            << escaped(name) << "</span></div>";
    };
    std::uint64_t errors = 0;
    for (const auto& [kind, count] : figures.errors) {
        errors += count;
    }
    out << "<div class=cards>";
    card(std::to_string(figures.most_connected),
         "of " + std::to_string(settings.clients) + " viewers at once",
         figures.most_connected < settings.clients ? "bad" : "");
    card(short_number(static_cast<double>(figures.updates) / seconds), "updates a second", "");
    card(short_number(static_cast<double>(figures.bytes) / seconds / 1e6) + " MB/s", "sent", "");
    card(short_number(fairness.slowest_of_median * 100) + " %", "slowest viewer of the median", "");
    if (figures.server) {
        card(short_number(figures.server->cpu_seconds / seconds * 100) + " %",
             "of a core: the server",
             "");
        card(short_number(static_cast<double>(figures.server->memory_most_bytes) / 1e6) + " MB",
             "of memory: the server",
             "");
    }
    if (figures.verify) {
        const bool is_bad = !figures.verify->went_quiet || figures.verify->wrong_pixels > 0;
        card(figures.verify->went_quiet ? std::to_string(figures.verify->wrong_pixels)
                                        : "not compared",
             "wrong pixels",
             is_bad ? "bad" : "good");
    }
    card(std::to_string(errors), "errors", errors > 0 ? "bad" : "good");
    out << "</div>";
}

void write_timeline(std::ostream& out,
                    const Figures& figures,
                    const char* title,
                    const char* unit,
                    double (*value)(const TimelinePoint&))
{
    Chart chart;
    chart.lines.push_back({title});
    chart.unit = unit;
    chart.x_unit = " s";
    for (const TimelinePoint& point : figures.timeline) {
        chart.lines[0].points.emplace_back(point.seconds, value(point));
    }
    out << "<section><h2>" << title << "</h2>" << to_html(chart) << "</section>";
}

void write_timelines(std::ostream& out, const LoadSettings& settings, const Figures& figures)
{
    using Point = const TimelinePoint&;
    out << "<div class=charts>";
    write_timeline(out, figures, "Updates", "updates a second, all viewers", [](Point p) {
        return p.updates_per_second;
    });
    write_timeline(out, figures, "Bandwidth", "megabytes a second, all viewers", [](Point p) {
        return p.bytes_per_second / 1e6;
    });
    write_timeline(out, figures, "Viewers", "connected", [](Point p) {
        return static_cast<double>(p.connected);
    });
    if (settings.server_pid) {
        write_timeline(out, figures, "The server's CPU", "percent of a core", [](Point p) {
            return p.server_cpu_percent;
        });
        write_timeline(out, figures, "The server's memory", "megabytes", [](Point p) {
            return static_cast<double>(p.server_memory_bytes) / 1e6;
        });
    }
    out << "</div>";
}

// Percentiles with their tail spread out: each step to the right is a part of what is left.
void write_delays(std::ostream& out, const Figures& figures)
{
    constexpr std::array<double, 13> kPercents{
        0, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.99};
    Chart chart;
    chart.unit = "milliseconds";
    chart.logarithmic = true;
    for (const std::size_t i : {0U, 2U, 4U, 7U, 10U}) {
        chart.x_ticks.push_back({static_cast<double>(i), fmt::format("{} %", kPercents[i])});
    }
    const auto all = delays(figures);
    for (const auto& [name, histogram] : all) {
        ChartLine line{name};
        for (std::size_t i = 0; i < kPercents.size(); ++i) {
            line.points.emplace_back(static_cast<double>(i),
                                     ms(histogram->percentile(kPercents[i])));
        }
        chart.lines.push_back(std::move(line));
    }
    out << "<h2>Delays by percentile</h2>" << to_html(chart);
    Table table(out, {"milliseconds", "count", "50 %", "90 %", "99 %", "99.9 %", "most"});
    for (const auto& [name, times] : all) {
        table.row({name,
                   std::to_string(times->count()),
                   short_number(ms(times->percentile(50))),
                   short_number(ms(times->percentile(90))),
                   short_number(ms(times->percentile(99))),
                   short_number(ms(times->percentile(99.9))),
                   short_number(ms(times->max()))});
    }
}

// Each viewer's updates a second, the slowest first.
void write_fairness(std::ostream& out, const Figures& figures)
{
    Chart chart;
    chart.lines.push_back({"updates a second of each viewer"});
    chart.unit = "updates a second of each viewer, the slowest first";
    std::vector<double> rates;
    for (const ViewerFigures& viewer : figures.viewers) {
        rates.push_back(static_cast<double>(viewer.updates) / positive(figures.seconds));
    }
    std::sort(rates.begin(), rates.end());
    for (std::size_t i = 0; i < rates.size(); ++i) {
        chart.lines[0].points.emplace_back(static_cast<double>(i + 1), rates[i]);
    }
    out << "<h2>Fairness</h2>" << to_html(chart) << "<p class=sub>Jain's index "
        << fmt::format("{:.3f}", fairness_of(figures.viewers).jain_index)
        << "; 1 is equal for all</p>";
}

void write_kinds(std::ostream& out, const Figures& figures)
{
    struct Sum
    {
        std::uint64_t viewers = 0;
        std::uint64_t updates = 0;
        std::uint64_t bytes = 0;
    };
    std::map<std::pair<std::string, std::string>, Sum> sums;
    for (const ViewerFigures& viewer : figures.viewers) {
        Sum& sum = sums[{viewer.kind, viewer.link}];
        ++sum.viewers;
        sum.updates += viewer.updates;
        sum.bytes += viewer.bytes;
    }
    const SentEncodings sent = sent_encodings(figures.viewers);
    out << "<h2>Kinds of viewers</h2>";
    Table table(out, {"kind", "link", "viewers", "updates/s each", "kB/s each", "rectangles sent"});
    for (const auto& [who, sum] : sums) {
        std::string rectangles;
        if (const auto of_kind = sent.find(who.first); of_kind != sent.end()) {
            for (const auto& [encoding, count] : of_kind->second) {
                rectangles +=
                    fmt::format("{}{} {}", rectangles.empty() ? "" : ", ", count, encoding);
            }
        }
        const double each = positive(figures.seconds) * static_cast<double>(sum.viewers);
        table.row({who.first,
                   who.second.empty() ? "-" : who.second,
                   std::to_string(sum.viewers),
                   short_number(static_cast<double>(sum.updates) / each),
                   short_number(static_cast<double>(sum.bytes) / each / 1e3),
                   rectangles});
    }
}

void write_problems(std::ostream& out, const Figures& figures)
{
    if (!figures.errors.empty()) {
        out << "<h2 class=bad>Errors</h2>";
        Table table(out, {"what", "times"});
        for (const auto& [kind, count] : figures.errors) {
            table.row({kind, std::to_string(count)});
        }
    }
    if (figures.verify && !figures.verify->examples.empty()) {
        out << "<h2 class=bad>Wrong pixels</h2><ul>";
        for (const std::string& example : figures.verify->examples) {
            out << "<li>" << escaped(example) << "</li>";
        }
        out << "</ul>";
    }
}

} // namespace

std::string to_html(const LoadSettings& settings, const Figures& figures)
{
    std::ostringstream out;
    const std::string server = escaped(server_text(settings));
    out << "<!doctype html><html lang=en><head><meta charset=utf-8>"
           "<meta http-equiv=Content-Security-Policy content=\""
        << kPolicy << "\"><meta name=viewport content=\"width=device-width, initial-scale=1\">"
        << "<title>Load test of " << server << "</title><style>" << style_sheet()
        << "</style></head><body><h1>Load test of " << server << "</h1><p class=sub>covnc-load, "
        << settings.clients << " viewers, " << short_number(figures.seconds) << " s counted"
        << (settings.continuous ? ", continuous updates" : "") << "</p>";
    write_cards(out, settings, figures);
    write_problems(out, figures);
    write_timelines(out, settings, figures);
    write_delays(out, figures);
    write_fairness(out, figures);
    write_kinds(out, figures);
    out << "<p class=sub>covnc-load itself used "
        << short_number(figures.own_cpu_seconds / positive(figures.seconds) * 100)
        << " % of a core.</p></body></html>\n";
    return out.str();
}

} // namespace covnc::load
