#include "tools/bench/encode_charts.h"

#include "tools/bench/sequence.h"

#include <fmt/core.h>
#include <functional>

namespace covnc::bench {

namespace {

constexpr std::size_t kFast = 0;
constexpr std::size_t kNormal = 1; // or what has no effort
constexpr std::size_t kPeer = 2;   // its highest compress level

std::size_t series_of(const EncodeCase& what)
{
    if (what.server == ServerKind::kLibVncServer) {
        return kPeer;
    }
    return what.effort == Effort::kFast ? kFast : kNormal;
}

std::string label_of(const EncodeCase& what)
{
    return what.quality ? fmt::format("{}, quality {}", what.encoding, *what.quality)
                        : what.encoding;
}

BarGroup& group_for(const std::string& label, BarPanel& panel)
{
    if (panel.groups.empty() || panel.groups.back().label != label) {
        panel.groups.push_back({label, std::vector<std::optional<double>>(kMostSeries)});
    }
    return panel.groups.back();
}

// Rows come sequence by sequence, and the cases of an encoding one after the other.
BarChart chart_of(const std::string& title,
                  const std::vector<EncodeRow>& rows,
                  const std::function<double(const EncodeRow&)>& value)
{
    BarChart chart{title, {"covnc, fast", "covnc", "LibVNCServer"}, {}};
    std::string sequence;
    for (const EncodeRow& row : rows) {
        if (chart.panels.empty() || row.sequence != sequence) {
            sequence = row.sequence;
            chart.panels.push_back({fmt::format("{}: {:.1f} kpixel an update",
                                                short_name(row.sequence),
                                                row.pixels_per_update() / 1000),
                                    {}});
        }
        BarGroup& group = group_for(label_of(row.what), chart.panels.back());
        group.values[series_of(row.what)] = value(row);
    }
    return chart;
}

} // namespace

BarChart chart_of_bytes(const std::vector<EncodeRow>& rows)
{
    std::vector<EncodeRow> shown;
    for (const EncodeRow& row : rows) {
        if (row.what.encoding != "raw") {
            shown.push_back(row);
        }
    }
    return chart_of(
        "kB an update", shown, [](const EncodeRow& row) { return row.bytes_per_update() / 1000; });
}

BarChart chart_of_cpu(const std::vector<EncodeRow>& rows)
{
    return chart_of("Milliseconds of CPU an update", rows, [](const EncodeRow& row) {
        return row.cpu_ms_per_update();
    });
}

} // namespace covnc::bench
