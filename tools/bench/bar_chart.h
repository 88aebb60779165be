// Charts of bars as SVG pictures for documents, readable on light and on dark pages. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace covnc::bench {

struct BarGroup
{
    std::string label;
    std::vector<std::optional<double>> values; // one for each series; nothing: no bar
};

// Bars that have a scale of their own.
struct BarPanel
{
    std::string title;
    std::vector<BarGroup> groups;
};

struct BarChart
{
    std::string title;
    std::vector<std::string> series; // at most kMostSeries
    std::vector<BarPanel> panels;
};

inline constexpr std::size_t kMostSeries = 3;

// A whole file. Panels stand in two columns.
std::string to_svg(const BarChart& chart);

} // namespace covnc::bench
