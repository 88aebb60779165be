#include "rfb/security/rsa_aes.h"

#include "coroutine/combinators.h"
#include "rfb/errors.h"
#include "rfb/security/check_login.h"
#include "rfb/security/rsa_aes_stream.h"
#include "rfb/security/rsa_aes_suite.h"
#include "rfb/security/rsa_key.h"

#include <nettle/memops.h>

#include <array>
#include <memory>

namespace covnc {

namespace {

class RsaAesLogin
{
public:
    RsaAesLogin(Channel& channel, SecurityType type, const AccessPolicy& policy, WorkerPool& pool)
        : channel_(channel),
          suite_(type),
          policy_(policy),
          pool_(pool),
          workers_(login_workers(policy, pool)),
          ours_(policy.rsa_key)
    {}

    Task<Login> run()
    {
        if (ours_ == nullptr) {
            throw ProtocolError("there is no RSA key for RSA-AES");
        }
        co_await channel_.stream().write_all(ByteView(ours_->public_key().wire()));
        // A person may look at our fingerprint before anything comes.
        co_await with_timeout(policy_.limits.login, read_public_key());
        co_await send_random();
        co_await with_timeout(policy_.limits.handshake_step, read_random());
        co_await converse_in_records();
        if (is_user_wanted()) {
            given_.peer_address = channel_.stream().peer_address();
            Login login = co_await check_user(std::move(given_), policy_, pool_);
            co_return login;
        }
        co_return check_password(given_.password, policy_);
    }

private:
    bool is_user_wanted() const { return policy_.users != nullptr; }

    Task<> read_public_key()
    {
        Bytes wire(sizeof(std::uint32_t));
        co_await channel_.reader().read_exact(wire);
        const std::size_t size = 2 * rsa_size(parse_rsa_bits(wire));
        Bytes numbers(size);
        co_await channel_.reader().read_exact(numbers);
        wire.insert(wire.end(), numbers.begin(), numbers.end());
        theirs_ = std::make_shared<const RsaPublicKey>(std::move(wire));
    }

    Task<> send_random()
    {
        our_random_ = Secret(suite_.random_size());
        fill_with_random(our_random_.bytes());
        auto job = [key = theirs_, text = Secret(our_random_.text())] {
            return key->encrypt(text.bytes());
        };
        const Bytes encrypted = co_await workers_.run(std::move(job));
        Bytes out;
        ByteWriter writer(out);
        writer.u16(static_cast<std::uint16_t>(encrypted.size()));
        writer.bytes(encrypted);
        co_await channel_.stream().write_all(ByteView(out));
    }

    // What follows it may be here already, and is for the layer to read.
    Task<> read_random()
    {
        std::array<std::uint8_t, 2> head{};
        co_await channel_.reader().read_no_further(head);
        const std::size_t length = ByteReader(head, "RSA-AES").u16();
        if (length != rsa_size(ours_->public_key().bits())) {
            throw ProtocolError("an encrypted random number of " + std::to_string(length) +
                                " bytes");
        }
        Bytes encrypted(length);
        co_await channel_.reader().read_no_further(encrypted);
        auto job = [key = ours_, encrypted = std::move(encrypted), size = suite_.random_size()] {
            Secret random(size);
            key->decrypt(encrypted, random.bytes());
            return random;
        };
        their_random_ = co_await workers_.run(std::move(job));
    }

    RsaAesKeys keys() const
    {
        RsaAesKeys keys;
        keys.reading = suite_.session_key(our_random_.bytes(), their_random_.bytes());
        keys.writing = suite_.session_key(their_random_.bytes(), our_random_.bytes());
        return keys;
    }

    Task<> converse_in_records()
    {
        const RsaAesKeys session_keys = keys();
        if (suite_.encrypts_session()) {
            Stream& layer = channel_.add<RsaAesStream>(session_keys);
            co_await converse(layer, channel_.reader());
            co_return;
        }
        channel_.refuse_bytes_ahead();
        RsaAesStream layer(channel_.stream(), session_keys);
        BufferedReader reader(layer);
        co_await converse(layer, reader);
        if (reader.buffered() > 0 || layer.ahead() > 0) {
            throw ProtocolError("more came than what was to be encrypted");
        }
    }

    Task<> converse(Stream& stream, BufferedReader& reader)
    {
        const Bytes our_hash = suite_.hash(ours_->public_key().wire(), theirs_->wire());
        co_await stream.write_all(ByteView(our_hash));
        co_await with_timeout(policy_.limits.handshake_step, read_hash(reader));
        const std::uint8_t subtype = is_user_wanted() ? kRsaAesUserAndPassword : kRsaAesPassword;
        co_await stream.write_all(ByteView(&subtype, 1));
        co_await with_timeout(policy_.limits.login, read_credentials(reader));
    }

    // Whoever tampered with a key or a random number fails here, all alike: by a record that does
    // not open, or by this.
    Task<> read_hash(BufferedReader& reader)
    {
        Bytes hash(suite_.hash_size());
        co_await reader.read_exact(hash);
        const Bytes wanted = suite_.hash(theirs_->wire(), ours_->public_key().wire());
        if (memeql_sec(hash.data(), wanted.data(), wanted.size()) == 0) {
            throw AuthenticationError("an RSA-AES record that was not made with the session's key");
        }
    }

    // Lengths of one byte each.
    Task<> read_credentials(BufferedReader& reader)
    {
        Bytes user(co_await reader.read_byte());
        co_await reader.read_exact(user);
        given_.user.assign(user.begin(), user.end());
        const std::size_t password_length = co_await reader.read_byte();
        given_.password = Secret(password_length);
        co_await reader.read_exact(given_.password.bytes());
        reader.wipe_taken();
    }

    Channel& channel_;
    RsaAesSuite suite_;
    const AccessPolicy& policy_;
    WorkerPool& pool_;
    WorkerPool& workers_;
    std::shared_ptr<const RsaKey> ours_;
    std::shared_ptr<const RsaPublicKey> theirs_;
    Secret our_random_;
    Secret their_random_;
    Credentials given_;
};

} // namespace

Task<Login>
log_in_rsa_aes(Channel& channel, SecurityType type, const AccessPolicy& policy, WorkerPool& pool)
{
    RsaAesLogin exchange(channel, type, policy, pool);
    Login login = co_await exchange.run();
    co_return login;
}

} // namespace covnc
