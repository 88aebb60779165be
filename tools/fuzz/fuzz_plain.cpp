// What a viewer may send where user and password are asked for as they are.
#include "rfb/security/plain.h"
#include "tools/fuzz/session_under_test.h"

#include <memory>

namespace {

using namespace covnc;

class OneUser final : public UserDirectory
{
public:
    Login check(const Credentials& credentials) const override
    {
        const bool fits = credentials.user == "ann" && credentials.password.text() == "secret";
        return fits ? Login(Access::kFull, credentials.user) : Login::denied("wrong");
    }
};

Task<> log_in(EventLoop& loop, ByteView input)
{
    fuzz::InlinePool pool(loop);
    fuzz::InputStream stream(input);
    Channel channel(stream);
    AccessPolicy policy;
    policy.users = std::make_shared<const OneUser>();
    try {
        co_await log_in_plain(channel, policy, pool);
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): how most inputs end
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run(log_in(loop, {data, size}));
    return 0;
}
