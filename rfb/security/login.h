// What comes of a login. Values.
#pragma once

#include <cstdint>
#include <string>

namespace covnc {

enum class Access : std::uint8_t { kDenied, kViewOnly, kFull };

struct Login
{
    Login() = default; // not an aggregate: see docs/coroutine-pitfalls.md
    explicit Login(Access granted, std::string name = {}) : access(granted), user(std::move(name))
    {}

    Access access = Access::kDenied;
    std::string user; // empty where the security type knows none; the peer's text
};

} // namespace covnc
