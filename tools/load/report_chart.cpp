#include "tools/load/report_chart.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace covnc::load {

namespace {

// What the axes show. Positions are percent of the plot, from its lower left corner.
struct Scale
{
    double least_x = std::numeric_limits<double>::max();
    double most_x = std::numeric_limits<double>::lowest();
    double least_y = std::numeric_limits<double>::max(); // above zero
    double most_y = 0;
    bool logarithmic = false;

    bool is_empty() const { return !(most_x > least_x) || !(most_y > 0); }
    double x(double value) const { return (value - least_x) / (most_x - least_x) * 100; }
    double y(double value) const
    {
        if (!logarithmic) {
            return value / most_y * 100;
        }
        const double low = std::log10(least_y);
        return (std::log10(std::max(value, least_y)) - low) / (std::log10(most_y) - low) * 100;
    }
};

// 1, 2 or 5 times a power of ten, at least `value`.
double round_up(double value)
{
    const double power = std::pow(10, std::floor(std::log10(value)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= value * 0.999999) {
            return factor * power;
        }
    }
    return 10 * power;
}

Scale scale_of(const Chart& chart)
{
    Scale scale;
    scale.logarithmic = chart.logarithmic;
    for (const ChartLine& line : chart.lines) {
        for (const auto& [x, y] : line.points) {
            scale.least_x = std::min(scale.least_x, x);
            scale.most_x = std::max(scale.most_x, x);
            scale.most_y = std::max(scale.most_y, y);
            if (y > 0) {
                scale.least_y = std::min(scale.least_y, y);
            }
        }
    }
    if (scale.is_empty()) {
        return scale;
    }
    if (chart.logarithmic) {
        scale.least_y = std::pow(10, std::floor(std::log10(scale.least_y)));
        const double top = std::pow(10, std::ceil(std::log10(scale.most_y) - 1e-9));
        scale.most_y = std::max(top, scale.least_y * 10);
    } else {
        const double step = round_up(scale.most_y / 5);
        scale.most_y = step * std::ceil(scale.most_y / step - 1e-9);
    }
    return scale;
}

std::vector<ChartTick> round_ticks(double least, double most, double parts, const std::string& unit)
{
    std::vector<ChartTick> ticks;
    const double step = round_up((most - least) / parts);
    for (double at = std::ceil(least / step - 1e-9) * step + 0.0; at <= most + step * 1e-6;
         at += step) {
        ticks.push_back({at, short_number(at) + unit});
    }
    return ticks;
}

std::vector<ChartTick> y_ticks(const Scale& scale)
{
    if (!scale.logarithmic) {
        return round_ticks(0, scale.most_y, 5, "");
    }
    std::vector<ChartTick> ticks;
    for (double at = scale.least_y; at <= scale.most_y * 1.001; at *= 10) {
        ticks.push_back({at, short_number(at)});
    }
    return ticks;
}

std::string class_of(std::size_t line)
{
    return fmt::format("line-{}{}", line % kChartColours, line >= kChartColours ? " again" : "");
}

std::string legend(const Chart& chart)
{
    if (chart.lines.size() < 2) {
        return "";
    }
    std::string html = "<ul class=legend>";
    for (std::size_t i = 0; i < chart.lines.size(); ++i) {
        html += fmt::format("<li><svg viewBox=\"0 0 24 8\" aria-hidden=true><path class=\"{}\" "
                            "d=\"M0 4H24\"/></svg>{}</li>",
                            class_of(i),
                            escaped(chart.lines[i].name));
    }
    return html + "</ul>";
}

std::string plot(const Chart& chart, const Scale& scale)
{
    std::string names;
    std::string svg;
    for (const ChartTick& tick : y_ticks(scale)) {
        svg += fmt::format("<path class=grid d=\"M0 {0:.2f}H100\"/>", 100 - scale.y(tick.at));
    }
    for (std::size_t i = 0; i < chart.lines.size(); ++i) {
        std::string path;
        for (const auto& [x, y] : chart.lines[i].points) {
            path += fmt::format(
                "{}{:.2f} {:.2f}", path.empty() ? "M" : "L", scale.x(x), 100 - scale.y(y));
        }
        svg += fmt::format("<path class=\"{}\" d=\"{}\"><title>{}</title></path>",
                           class_of(i),
                           path,
                           escaped(chart.lines[i].name));
        names += (names.empty() ? "" : ", ") + escaped(chart.lines[i].name);
    }
    return "<svg class=plot viewBox=\"0 0 100 100\" preserveAspectRatio=none role=img "
           "aria-label=\"" +
           names + "\">" + svg + "</svg>";
}

} // namespace

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
        case '\'':
            out += "&#39;";
            break;
        default:
            if (static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t') {
                out += c;
            }
        }
    }
    return out;
}

std::string short_number(double value)
{
    if (value >= 1e6) {
        return fmt::format("{:.3g}M", value / 1e6);
    }
    return value >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string to_html(const Chart& chart)
{
    const Scale scale = scale_of(chart);
    if (scale.is_empty()) {
        return "<p class=sub>nothing to draw</p>";
    }
    std::string html =
        legend(chart) + "<div class=chart><div class=unit>" + escaped(chart.unit) + "</div>";
    html += "<div class=y>";
    for (const ChartTick& tick : y_ticks(scale)) {
        html += fmt::format(
            "<span style=\"bottom:{:.2f}%\">{}</span>", scale.y(tick.at), escaped(tick.label));
    }
    html += "</div>" + plot(chart, scale) + "<div class=x>";
    for (const ChartTick& tick : chart.x_ticks.empty()
                                     ? round_ticks(scale.least_x, scale.most_x, 6, chart.x_unit)
                                     : chart.x_ticks) {
        html += fmt::format(
            "<span style=\"left:{:.2f}%\">{}</span>", scale.x(tick.at), escaped(tick.label));
    }
    return html + "</div></div>";
}

} // namespace covnc::load
