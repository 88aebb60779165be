// Charts of lines for the report: HTML with an SVG inside. The lines stretch with the page, the
// texts around them do not. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace covnc::load {

struct ChartLine
{
    std::string name;
    std::vector<std::pair<double, double>> points{}; // x, y; x grows
};

struct ChartTick
{
    double at = 0;
    std::string label;
};

struct Chart
{
    std::vector<ChartLine> lines;
    std::string unit;                 // of y
    std::vector<ChartTick> x_ticks{}; // none: round numbers
    std::string x_unit{};             // behind those
    bool logarithmic = false;         // y: each line of the grid is ten times the one below
};

// Says so where there is nothing to draw.
std::string to_html(const Chart& chart);

// For the style sheet: what the colours of lines are called, --line-0 and so on.
inline constexpr std::size_t kChartColours = 8;

// Text that means itself in HTML, in attributes too. What is no text is left out.
std::string escaped(const std::string& text);
// Three digits or so.
std::string short_number(double value);

} // namespace covnc::load
