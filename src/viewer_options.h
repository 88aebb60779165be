// The options of the command line that say what viewers may do once they are in.
#pragma once

#include "rfb/access.h"

#include <string>

namespace CLI {
class App;
}

namespace covnc {

// As they were given.
struct ViewerOptions
{
    std::string share = "always";
    std::string clipboard = "both";
    bool view_only = false;
    bool no_resize = false;
    bool allow_power = false;
    std::int64_t idle_limit = 0; // seconds; 0: none
    std::int64_t session_limit = 0;
};

void add_viewer_options(CLI::App& app, ViewerOptions& options);

void apply(const ViewerOptions& options, AccessPolicy& access);

} // namespace covnc
