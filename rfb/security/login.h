// What comes of a login. Values.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace covnc {

class SaslSession;

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
    // What the exchange has still to say, right in front of the result. It is told together, so
    // that nobody learns from one what the other keeps back.
    std::vector<std::uint8_t> last_words_if_let_in;
    std::vector<std::uint8_t> last_words_if_denied;
    // What encrypts everything behind the result; null: nothing begins there.
    std::shared_ptr<SaslSession> layer;
};

} // namespace covnc
