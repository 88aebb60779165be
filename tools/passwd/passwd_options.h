// The command line of covnc-passwd.
#pragma once

#include "rfb/security/expiry.h"
#include "rfb/security/login.h"

#include <optional>
#include <stdexcept>
#include <string>

namespace covnc::passwd {

class UsageError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

enum class Action { kSet, kDelete, kList, kWriteVncFile };

struct PasswdOptions
{
    Action action = Action::kSet;
    std::string file;
    std::string user;
    std::optional<Access> access; // nothing: as it is, else full
    std::optional<Expiry> expiry; // likewise; else never
    bool from_stdin = false;
    bool asks_password = false; // even though only something else would change
    bool json = false;
};

// Nothing where help or the version was wanted, and has been printed. Throws UsageError.
std::optional<PasswdOptions> parse_passwd_options(int argc, const char* const* argv);

} // namespace covnc::passwd
