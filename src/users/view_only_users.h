// Some of another directory's users may only look.
#pragma once

#include "rfb/security/user_directory.h"

#include <memory>
#include <set>
#include <string>
#include <utility>

namespace covnc {

class ViewOnlyUsers final : public UserDirectory
{
public:
    ViewOnlyUsers(std::shared_ptr<const UserDirectory> users, std::set<std::string> names)
        : users_(std::move(users)),
          names_(std::move(names))
    {}

    Login check(const Credentials& credentials) const override
    {
        return limited(users_->check(credentials));
    }
    Login admit(const std::string& user, const std::string& peer_address) const override
    {
        return limited(users_->admit(user, peer_address));
    }

private:
    Login limited(Login login) const
    {
        if (login.access == Access::kFull && names_.count(login.user) != 0) {
            login.access = Access::kViewOnly;
        }
        return login;
    }

    std::shared_ptr<const UserDirectory> users_;
    std::set<std::string> names_;
};

} // namespace covnc
