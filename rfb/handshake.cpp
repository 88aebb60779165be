#include "rfb/handshake.h"

#include "coroutine/combinators.h"
#include "rfb/handshake_messages.h"

#include <algorithm>

namespace covnc {

namespace {

Task<PeerVersion> agree_on_version(Stream& stream, BufferedReader& reader, Duration limit)
{
    Bytes ours;
    ByteWriter(ours).text(version_text(ProtocolVersion::k3_8));
    co_await stream.write_all(ByteView(ours));
    std::array<std::uint8_t, kVersionSize> theirs{};
    co_await with_timeout(limit, reader.read_exact(theirs));
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

Task<SecurityType>
negotiate_security(Stream& stream, BufferedReader& reader, const AccessPolicy& policy)
{
    std::vector<std::uint8_t> numbers;
    numbers.reserve(policy.types.size());
    for (const SecurityType type : policy.types) {
        numbers.push_back(static_cast<std::uint8_t>(type));
    }
    Bytes out;
    append_security_types(out, numbers);
    co_await stream.write_all(ByteView(out));
    const std::uint8_t chosen =
        co_await with_timeout(policy.limits.handshake_step, reader.read_byte());
    // Never trust that the answer is one of those on the list: answering None to a list without
    // it has opened servers before.
    if (std::find(numbers.begin(), numbers.end(), chosen) == numbers.end()) {
        throw ProtocolError("security type " + std::to_string(chosen) + " was not offered");
    }
    co_return static_cast<SecurityType>(chosen);
}

Task<VncAccess> check_password(Stream& stream, BufferedReader& reader, const AccessPolicy& policy)
{
    const VncChallenge challenge = make_vnc_challenge();
    co_await stream.write_all(ByteView(challenge));
    VncResponse response{};
    co_await with_timeout(policy.limits.login, reader.read_exact(response));
    co_return policy.passwords.check(challenge, response);
}

// Throws AuthenticationError once the peer was told.
Task<> reject_login(Stream& stream, ProtocolVersion version, const AccessPolicy& policy)
{
    const TaskContext context = co_await current_context();
    // Costs the guesser time, and nobody else.
    co_await context.loop->sleep_for(policy.limits.login_failure_delay);
    Bytes out;
    append_security_failed(out, version, "authentication failed");
    co_await stream.write_all(ByteView(out));
    throw AuthenticationError("wrong password");
}

// True: view only.
Task<bool> authenticate(Stream& stream,
                        BufferedReader& reader,
                        const AccessPolicy& policy,
                        const Greeting& greeting)
{
    const PeerVersion& version = greeting.version;
    VncAccess access = VncAccess::kFull;
    if (greeting.security == SecurityType::kVncAuth) {
        access = co_await check_password(stream, reader, policy);
    }
    if (access == VncAccess::kDenied) {
        co_await reject_login(stream, version.protocol, policy);
    }
    const bool without_result = greeting.security == SecurityType::kNone &&
                                (version.protocol != ProtocolVersion::k3_8 || version.is_apple);
    if (!without_result) {
        Bytes out;
        append_security_ok(out);
        co_await stream.write_all(ByteView(out));
    }
    co_return access == VncAccess::kViewOnly;
}

} // namespace

Task<Greeting> handshake(Stream& stream, BufferedReader& reader, const AccessPolicy& policy)
{
    Greeting greeting;
    greeting.version = co_await agree_on_version(stream, reader, policy.limits.handshake_step);
    if (greeting.version.protocol == ProtocolVersion::k3_3) {
        greeting.security = co_await dictate_security(stream, policy);
    } else {
        greeting.security = co_await negotiate_security(stream, reader, policy);
    }
    greeting.view_only = co_await authenticate(stream, reader, policy, greeting);
    // Apple's viewer sends no ClientInit after None and means to share.
    greeting.shared = true;
    if (!greeting.version.is_apple || greeting.security != SecurityType::kNone) {
        const std::uint8_t flag =
            co_await with_timeout(policy.limits.handshake_step, reader.read_byte());
        greeting.shared = flag != 0;
    }
    co_return greeting;
}

} // namespace covnc
