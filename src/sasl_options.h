// The options of the command line that say what SASL needs.
#pragma once

#include "rfb/access.h"

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace covnc {

// As they were given; empty where they were not.
struct SaslOptionTexts
{
    std::string folder;
    std::vector<std::string> mechanisms;
};

void add_sasl_options(CLI::App& app, SaslOptionTexts& options);

// Starts the library where one of the types needs it; else null. Throws OptionError, also where
// there would be nothing to offer.
std::shared_ptr<const SaslServer> read_sasl(const SaslOptionTexts& options,
                                            const std::vector<SecurityType>& types);

// For the log: which mechanisms are offered where.
void log_sasl(const SaslServer& sasl, const std::vector<SecurityType>& types);

} // namespace covnc
