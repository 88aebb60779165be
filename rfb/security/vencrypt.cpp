#include "rfb/security/vencrypt.h"

#include "coroutine/combinators.h"
#include "rfb/errors.h"
#include "rfb/security/sasl_server.h"
#include "rfb/security/security_types.h"
#include "rfb/security/tight.h"
#include "rfb/transport/tls_stream.h"
#include "rfb/wire.h"

#include <algorithm>
#include <array>

namespace covnc {

namespace {

using Version = std::array<std::uint8_t, 2>;

constexpr Version kVersion{0, 2}; // 0.1 has other lengths, and nobody left who speaks it
constexpr std::uint8_t kVersionTaken = 0;
constexpr std::uint8_t kVersionRefused = 0xff;
constexpr std::uint8_t kSubtypeTaken = 1; // the other way round than with versions
constexpr std::uint8_t kSubtypeRefused = 0;

Task<> write_byte(Stream& stream, std::uint8_t byte)
{
    co_await stream.write_all(ByteView(&byte, 1));
}

bool contains(std::span<const SecurityType> types, SecurityType type)
{
    return std::find(types.begin(), types.end(), type) != types.end();
}

Task<> agree_on_version(Channel& channel, Duration limit)
{
    co_await channel.stream().write_all(ByteView(kVersion));
    Version theirs{};
    co_await with_timeout(limit, channel.reader().read_exact(theirs));
    if (theirs != kVersion) {
        co_await write_byte(channel.stream(), kVersionRefused);
        throw ProtocolError("it speaks VeNCrypt " + std::to_string(theirs[0]) + "." +
                            std::to_string(theirs[1]) + ", not 0.2");
    }
}

Task<SecurityType>
agree_on_subtype(Channel& channel, const std::vector<SecurityType>& subtypes, Duration limit)
{
    Bytes out;
    ByteWriter writer(out);
    writer.u8(kVersionTaken);
    writer.u8(static_cast<std::uint8_t>(subtypes.size()));
    for (const SecurityType type : subtypes) {
        writer.u32(static_cast<std::uint32_t>(type));
    }
    co_await channel.stream().write_all(ByteView(out));
    std::array<std::uint8_t, 4> answer{};
    co_await with_timeout(limit, channel.reader().read_exact(answer));
    const std::uint32_t number = ByteReader(answer, "VeNCrypt subtype").u32();
    const auto chosen = static_cast<SecurityType>(number);
    // Never trust that it is one of those on the list.
    if (!contains(subtypes, chosen)) {
        co_await write_byte(channel.stream(), kSubtypeRefused);
        throw ProtocolError("VeNCrypt subtype " + std::to_string(number) + " was not offered");
    }
    co_return chosen;
}

bool is_possible(SecurityType type, const AccessPolicy& policy, const Stream& stream)
{
    const std::optional<TlsKind> tls = tls_kind_of(type);
    if (tls && (policy.tls == nullptr ||
                (tls == TlsKind::kCertificate && !policy.tls->has_certificate()))) {
        return false;
    }
    const bool is_confidential = tls || stream.is_confidential();
    if (login_of(type) == SecurityType::kSasl) {
        return policy.sasl != nullptr && !policy.sasl->mechanisms(is_confidential).empty();
    }
    return type != SecurityType::kPlain || is_confidential;
}

} // namespace

std::vector<SecurityType> possible_types(const AccessPolicy& policy, const Stream& stream)
{
    std::vector<SecurityType> possible;
    for (const SecurityType type : policy.types) {
        if (is_possible(type, policy, stream) && !contains(possible, type)) {
            possible.push_back(type);
        }
    }
    // An envelope for nothing is none.
    if (types_inside_tight(possible).empty()) {
        std::erase(possible, SecurityType::kTight);
    }
    return possible;
}

Task<VencryptChoice> offer_vencrypt(Channel& channel,
                                    std::vector<SecurityType> offered,
                                    const AccessPolicy& policy,
                                    WorkerPool& pool)
{
    std::erase_if(offered, [](SecurityType type) { return !is_vencrypt_subtype(type); });
    co_await agree_on_version(channel, policy.limits.handshake_step);
    VencryptChoice choice;
    choice.type = co_await agree_on_subtype(channel, offered, policy.limits.handshake_step);
    const std::optional<TlsKind> kind = tls_kind_of(choice.type);
    if (!kind) {
        co_return choice;
    }
    Stream& clear = channel.stream();
    WorkerPool& workers = policy.tls_workers != nullptr ? *policy.tls_workers : pool;
    TlsStream& tls = channel.add<TlsStream>(workers, policy.tls, *kind);
    co_await write_byte(clear, kSubtypeTaken);
    co_await with_timeout(policy.limits.handshake_step, tls.handshake());
    choice.peer_name = tls.peer_name();
    co_return choice;
}

// --- the viewer's side -----------------------------------------------------------------------

namespace {

Task<std::vector<SecurityType>> read_subtypes(Channel& channel)
{
    Version theirs{};
    co_await channel.reader().read_exact(theirs);
    if (theirs < kVersion) {
        throw ProtocolError("the server speaks VeNCrypt " + std::to_string(theirs[0]) + "." +
                            std::to_string(theirs[1]));
    }
    co_await channel.stream().write_all(ByteView(kVersion));
    const std::uint8_t refusal = co_await channel.reader().read_byte();
    if (refusal != kVersionTaken) {
        throw ProtocolError("the server does not take VeNCrypt 0.2");
    }
    const std::uint8_t count = co_await channel.reader().read_byte();
    Bytes numbers(std::size_t{count} * 4);
    co_await channel.reader().read_exact(numbers);
    std::vector<SecurityType> types;
    ByteReader in(numbers, "VeNCrypt subtypes");
    for (unsigned i = 0; i < count; ++i) {
        types.push_back(static_cast<SecurityType>(in.u32()));
    }
    co_return types;
}

Task<> open_tls(Channel& channel, TlsKind kind, const ViewerTls& tls)
{
    const std::uint8_t taken = co_await channel.reader().read_byte();
    if (taken != kSubtypeTaken) {
        throw ProtocolError("the server does not take the VeNCrypt subtype that it offers");
    }
    TlsStream& stream = channel.add<TlsStream>(*tls.pool, tls.credentials, kind, tls.server_name);
    co_await stream.handshake();
}

} // namespace

Task<SecurityType>
accept_vencrypt(Channel& channel, std::vector<SecurityType> wanted, const ViewerTls& tls)
{
    const std::vector<SecurityType> offered = co_await read_subtypes(channel);
    std::string numbers;
    for (const SecurityType type : offered) {
        numbers += (numbers.empty() ? "" : ", ") + name_of(type);
    }
    const auto chosen = std::find_if(wanted.begin(), wanted.end(), [&offered](SecurityType type) {
        return contains(offered, type);
    });
    if (chosen == wanted.end()) {
        throw AuthenticationError("none of the server's VeNCrypt subtypes is for us: " + numbers);
    }
    Bytes out;
    ByteWriter(out).u32(static_cast<std::uint32_t>(*chosen));
    co_await channel.stream().write_all(ByteView(out));
    const std::optional<TlsKind> kind = tls_kind_of(*chosen);
    if (kind) {
        co_await open_tls(channel, *kind, tls);
    }
    co_return *chosen;
}

} // namespace covnc
