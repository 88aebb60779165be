// The options of the command line that say what TLS needs.
#pragma once

#include "rfb/constants.h"
#include "rfb/transport/tls_credentials.h"

#include <memory>
#include <vector>

namespace CLI {
class App;
}

namespace covnc {

void add_tls_options(CLI::App& app, TlsServerFiles& files);

// Throws OptionError for files without which others make no sense.
void check_tls_options(const TlsServerFiles& files, const std::vector<SecurityType>& types);

// Reads the files. Null where neither a file nor any of the types needs TLS. Throws OptionError.
std::shared_ptr<const TlsCredentials> read_tls(const TlsServerFiles& files,
                                               const std::vector<SecurityType>& types);

// For the log: warnings, and how viewers can tell that they talk to us.
void log_certificate(const TlsCredentials& credentials, const TlsServerFiles& files);

} // namespace covnc
