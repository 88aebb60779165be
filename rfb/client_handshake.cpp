#include "rfb/client_handshake.h"

#include "coroutine/combinators.h"
#include "rfb/errors.h"
#include "rfb/handshake_messages.h"
#include "rfb/printable_text.h"
#include "rfb/security/plain.h"
#include "rfb/security/rsa_aes_client.h"
#include "rfb/security/rsa_aes_suite.h"
#include "rfb/security/sasl.h"
#include "rfb/security/sasl_stream.h"
#include "rfb/security/security_types.h"
#include "rfb/security/tight.h"
#include "rfb/security/vnc_auth.h"

#include <algorithm>
#include <array>

namespace covnc {

namespace {

constexpr std::size_t kLongestReason = 200; // of a server, for logs and terminals

class ClientHandshake
{
public:
    ClientHandshake(Channel& channel, const ClientIdentity& identity)
        : channel_(channel),
          identity_(identity)
    {}

    Task<ServerGreeting> run()
    {
        co_await agree_on_version();
        co_await choose_security();
        co_await log_in();
        co_await join();
        co_return std::move(greeting_);
    }

private:
    Task<> agree_on_version()
    {
        std::array<std::uint8_t, kVersionSize> theirs{};
        co_await channel_.reader().read_exact(theirs);
        greeting_.version = std::min(parse_version(theirs).protocol, identity_.version);
        Bytes ours;
        ByteWriter(ours).text(version_text(greeting_.version));
        co_await channel_.stream().write_all(ByteView(ours));
    }

    Task<> choose_security()
    {
        if (greeting_.version == ProtocolVersion::k3_3) {
            const std::uint32_t dictated = co_await read_u32();
            if (dictated == 0) {
                co_await take_refusal();
            }
            const bool is_known = dictated <= 0xff;
            const auto number = static_cast<std::uint8_t>(is_known ? dictated : 0);
            greeting_.security = pick_from(ByteView(&number, 1));
            co_return;
        }
        Bytes offered(co_await channel_.reader().read_byte());
        if (offered.empty()) {
            co_await take_refusal();
        }
        co_await channel_.reader().read_exact(offered);
        greeting_.security = pick_from(offered);
        const auto answer = static_cast<std::uint8_t>(greeting_.security);
        co_await channel_.stream().write_all(ByteView(&answer, 1));
        if (greeting_.security == SecurityType::kTight) {
            greeting_.is_tight = true;
            std::vector<SecurityType> types = wanted();
            greeting_.security = co_await accept_tight(channel_, std::move(types));
        }
        if (greeting_.security == SecurityType::kVeNCrypt) {
            std::vector<SecurityType> subtypes = wanted();
            std::erase_if(subtypes, [](SecurityType type) { return !is_vencrypt_subtype(type); });
            greeting_.security =
                co_await accept_vencrypt(channel_, std::move(subtypes), identity_.tls);
        }
    }

    // A number on the list, of what VeNCrypt has its own.
    SecurityType pick_from(ByteView offered) const
    {
        const auto has = [&](SecurityType type) {
            const auto number = static_cast<std::uint8_t>(type);
            return std::find(offered.begin(), offered.end(), number) != offered.end();
        };
        for (const SecurityType type : wanted()) {
            const SecurityType listed = is_vencrypt_subtype(type) ? SecurityType::kVeNCrypt : type;
            if (has(listed)) {
                return listed;
            }
        }
        std::string numbers;
        for (const std::uint8_t number : offered) {
            numbers += (numbers.empty() ? "" : ", ") + std::to_string(number);
        }
        throw AuthenticationError("none of the server's security types is for us: " + numbers);
    }

    // Of what we would take, what we can do.
    std::vector<SecurityType> wanted() const
    {
        static constexpr std::array kByDefault{SecurityType::kNone,
                                               SecurityType::kVncAuth,
                                               SecurityType::kRa2_256,
                                               SecurityType::kRa2,
                                               SecurityType::kRa2ne_256,
                                               SecurityType::kRa2ne,
                                               SecurityType::kX509None,
                                               SecurityType::kTlsNone,
                                               SecurityType::kX509Vnc,
                                               SecurityType::kTlsVnc,
                                               SecurityType::kX509Plain,
                                               SecurityType::kTlsPlain,
                                               SecurityType::kX509Sasl,
                                               SecurityType::kTlsSasl,
                                               SecurityType::kSasl};
        std::vector<SecurityType> types = identity_.security;
        if (types.empty()) {
            types.assign(kByDefault.begin(), kByDefault.end());
        }
        std::erase_if(types, [this](SecurityType type) { return !is_possible(type); });
        return types;
    }

    // Whether we have what it takes.
    bool is_possible(SecurityType type) const
    {
        if (is_rsa_aes(type)) {
            return identity_.rsa_key != nullptr;
        }
        if (tls_kind_of(type) && identity_.tls.credentials == nullptr) {
            return false;
        }
        const SecurityType login = login_of(type);
        const bool asks_for_user = login == SecurityType::kPlain || login == SecurityType::kSasl;
        return login == SecurityType::kNone || login == SecurityType::kTight ||
               (login == SecurityType::kVncAuth && !identity_.password.empty()) ||
               (asks_for_user && !identity_.user.empty());
    }

    Task<> log_in()
    {
        const SecurityType login = login_of(greeting_.security);
        std::shared_ptr<SaslSession> layer;
        if (is_rsa_aes(login)) {
            co_await prove_rsa_aes(
                channel_, login, *identity_.rsa_key, identity_.user, identity_.password);
        } else if (login == SecurityType::kVncAuth) {
            co_await answer_challenge();
        } else if (login == SecurityType::kPlain) {
            Bytes out;
            append_plain(out, identity_.user, identity_.password);
            co_await channel_.stream().write_all(ByteView(out));
        } else if (login == SecurityType::kSasl) {
            layer = co_await prove_sasl(channel_, identity_.user, identity_.password);
        }
        co_await read_result();
        if (layer != nullptr) {
            channel_.add<SaslStream>(std::move(layer));
        }
    }

    Task<> answer_challenge()
    {
        VncChallenge challenge{};
        co_await channel_.reader().read_exact(challenge);
        const VncResponse response = vnc_response(identity_.password, challenge);
        co_await channel_.stream().write_all(ByteView(response));
    }

    Task<> read_result()
    {
        if (greeting_.security == SecurityType::kNone &&
            greeting_.version != ProtocolVersion::k3_8) {
            co_return; // there is none
        }
        const std::uint32_t result = co_await read_u32();
        if (result == kSecurityOk) {
            co_return;
        }
        std::string reason;
        if (greeting_.version == ProtocolVersion::k3_8) {
            reason = printable(co_await read_text(), kLongestReason);
        }
        throw AuthenticationError("the server denies the login" +
                                  (reason.empty() ? reason : ": " + reason));
    }

    Task<> join()
    {
        const std::uint8_t shared = identity_.shared ? 1 : 0;
        co_await channel_.stream().write_all(ByteView(&shared, 1));
        std::array<std::uint8_t, ServerInitHead::kSize> head{};
        co_await channel_.reader().read_exact(head);
        const ServerInitHead init = ServerInitHead::parse(head);
        greeting_.size = init.size;
        greeting_.format = init.format;
        greeting_.name.resize(init.name_length);
        co_await channel_.reader().read_exact(as_bytes(greeting_.name));
        if (greeting_.is_tight) {
            co_await skip_tight_capabilities(channel_);
        }
    }

    Task<> take_refusal()
    {
        const std::string reason = co_await read_text();
        throw ConnectionRefused("the server refuses: " + printable(reason, kLongestReason));
    }

    Task<std::uint32_t> read_u32()
    {
        std::array<std::uint8_t, 4> bytes{};
        co_await channel_.reader().read_exact(bytes);
        co_return ByteReader(bytes, "handshake").u32();
    }

    Task<std::string> read_text()
    {
        std::array<std::uint8_t, 4> length{};
        co_await channel_.reader().read_exact(length);
        std::string text(parse_text_length(length), '\0');
        co_await channel_.reader().read_exact(as_bytes(text));
        co_return text;
    }

    static std::span<std::uint8_t> as_bytes(std::string& text)
    {
        return {reinterpret_cast<std::uint8_t*>(text.data()), text.size()};
    }

    Channel& channel_;
    const ClientIdentity& identity_;
    ServerGreeting greeting_;
};

} // namespace

Task<ServerGreeting> client_handshake(Channel& channel, const ClientIdentity& identity)
{
    ClientHandshake handshake(channel, identity);
    ServerGreeting greeting = co_await with_timeout(identity.limit, handshake.run());
    co_return greeting;
}

} // namespace covnc
