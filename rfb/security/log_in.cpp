#include "rfb/security/log_in.h"

#include "coroutine/combinators.h"
#include "rfb/errors.h"
#include "rfb/security/check_login.h"
#include "rfb/security/plain.h"
#include "rfb/security/rsa_aes.h"
#include "rfb/security/rsa_aes_suite.h"
#include "rfb/security/sasl.h"
#include "rfb/security/security_types.h"
#include "rfb/security/vnc_auth.h"

namespace covnc {

namespace {

Task<Login> check_vnc_password(Channel& channel, const AccessPolicy& policy)
{
    const VncChallenge challenge = make_vnc_challenge();
    co_await channel.stream().write_all(ByteView(challenge));
    VncResponse response{};
    co_await with_timeout(policy.limits.login, channel.reader().read_exact(response));
    co_return unless_expired(policy.passwords.check(challenge, response), policy.passwords);
}

} // namespace

Task<Login>
log_in(Channel& channel, SecurityType type, const AccessPolicy& policy, WorkerPool& pool)
{
    const SecurityType inside = login_of(type);
    if (inside == SecurityType::kNone) {
        co_return Login(Access::kFull);
    }
    if (inside == SecurityType::kVncAuth) {
        Login login = co_await check_vnc_password(channel, policy);
        co_return login;
    }
    if (inside == SecurityType::kPlain) {
        Login login = co_await log_in_plain(channel, policy, pool);
        co_return login;
    }
    if (inside == SecurityType::kSasl) {
        Login login = co_await log_in_sasl(channel, policy, pool);
        co_return login;
    }
    if (is_rsa_aes(type)) {
        Login login = co_await log_in_rsa_aes(channel, type, policy, pool);
        co_return login;
    }
    throw ProtocolError("security type " + std::to_string(static_cast<std::uint32_t>(type)) +
                        " is not ours");
}

} // namespace covnc
