// The options of the command line that say who may log in.
#pragma once

#include "rfb/access.h"
#include "rfb/transport/tls_credentials.h"
#include "src/sasl_options.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace covnc {

// As they were given; empty where they were not.
struct LoginOptions
{
    std::vector<std::string> types;
    std::string password_file;
    std::string password_expires;
    std::string users;
    std::vector<std::string> view_only_users;
    std::string rsa_key_file;
    TlsServerFiles tls;
    SaslOptionTexts sasl;
};

void add_login_options(CLI::App& app, LoginOptions& options);

// Reads the files they name, but for keys. Throws OptionError.
AccessPolicy read_access(const LoginOptions& options);

} // namespace covnc
