// The command line of covncd, checked as a whole before anything listens.
#pragma once

#include "coroutine/endpoint.h"
#include "rfb/access.h"
#include "rfb/display.h"
#include "rfb/transport/proxy_protocol.h"
#include "rfb/transport/tls_credentials.h"
#include "src/reverse.h"
#include "src/server.h"

#include <spdlog/common.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace covnc {

// A mistake in what the user told us; the text names the option (or file and line) and the mistake.
class OptionError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

struct Options
{
    std::string source = "pattern";
    std::vector<Endpoint> listen;
    std::vector<Endpoint> web;
    std::vector<ReverseTarget> reverse;
    std::string web_root = "/usr/share/novnc"; // of Debian's package
    std::vector<std::string> web_origins;
    TrustedProxies trusted_proxies;
    AccessPolicy access;       // without keys of RSA
    std::string rsa_key_file;  // empty: none
    std::string password_file; // of access.passwords; likewise
    TlsServerFiles tls_files;  // of access.tls
    ServerLimits limits;
    DisplaySettings display;
    std::size_t workers = 0; // threads
    bool insecure = false;
    spdlog::level::level_enum log_level = spdlog::level::info;
};

// Nothing where the command line was --help or --version, which has been printed then. Throws
// OptionError.
std::optional<Options> parse_options(int argc, const char* const* argv);

// Who could reach `endpoint` without a login? Throws OptionError where that is more than this
// machine and --insecure was not given. Returns a warning to log, or nothing. Resolves names.
//   option: what the endpoint was given with, for texts.
std::string check_exposure(const Endpoint& endpoint,
                           const Options& options,
                           const std::string& option = "--listen");

// First line: the password; second, optional: the view-only one. Throws OptionError.
VncPasswords read_password_file(const std::string& path);

} // namespace covnc
