// UserDirectory: who has which password and what they may do, wherever that is kept.
#pragma once

#include "rfb/security/login.h"
#include "rfb/security/secret.h"

#include <string>

namespace covnc {

// What a viewer claims. Its texts: any bytes, within the bounds of its security type.
struct Credentials
{
    Credentials() = default; // not an aggregate: see docs/coroutine-pitfalls.md

    std::string user;
    Secret password;
    std::string peer_address; // as Stream::peer_address(); for logs of other programs
};

class UserDirectory
{
public:
    virtual ~UserDirectory() = default;

    // What these credentials open. Blocks and computes for as long as it takes, no shorter for a
    // user that does not exist. On any thread, several at once. Throws std::exception where users
    // cannot be looked up.
    virtual Login check(const Credentials& credentials) const = 0;

    // What somebody may do who has proved elsewhere to be `user`. Otherwise as check(), but that
    // who is known need not be hidden.
    virtual Login admit(const std::string& user, const std::string& peer_address) const;
};

inline Login UserDirectory::admit(const std::string&, const std::string&) const
{
    return Login::denied("users are known by their passwords only");
}

} // namespace covnc
