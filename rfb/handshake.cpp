#include "rfb/handshake.h"

#include "coroutine/combinators.h"
#include "rfb/handshake_messages.h"
#include "rfb/security/log_in.h"
#include "rfb/security/login_guard.h"
#include "rfb/security/sasl_stream.h"
#include "rfb/security/security_types.h"
#include "rfb/security/tight.h"
#include "rfb/security/vencrypt.h"
#include "rfb/transport/tls_session.h"

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

// Who may try to log in at this moment.
class Gate
{
public:
    Gate(LoginGuard* guard, std::string address, EventLoop& loop)
        : guard_(guard),
          address_(std::move(address)),
          loop_(loop)
    {}

    // Why this peer has to wait; empty where it has not.
    std::string refusal() const
    {
        const Duration wait =
            guard_ == nullptr ? Duration() : guard_->wait_for(address_, loop_.now());
        if (wait <= Duration()) {
            return {};
        }
        const auto left = std::chrono::ceil<std::chrono::seconds>(wait);
        return "too many failed logins; try again in " + std::to_string(left.count()) + " s";
    }
    void note_failure()
    {
        if (guard_ != nullptr) {
            guard_->failed(address_, loop_.now());
        }
    }

private:
    LoginGuard* guard_;
    std::string address_;
    EventLoop& loop_;
};

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

// One of the numbers that stand for `types`: for what VeNCrypt has, its own; Tight as itself.
Task<SecurityType> negotiate_security(Channel& channel,
                                      ProtocolVersion version,
                                      const std::vector<SecurityType>& types,
                                      const AccessPolicy& policy)
{
    const std::vector<std::uint8_t> numbers = listed_numbers(types);
    if (numbers.empty()) {
        co_await refuse(
            channel.stream(), version, "no security type can be used on this connection");
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

// How the viewer will log in. Its TLS, if any, is on the channel then. A certificate that is
// refused is a failed login.
Task<> agree_on_security(
    Channel& channel, const AccessPolicy& policy, WorkerPool& pool, Gate& gate, Greeting& greeting)
{
    const ProtocolVersion version = greeting.version.protocol;
    if (version == ProtocolVersion::k3_3) {
        greeting.security = co_await dictate_security(channel.stream(), policy);
        co_return;
    }
    const std::vector<SecurityType> types = possible_types(policy, channel.stream());
    greeting.security = co_await negotiate_security(channel, version, types, policy);
    if (greeting.security == SecurityType::kTight) {
        greeting.is_tight = true;
        std::vector<SecurityType> inside = types_inside_tight(types);
        greeting.security =
            co_await offer_tight(channel, std::move(inside), policy.limits.handshake_step);
    }
    if (greeting.security != SecurityType::kVeNCrypt) {
        co_return;
    }
    try {
        VencryptChoice choice = co_await offer_vencrypt(channel, types, policy, pool);
        greeting.security = choice.type;
        greeting.user = std::move(choice.peer_name);
    } catch (const CertificateRefused&) {
        gate.note_failure();
        throw;
    }
}

// Where the peer has to wait, tells it so and throws LoginsBlocked.
Task<> pass_gate(Stream& stream, ProtocolVersion version, const Gate& gate)
{
    const std::string refusal = gate.refusal();
    if (!refusal.empty()) {
        Bytes out;
        append_security_failure(out, version, refusal);
        co_await stream.write_all(ByteView(out));
        throw LoginsBlocked(refusal);
    }
}

// Throws AuthenticationError once the peer was told; LoginsBlocked where its address has failed so
// often meanwhile that no answer counts, not even a right one.
Task<> reject_login(Stream& stream,
                    ProtocolVersion version,
                    const AccessPolicy& policy,
                    std::string refusal,
                    Login login)
{
    if (refusal.empty()) {
        const TaskContext context = co_await current_context();
        // Costs the guesser time, and nobody else.
        co_await context.loop->sleep_for(policy.limits.login_failure_delay);
    }
    Bytes out = std::move(login.last_words_if_denied);
    append_security_failed(out, version, refusal.empty() ? "authentication failed" : refusal);
    co_await stream.write_all(ByteView(out));
    if (!refusal.empty()) {
        throw LoginsBlocked(refusal);
    }
    throw AuthenticationError(login.reason);
}

// The exchange of the type that was agreed on. A peer that breaks it off where its proof is checked
// has failed as well.
Task<Login>
prove(Channel& channel, SecurityType type, const AccessPolicy& policy, WorkerPool& pool, Gate& gate)
{
    try {
        Login login = co_await log_in(channel, type, policy, pool);
        co_return login;
    } catch (const AuthenticationError&) {
        gate.note_failure();
        throw;
    }
}

// The exchange, and its result.
Task<> authenticate(
    Channel& channel, const AccessPolicy& policy, WorkerPool& pool, Gate& gate, Greeting& greeting)
{
    const PeerVersion& version = greeting.version;
    Login login = co_await prove(channel, greeting.security, policy, pool, gate);
    // Many may have been guessing at once: what was right in that time opens nothing either.
    const bool has_secret = login_of(greeting.security) != SecurityType::kNone;
    std::string refusal = has_secret ? gate.refusal() : "";
    if (login.access == Access::kDenied || !refusal.empty()) {
        gate.note_failure();
        co_await reject_login(
            channel.stream(), version.protocol, policy, std::move(refusal), std::move(login));
    }
    greeting.view_only = login.access == Access::kViewOnly;
    if (!login.user.empty()) {
        greeting.user = std::move(login.user);
    }
    const bool without_result = greeting.security == SecurityType::kNone &&
                                (version.protocol != ProtocolVersion::k3_8 || version.is_apple);
    if (!without_result) {
        Bytes out = std::move(login.last_words_if_let_in);
        append_security_ok(out);
        co_await channel.stream().write_all(ByteView(out));
    }
    if (login.layer != nullptr) {
        channel.add<SaslStream>(std::move(login.layer));
    }
}

} // namespace

Task<Greeting>
handshake(Channel& channel, const AccessPolicy& policy, WorkerPool& pool, LoginGuard* guard)
{
    const TaskContext context = co_await current_context();
    Gate gate(guard, channel.stream().peer_address(), *context.loop);
    Greeting greeting;
    greeting.version = co_await agree_on_version(channel, policy.limits.handshake_step);
    co_await pass_gate(channel.stream(), greeting.version.protocol, gate);
    co_await agree_on_security(channel, policy, pool, gate, greeting);
    co_await authenticate(channel, policy, pool, gate, greeting);
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
