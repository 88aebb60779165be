// What a server did when it was attacked, for people and for programs.
#pragma once

#include "tools/load/abuse_figures.h"
#include "tools/load/settings.h"

#include <iosfwd>
#include <string>

namespace covnc::load {

// What is shown while it runs: one line without a line end.
std::string progress_line(const AbuseFigures& figures);

// The table at the end.
void write_table(std::ostream& out, const LoadSettings& settings, const AbuseFigures& figures);

// One object; docs/load-testing.md has its schema.
std::string to_json(const LoadSettings& settings, const AbuseFigures& figures);

} // namespace covnc::load
