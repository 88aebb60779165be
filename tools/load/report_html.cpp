#include "tools/load/report.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <functional>
#include <sstream>

namespace covnc::load {

namespace {

constexpr const char* kStyle = R"(
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em;
       color: #1c2330; background: #fff; }
h1 { font-size: 1.6em; margin-bottom: 0; } h2 { font-size: 1.15em; margin: 2em 0 .5em; }
.sub { color: #5a6475; margin-top: .2em; }
.cards { display: flex; flex-wrap: wrap; gap: 1em; margin: 1.5em 0; }
.card { border: 1px solid #d7dce5; border-radius: 8px; padding: .7em 1.1em; min-width: 8em; }
.card b { display: block; font-size: 1.5em; } .card span { color: #5a6475; }
table { border-collapse: collapse; } td, th { padding: .3em .9em; border-bottom: 1px solid #e4e8ef;
       text-align: right; } th:first-child, td:first-child { text-align: left; }
pre { background: #f5f7fa; padding: 1em; border-radius: 8px; overflow-x: auto; }
svg { width: 100%; height: auto; } .bad { color: #b3261e; }
@media (prefers-color-scheme: dark) { body { color: #dfe4ee; background: #12161f; }
 .card, td, th { border-color: #323a4a; } .sub, .card span { color: #97a1b5; }
 pre { background: #1b212d; } svg text { fill: #97a1b5 !important; } }
)";

std::string escaped(const std::string& text)
{
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string number(double value)
{
    return value >= 100 ? fmt::format("{:.0f}", value)
           : value >= 1 ? fmt::format("{:.1f}", value)
                        : fmt::format("{:.3g}", value);
}

double ms(Duration time)
{
    return std::chrono::duration<double, std::milli>(time).count();
}

struct Line
{
    std::string name;
    std::vector<std::pair<double, double>> points;
};

// A chart of lines; x from the first point to the last, y from zero.
std::string chart(const std::vector<Line>& lines,
                  const std::string& y_unit,
                  const std::function<std::string(double)>& x_label)
{
    constexpr double kWidth = 900;
    constexpr double kHeight = 260;
    constexpr double kLeft = 70;
    constexpr double kBottom = 30;
    constexpr std::array<const char*, 5> kColours{
        "#2f6fde", "#d9822b", "#2a9d6f", "#a24bd1", "#c23b5a"};
    double most_x = 0;
    double least_x = 1e300;
    double most_y = 0;
    for (const Line& line : lines) {
        for (const auto& [x, y] : line.points) {
            most_x = std::max(most_x, x);
            least_x = std::min(least_x, x);
            most_y = std::max(most_y, y);
        }
    }
    if (most_x <= least_x || most_y <= 0) {
        return "<p class=sub>nothing to draw</p>";
    }
    const auto at_x = [&](double x) {
        return kLeft + (x - least_x) / (most_x - least_x) * (kWidth - kLeft - 20);
    };
    const auto at_y = [&](double y) { return kHeight - kBottom - y / most_y * (kHeight - 60); };
    std::ostringstream svg;
    svg << "<svg viewBox=\"0 0 " << kWidth << " " << kHeight << "\" role=\"img\">";
    for (int i = 0; i <= 4; ++i) {
        const double y = most_y * i / 4;
        svg << "<line x1=" << kLeft << " x2=" << kWidth - 20 << " y1=" << at_y(y)
            << " y2=" << at_y(y) << " stroke=\"#8884\"/><text x=" << kLeft - 8
            << " y=" << at_y(y) + 4 << " font-size=12 text-anchor=end fill=\"#5a6475\">"
            << number(y) << "</text>";
        const double x = least_x + (most_x - least_x) * i / 4;
        svg << "<text x=" << at_x(x) << " y=" << kHeight - 8
            << " font-size=12 text-anchor=middle fill=\"#5a6475\">" << escaped(x_label(x))
            << "</text>";
    }
    svg << "<text x=4 y=14 font-size=12 fill=\"#5a6475\">" << escaped(y_unit) << "</text>";
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const char* colour = kColours[i % kColours.size()];
        svg << "<polyline fill=none stroke-width=2 stroke=\"" << colour << "\" points=\"";
        for (const auto& [x, y] : lines[i].points) {
            svg << at_x(x) << "," << at_y(y) << " ";
        }
        svg << "\"/><text font-size=12 x=" << kLeft + 10 + static_cast<double>(i) * 210
            << " y=14 style=\"fill:" << colour << " !important\">" << escaped(lines[i].name)
            << "</text>";
    }
    svg << "</svg>";
    return svg.str();
}

std::string seconds_label(double x)
{
    return number(x) + " s";
}

std::string timeline_chart(const Figures& figures,
                           const char* name,
                           const char* unit,
                           double TimelinePoint::* value,
                           double scale)
{
    Line line{name, {}};
    for (const TimelinePoint& point : figures.timeline) {
        line.points.emplace_back(point.seconds, point.*value / scale);
    }
    return chart({line}, unit, seconds_label);
}

// Percentiles with their tail spread out: x counts nines.
std::string percentile_chart(const Figures& figures)
{
    constexpr std::array<double, 13> kPercents{
        0, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 99.75, 99.9, 99.95, 99.99};
    std::vector<Line> lines;
    const auto add = [&](const std::string& name, const Histogram& histogram) {
        if (histogram.is_empty()) {
            return;
        }
        Line line{name, {}};
        for (std::size_t i = 0; i < kPercents.size(); ++i) {
            line.points.emplace_back(static_cast<double>(i),
                                     ms(histogram.percentile(kPercents[i])));
        }
        lines.push_back(std::move(line));
    };
    add("between updates", figures.interval);
    add("from request to update", figures.response);
    add("first full frame", figures.first_frame);
    for (const auto& [link, histogram] : figures.key_to_pixel) {
        add("key to pixel" + (link.empty() ? "" : ", " + link), histogram);
    }
    return chart(lines, "milliseconds", [&](double x) {
        return number(kPercents[static_cast<std::size_t>(x + 0.5)]) + " %";
    });
}

// Each viewer's updates a second, the slowest first.
std::string fairness_chart(const Figures& figures)
{
    Line line{"updates a second of each viewer, slowest first", {}};
    std::vector<double> rates;
    for (const ViewerFigures& viewer : figures.viewers) {
        rates.push_back(static_cast<double>(viewer.updates) / std::max(figures.seconds, 0.001));
    }
    std::sort(rates.begin(), rates.end());
    for (std::size_t i = 0; i < rates.size(); ++i) {
        line.points.emplace_back(static_cast<double>(i + 1), rates[i]);
    }
    return chart({line}, "updates/s", [](double x) { return number(x); });
}

void write_cards(std::ostream& out, const Figures& figures)
{
    const Fairness fairness = fairness_of(figures.viewers);
    const double seconds = std::max(figures.seconds, 0.001);
    const auto card = [&](const std::string& value, const std::string& name) {
        out << "<div class=card><b>" << escaped(value) << "</b><span>" << escaped(name)
            << "</span></div>";
    };
    out << "<div class=cards>";
    card(std::to_string(figures.most_connected), "viewers at once");
    card(number(static_cast<double>(figures.updates) / seconds), "updates a second");
    card(number(static_cast<double>(figures.bytes) / seconds / 1e6) + " MB/s", "to all viewers");
    card(number(fairness.slowest_of_median * 100) + " %", "slowest viewer of the median");
    if (figures.server) {
        card(number(figures.server->cpu_seconds / seconds * 100) + " %", "server, of one core");
    }
    if (figures.verify && figures.verify->went_quiet) {
        card(std::to_string(figures.verify->wrong_pixels), "wrong pixels");
    }
    out << "</div>";
}

} // namespace

std::string to_html(const LoadSettings& settings, const Figures& figures)
{
    std::ostringstream out;
    const std::string server = escaped(settings.server.text());
    out << "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport "
           "content=\"width=device-width\"><title>Load test of "
        << server << "</title><style>" << kStyle << "</style><h1>Load test of " << server
        << "</h1><p class=sub>covnc-load, " << settings.clients << " viewers, "
        << number(figures.seconds) << " s counted</p>";
    write_cards(out, figures);
    out << "<h2>Updates</h2>"
        << timeline_chart(figures,
                          "updates a second, all viewers",
                          "updates/s",
                          &TimelinePoint::updates_per_second,
                          1)
        << "<h2>Bandwidth</h2>"
        << timeline_chart(
               figures, "megabytes a second", "MB/s", &TimelinePoint::bytes_per_second, 1e6);
    if (settings.server_pid) {
        out << "<h2>The server's CPU</h2>"
            << timeline_chart(
                   figures, "percent of a core", "%", &TimelinePoint::server_cpu_percent, 1);
    }
    out << "<h2>Delays by percentile</h2>" << percentile_chart(figures) << "<h2>Fairness</h2>"
        << fairness_chart(figures) << "<h2>All figures</h2><pre>";
    std::ostringstream table;
    write_table(table, settings, figures);
    out << escaped(table.str()) << "</pre></html>\n";
    return out.str();
}

} // namespace covnc::load
