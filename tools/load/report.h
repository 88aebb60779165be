// A load test's figures for people and for programs.
#pragma once

#include "tools/load/figures.h"
#include "tools/load/settings.h"

#include <iosfwd>
#include <string>

namespace covnc::load {

// What is shown while it runs: one line without a line end.
std::string progress_line(const Figures& figures);

// The table at the end.
void write_table(std::ostream& out, const LoadSettings& settings, const Figures& figures);

// One object; docs/load-testing.md has its schema.
std::string to_json(const LoadSettings& settings, const Figures& figures);

// A whole web page with charts, which needs nothing else.
std::string to_html(const LoadSettings& settings, const Figures& figures);

} // namespace covnc::load
