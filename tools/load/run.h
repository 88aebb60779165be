// Runs a load test from the first connection to the last figure.
#pragma once

#include "tools/load/figures.h"
#include "tools/load/observer.h"
#include "tools/load/settings.h"

namespace covnc::load {

// Runs a loop of its own, and watches SIGINT and SIGTERM: either ends the test early, with the
// figures so far. Throws std::system_error where the process may not have as many descriptors as
// there are viewers.
Figures run_load(const LoadSettings& settings, LoadObserver& observer);

} // namespace covnc::load
