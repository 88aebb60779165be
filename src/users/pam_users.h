// Users of the system, or of whatever PAM asks.
#pragma once

#include "rfb/security/user_directory.h"

#include <string>

namespace covnc {

class PamUsers final : public UserDirectory
{
public:
    // service: a name ("covnc": /etc/pam.d/covnc), or the path of such a file.
    explicit PamUsers(const std::string& service);

    // Password and account (is it locked, has it expired), no session. How long it takes, and
    // whether an unknown user takes as long, is up to the modules. Throws std::runtime_error where
    // PAM itself fails.
    Login check(const Credentials& credentials) const override;
    // The account alone.
    Login admit(const std::string& user, const std::string& peer_address) const override;

private:
    std::string folder_; // empty: where PAM looks by itself
    std::string service_;
};

} // namespace covnc
