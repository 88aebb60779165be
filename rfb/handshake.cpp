#include "rfb/handshake.h"

#include "coroutine/combinators.h"
#include "rfb/handshake_messages.h"
#include "rfb/security/log_in.h"

#include <algorithm>

namespace covnc {

namespace {

Task<PeerVersion> agree_on_version(Channel& channel, Duration limit)
{
    Bytes ours;
    ByteWriter(ours).text(version_text(ProtocolVersion::k3_8));
    co_await channel.stream().write_all(ByteView(ours));
    std::array<std::uint8_t, kVersionSize> theirs{};
    co_await with_timeout(limit, channel.reader().read_exact(theirs));
    co_return parse_version(theirs);
}

Task<> refuse(Stream& stream, ProtocolVersion version, std::string reason)
{
    Bytes out;
    append_security_failure(out, version, reason);
    co_await stream.write_all(ByteView(out));
    throw ProtocolError(reason);
}

// 3.3: the server decides, and only these two types exist.
Task<SecurityType> dictate_security(Stream& stream, const AccessPolicy& policy)
{
    for (const SecurityType type : policy.types) {
        if (type == SecurityType::kNone || type == SecurityType::kVncAuth) {
            Bytes out;
            ByteWriter(out).u32(static_cast<std::uint32_t>(type));
            co_await stream.write_all(ByteView(out));
            co_return type;
        }
    }
    co_await refuse(
        stream, ProtocolVersion::k3_3, "RFB 3.3 has none of the security types offered");
    co_return SecurityType::kInvalid;
}

Task<SecurityType> negotiate_security(Channel& channel, const AccessPolicy& policy)
{
    std::vector<std::uint8_t> numbers;
    numbers.reserve(policy.types.size());
    for (const SecurityType type : policy.types) {
        numbers.push_back(static_cast<std::uint8_t>(type));
    }
    Bytes out;
    append_security_types(out, numbers);
    co_await channel.stream().write_all(ByteView(out));
    const std::uint8_t chosen =
        co_await with_timeout(policy.limits.handshake_step, channel.reader().read_byte());
    // Never trust that the answer is one of those on the list: answering None to a list without
    // it has opened servers before.
    if (std::find(numbers.begin(), numbers.end(), chosen) == numbers.end()) {
        throw ProtocolError("security type " + std::to_string(chosen) + " was not offered");
    }
    co_return static_cast<SecurityType>(chosen);
}

// Throws AuthenticationError once the peer was told.
Task<> reject_login(Stream& stream,
                    ProtocolVersion version,
                    const AccessPolicy& policy,
                    std::string reason)
{
    const TaskContext context = co_await current_context();
    // Costs the guesser time, and nobody else.
    co_await context.loop->sleep_for(policy.limits.login_failure_delay);
    Bytes out;
    append_security_failed(out, version, "authentication failed");
    co_await stream.write_all(ByteView(out));
    throw AuthenticationError(reason);
}

// The exchange of the type that was agreed on, and its result.
Task<>
authenticate(Channel& channel, const AccessPolicy& policy, WorkerPool& pool, Greeting& greeting)
{
    const PeerVersion& version = greeting.version;
    Login login = co_await log_in(channel, greeting.security, policy, pool);
    if (login.access == Access::kDenied) {
        co_await reject_login(channel.stream(), version.protocol, policy, std::move(login.reason));
    }
    greeting.view_only = login.access == Access::kViewOnly;
    greeting.user = std::move(login.user);
    const bool without_result = greeting.security == SecurityType::kNone &&
                                (version.protocol != ProtocolVersion::k3_8 || version.is_apple);
    if (!without_result) {
        Bytes out;
        append_security_ok(out);
        co_await channel.stream().write_all(ByteView(out));
    }
}

} // namespace

Task<Greeting> handshake(Channel& channel, const AccessPolicy& policy, WorkerPool& pool)
{
    Greeting greeting;
    greeting.version = co_await agree_on_version(channel, policy.limits.handshake_step);
    if (greeting.version.protocol == ProtocolVersion::k3_3) {
        greeting.security = co_await dictate_security(channel.stream(), policy);
    } else {
        greeting.security = co_await negotiate_security(channel, policy);
    }
    co_await authenticate(channel, policy, pool, greeting);
    // Apple's viewer sends no ClientInit after None and means to share.
    greeting.shared = true;
    if (!greeting.version.is_apple || greeting.security != SecurityType::kNone) {
        const std::uint8_t flag =
            co_await with_timeout(policy.limits.handshake_step, channel.reader().read_byte());
        greeting.shared = flag != 0;
    }
    co_return greeting;
}

} // namespace covnc
