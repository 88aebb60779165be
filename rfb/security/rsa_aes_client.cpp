#include "rfb/security/rsa_aes_client.h"

#include "rfb/errors.h"
#include "rfb/security/rsa_aes_stream.h"
#include "rfb/security/rsa_aes_suite.h"

#include <algorithm>
#include <array>
#include <optional>

namespace covnc {

namespace {

constexpr std::size_t kLongestText = 255; // each has a length of one byte

class RsaAesProof
{
public:
    RsaAesProof(Channel& channel,
                SecurityType type,
                const RsaKey& key,
                const std::string& user,
                const std::string& password)
        : channel_(channel),
          suite_(type),
          key_(key),
          user_(user.substr(0, kLongestText)),
          password_(password.substr(0, kLongestText))
    {}

    Task<> run()
    {
        co_await read_server_key();
        co_await send_key_and_random();
        co_await read_random();
        RsaAesKeys keys;
        keys.reading = suite_.session_key(our_random_.bytes(), their_random_.bytes());
        keys.writing = suite_.session_key(their_random_.bytes(), our_random_.bytes());
        if (suite_.encrypts_session()) {
            Stream& layer = channel_.add<RsaAesStream>(keys);
            co_await converse(layer, channel_.reader());
            co_return;
        }
        channel_.refuse_bytes_ahead();
        RsaAesStream layer(channel_.stream(), keys);
        BufferedReader reader(layer);
        co_await converse(layer, reader);
    }

private:
    Task<> read_server_key()
    {
        Bytes wire(sizeof(std::uint32_t));
        co_await channel_.reader().read_exact(wire);
        Bytes numbers(2 * rsa_size(parse_rsa_bits(wire)));
        co_await channel_.reader().read_exact(numbers);
        wire.insert(wire.end(), numbers.begin(), numbers.end());
        server_key_.emplace(std::move(wire));
    }

    Task<> send_key_and_random()
    {
        our_random_ = Secret(suite_.random_size());
        fill_with_random(our_random_.bytes());
        const Bytes encrypted = server_key_->encrypt(our_random_.bytes());
        Bytes out = key_.public_key().wire();
        ByteWriter writer(out);
        writer.u16(static_cast<std::uint16_t>(encrypted.size()));
        writer.bytes(encrypted);
        co_await channel_.stream().write_all(ByteView(out));
    }

    Task<> read_random()
    {
        std::array<std::uint8_t, 2> head{};
        co_await channel_.reader().read_no_further(head);
        const std::size_t length = ByteReader(head, "RSA-AES").u16();
        if (length != rsa_size(key_.public_key().bits())) {
            throw ProtocolError("an encrypted random number of " + std::to_string(length) +
                                " bytes");
        }
        Bytes encrypted(length);
        co_await channel_.reader().read_no_further(encrypted);
        their_random_ = Secret(suite_.random_size());
        key_.decrypt(encrypted, their_random_.bytes());
    }

    Task<> converse(Stream& stream, BufferedReader& reader)
    {
        const Bytes our_hash = suite_.hash(key_.public_key().wire(), server_key_->wire());
        co_await stream.write_all(ByteView(our_hash));
        Bytes hash(suite_.hash_size());
        co_await reader.read_exact(hash);
        if (hash != suite_.hash(server_key_->wire(), key_.public_key().wire())) {
            throw AuthenticationError("the server's RSA-AES hash is wrong");
        }
        const std::uint8_t subtype = co_await reader.read_byte();
        if (subtype != kRsaAesUserAndPassword && subtype != kRsaAesPassword) {
            throw ProtocolError("RSA-AES subtype " + std::to_string(subtype));
        }
        const std::string user = subtype == kRsaAesUserAndPassword ? user_ : std::string();
        Bytes out;
        ByteWriter writer(out);
        writer.u8(static_cast<std::uint8_t>(user.size()));
        writer.text(user);
        writer.u8(static_cast<std::uint8_t>(password_.size()));
        writer.text(password_);
        co_await stream.write_all(ByteView(out));
    }

    Channel& channel_;
    RsaAesSuite suite_;
    const RsaKey& key_;
    std::string user_;
    std::string password_;
    std::optional<RsaPublicKey> server_key_;
    Secret our_random_;
    Secret their_random_;
};

} // namespace

Task<> prove_rsa_aes(Channel& channel,
                     SecurityType type,
                     const RsaKey& key,
                     const std::string& user,
                     const std::string& password)
{
    RsaAesProof proof(channel, type, key, user, password);
    co_await proof.run();
}

} // namespace covnc
