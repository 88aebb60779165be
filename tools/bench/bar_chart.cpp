#include "tools/bench/bar_chart.h"

#include "tools/load/report_chart.h"

#include <algorithm>
#include <fmt/core.h>

namespace covnc::bench {

namespace {

// Units of the picture.
constexpr double kPanelWidth = 440;
constexpr double kLabelWidth = 135;
constexpr double kValueWidth = 45;
constexpr double kBarsWidth = kPanelWidth - kLabelWidth - kValueWidth - 20;
constexpr double kBar = 9;
constexpr double kGap = 6; // between groups
constexpr double kHead = 60;
constexpr double kPanelHead = 26;
constexpr double kMargin = 10;
constexpr std::size_t kColumns = 2;

constexpr const char* kStyle =
    "<style>\n"
    "text { font: 10px system-ui, sans-serif; fill: #1c2330; }\n"
    "text.title { font-size: 15px; font-weight: 600; } text.panel { font-weight: 600; "
    "font-size: 12px; }\n"
    "text.value { fill: #5a6475; font-size: 8.5px; }\n"
    ".series-0 { fill: #9dbdf5; } .series-1 { fill: #2f6fde; } .series-2 { fill: #d9730d; }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "text { fill: #dfe4ee; } text.value { fill: #9aa4b8; }\n"
    ".series-0 { fill: #3f5f99; } .series-1 { fill: #7aa7ff; } .series-2 { fill: #ffa94d; }\n"
    "}\n"
    "</style>\n";

std::string text_at(double x, double y, const std::string& attributes, const std::string& text)
{
    return fmt::format(
        "<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, attributes, load::escaped(text));
}

std::string bar_at(double x, double y, double width, std::size_t series)
{
    return fmt::format("<rect class=\"series-{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
                       "height=\"{:.1f}\"/>\n",
                       series,
                       x,
                       y,
                       width,
                       kBar - 1);
}

std::size_t bars_in(const BarGroup& group)
{
    return static_cast<std::size_t>(
        std::count_if(group.values.begin(), group.values.end(), [](const auto& value) {
            return value.has_value();
        }));
}

double height_of(const BarGroup& group)
{
    return static_cast<double>(bars_in(group)) * kBar + kGap;
}

double height_of(const BarPanel& panel)
{
    double height = kPanelHead + kMargin;
    for (const BarGroup& group : panel.groups) {
        height += height_of(group);
    }
    return height;
}

double most_of(const BarPanel& panel)
{
    double most = 0;
    for (const BarGroup& group : panel.groups) {
        for (const std::optional<double>& value : group.values) {
            most = std::max(most, value.value_or(0));
        }
    }
    return most;
}

std::string panel_at(double x, double y, const BarPanel& panel)
{
    const double most = most_of(panel);
    std::string svg = text_at(x, y + 14, " class=\"panel\"", panel.title);
    y += kPanelHead;
    for (const BarGroup& group : panel.groups) {
        const double middle = y + static_cast<double>(bars_in(group)) * kBar / 2 + 3;
        svg += text_at(x + kLabelWidth - 6, middle, " text-anchor=\"end\"", group.label);
        double bar_y = y;
        for (std::size_t i = 0; i < group.values.size(); ++i) {
            if (group.values[i]) {
                const double value = *group.values[i];
                const double width = most > 0 ? value / most * kBarsWidth : 0;
                svg += bar_at(x + kLabelWidth, bar_y, width, i);
                svg += text_at(x + kLabelWidth + width + 4,
                               bar_y + kBar - 1.5,
                               " class=\"value\"",
                               load::short_number(value));
                bar_y += kBar;
            }
        }
        y += height_of(group);
    }
    return svg;
}

std::string legend(const BarChart& chart)
{
    std::string svg;
    double x = kMargin;
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
        svg += bar_at(x, 36, 16, i);
        svg += text_at(x + 21, 44, "", chart.series[i]);
        x += 40 + 6 * static_cast<double>(chart.series[i].size());
    }
    return svg;
}

} // namespace

std::string to_svg(const BarChart& chart)
{
    std::string body = text_at(kMargin, 20, " class=\"title\"", chart.title) + legend(chart);
    double y = kHead;
    for (std::size_t i = 0; i < chart.panels.size(); i += kColumns) {
        double height = 0;
        for (std::size_t j = i; j < std::min(i + kColumns, chart.panels.size()); ++j) {
            const double x = kMargin + static_cast<double>(j - i) * kPanelWidth;
            body += panel_at(x, y, chart.panels[j]);
            height = std::max(height, height_of(chart.panels[j]));
        }
        y += height;
    }
    return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" "
                       "height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" "
                       "aria-label=\"{2}\">\n",
                       kMargin + kColumns * kPanelWidth,
                       y,
                       load::escaped(chart.title)) +
           kStyle + body + "</svg>\n";
}

} // namespace covnc::bench
