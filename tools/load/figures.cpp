#include "tools/load/figures.h"

#include "tools/load/settings.h"

#include <algorithm>

namespace covnc::load {

SentEncodings sent_encodings(const std::vector<ViewerFigures>& viewers)
{
    SentEncodings sent;
    for (const ViewerFigures& viewer : viewers) {
        for (const auto& [encoding, count] : viewer.rectangles) {
            sent[viewer.kind][encoding_name(encoding)] += count;
        }
    }
    return sent;
}

Fairness fairness_of(const std::vector<ViewerFigures>& viewers)
{
    Fairness fairness;
    if (viewers.empty()) {
        return fairness;
    }
    std::vector<double> updates;
    for (const ViewerFigures& viewer : viewers) {
        updates.push_back(static_cast<double>(viewer.updates));
    }
    std::sort(updates.begin(), updates.end());
    const double median = updates[updates.size() / 2];
    double sum = 0;
    double squares = 0;
    for (const double count : updates) {
        sum += count;
        squares += count * count;
    }
    fairness.slowest_of_median = median > 0 ? updates.front() / median : 0;
    fairness.jain_index =
        squares > 0 ? sum * sum / (static_cast<double>(updates.size()) * squares) : 0;
    return fairness;
}

} // namespace covnc::load
