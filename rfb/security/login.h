// What comes of a login. Values.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace covnc {

enum class Access : std::uint8_t { kDenied, kViewOnly, kFull };

struct Login
{
    Login() = default; // not an aggregate: see docs/coroutine-pitfalls.md
    explicit Login(Access granted, std::string name = {}) : access(granted), user(std::move(name))
    {}
    // why: for the log, never for the peer; holds nothing that a peer sent.
    static Login denied(std::string why)
    {
        Login login;
        login.reason = std::move(why);
        return login;
    }

    Access access = Access::kDenied;
    std::string user; // empty where the security type knows none; the peer's text
    std::string reason = "wrong password"; // where it is denied
};

} // namespace covnc
