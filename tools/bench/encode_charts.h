// The charts of covnc-bench encode: a panel for each sequence, a group of bars for each encoding.
#pragma once

#include "tools/bench/bar_chart.h"
#include "tools/bench/encode_figures.h"

#include <vector>

namespace covnc::bench {

// Kilobytes an update; without raw, beside which the others could not be seen.
BarChart chart_of_bytes(const std::vector<EncodeRow>& rows);
// Milliseconds of CPU an update.
BarChart chart_of_cpu(const std::vector<EncodeRow>& rows);

} // namespace covnc::bench
