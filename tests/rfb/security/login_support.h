// What the tests of logins share: users of their own, and one login played from both ends in
// virtual time.
#pragma once

#include "coroutine/combinators.h"
#include "coroutine/memory_stream.h"
#include "rfb/security/log_in.h"
#include "tests/rfb/session_world.h"

#include <memory>
#include <string>
#include <vector>

namespace covnc::test {

// ann: "secret", may do everything; bob: "look", may look.
class TwoUsers final : public UserDirectory
{
public:
    Login check(const Credentials& credentials) const override
    {
        asked.push_back(credentials.user + ":" + std::string(credentials.password.text()) + "@" +
                        credentials.peer_address);
        if (credentials.user == "ann" && credentials.password.text() == "secret") {
            return Login(Access::kFull, "ann");
        }
        if (credentials.user == "bob" && credentials.password.text() == "look") {
            return Login(Access::kViewOnly, "bob");
        }
        if (credentials.user == "broken") {
            throw std::runtime_error("the users' file is gone");
        }
        return Login::denied("unknown user or wrong password");
    }

    Login admit(const std::string& user, const std::string& peer_address) const override
    {
        asked.push_back(user + "@" + peer_address);
        if (user == "ann" || user == "bob") {
            return Login(user == "ann" ? Access::kFull : Access::kViewOnly, user);
        }
        return Login::denied("unknown user");
    }

    mutable std::vector<std::string> asked;
};

// Both ends of a connection on which somebody logs in.
struct LoginWorld
{
    explicit LoginWorld(EventLoop& the_loop) : loop(the_loop), pool(the_loop)
    {
        policy.users = users;
        auto ends = make_memory_streams();
        viewer = std::move(ends.first);
        server = std::move(ends.second);
    }

    EventLoop& loop;
    ManualPool pool;
    std::shared_ptr<TwoUsers> users = std::make_shared<TwoUsers>();
    AccessPolicy policy;
    std::unique_ptr<MemoryStream> viewer;
    std::unique_ptr<MemoryStream> server;
    // What came of it: "full ann", "view-only bob", "denied: reason", "ProtocolError: text".
    std::string outcome;
};

inline std::string described(const Login& login)
{
    switch (login.access) {
    case Access::kFull:
        return "full " + login.user;
    case Access::kViewOnly:
        return "view-only " + login.user;
    case Access::kDenied:
        break;
    }
    return "denied: " + login.reason;
}

// A stream that nobody else can read.
class ConfidentialStream final : public StreamLayer
{
public:
    using Stream::write_all;

    explicit ConfidentialStream(Stream& inner) : StreamLayer(inner) {}
    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override
    {
        return inner().read_some(buffer);
    }
    Task<> write_all(std::span<const ByteView> pieces) override
    {
        return inner().write_all(pieces);
    }
    void shutdown_write() noexcept override { inner().shutdown_write(); }
    bool is_confidential() const override { return true; }
};

// Awaits the login and notes what came of it.
inline Task<> note_outcome(LoginWorld& world, Task<Login> login)
{
    try {
        const Login result = co_await std::move(login);
        world.outcome = described(result);
    } catch (const AuthenticationError& error) {
        world.outcome = std::string("AuthenticationError: ") + error.what();
    } catch (const ProtocolError& error) {
        world.outcome = std::string("ProtocolError: ") + error.what();
    } catch (const TimedOut&) {
        world.outcome = "TimedOut";
    } catch (const Disconnected&) {
        world.outcome = "Disconnected";
    }
}

} // namespace covnc::test
