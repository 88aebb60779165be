// The bad inputs that a server is attacked with, each with a name, in the order in which they run.
#pragma once

#include "tools/load/abuse_attack.h"

#include <iosfwd>
#include <span>
#include <string>
#include <vector>

namespace covnc::load {

// What may run beside what.
enum class Pace : std::uint8_t {
    kQuick, // one after the other
    kSlow,  // waits for the server's time limits: beside all quick ones
    kCrowd, // many connections for seconds: alone, at the end
};

struct CatalogueEntry
{
    const char* name;
    const char* what;
    const char* replays; // CVEs, or the class of mistakes
    Pace pace;
    bool changes_picture; // it may, rightly: it types, points, or resizes
    Task<> (*run)(Attack& attack);
};

std::span<const CatalogueEntry> abuse_catalogue();

// "all", or names with commas between. In the catalogue's order. Throws SettingsError for a name
// that is none.
std::vector<const CatalogueEntry*> chosen_attacks(const std::string& names);

void print_catalogue(std::ostream& out);

} // namespace covnc::load
