#include "rfb/security/rsa_key.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <nettle/sha1.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>

namespace covnc {

namespace {

constexpr std::size_t kHead = 4;
constexpr std::size_t kMaxExponentBits = 256;

gnutls_datum_t datum(ByteView bytes)
{
    // GnuTLS takes no pointers to const, and changes nothing.
    return {const_cast<unsigned char*>(bytes.data()), static_cast<unsigned>(bytes.size())};
}

void expect_success(int result, const char* what)
{
    if (result < 0) {
        throw RsaKeyError(std::string(what) + ": " + gnutls_strerror(result));
    }
}

std::size_t bits_of(ByteView number)
{
    const auto first =
        std::find_if(number.begin(), number.end(), [](std::uint8_t byte) { return byte != 0; });
    if (first == number.end()) {
        return 0;
    }
    const auto rest = static_cast<std::size_t>(number.end() - first - 1);
    return rest * 8 + static_cast<std::size_t>(std::bit_width(*first));
}

bool is_odd(ByteView number)
{
    return (number.back() & 1U) != 0;
}

// What GnuTLS allocates for its caller.
class Exported
{
public:
    Exported() = default;
    ~Exported()
    {
        if (data.data != nullptr) {
            explicit_bzero(data.data, data.size);
            gnutls_free(data.data);
        }
    }
    Exported(const Exported&) = delete;
    Exported& operator=(const Exported&) = delete;
    ByteView bytes() const { return {data.data, data.size}; }

    gnutls_datum_t data{};
};

void append_padded(Bytes& out, ByteView number, std::size_t size)
{
    ByteWriter writer(out);
    writer.padding(size - std::min(size, number.size()));
    writer.bytes(number);
}

class PublicHandle
{
public:
    PublicHandle() { expect_success(gnutls_pubkey_init(&key_), "RSA key"); }
    ~PublicHandle() { gnutls_pubkey_deinit(key_); }
    PublicHandle(const PublicHandle&) = delete;
    PublicHandle& operator=(const PublicHandle&) = delete;
    gnutls_pubkey_t get() const { return key_; }

private:
    gnutls_pubkey_t key_ = nullptr;
};

} // namespace

void fill_with_random(std::span<std::uint8_t> out)
{
    if (gnutls_rnd(GNUTLS_RND_RANDOM, out.data(), out.size()) != 0) {
        throw std::runtime_error("the system gives no random numbers");
    }
}

std::uint32_t parse_rsa_bits(ByteView head)
{
    ByteReader in(head, "RSA key");
    const std::uint32_t bits = in.u32();
    if (bits < kMinRsaBits || bits > kMaxRsaBits) {
        throw ProtocolError("an RSA key of " + std::to_string(bits) + " bits");
    }
    return bits;
}

RsaPublicKey::RsaPublicKey(Bytes wire) : wire_(std::move(wire))
{
    ByteReader in(wire_, "RSA key");
    bits_ = parse_rsa_bits(in.bytes(kHead));
    const std::size_t size = rsa_size(bits_);
    const ByteView modulus = in.bytes(size);
    const ByteView exponent = in.bytes(size);
    in.expect_end();
    const std::size_t real_bits = bits_of(modulus);
    if (real_bits < kMinRsaBits || rsa_size(static_cast<std::uint32_t>(real_bits)) != size) {
        throw ProtocolError("an RSA key of " + std::to_string(real_bits) + " bits that claims " +
                            std::to_string(bits_));
    }
    if (!is_odd(modulus)) {
        throw ProtocolError("an RSA key with an even modulus");
    }
    const std::size_t exponent_bits = bits_of(exponent);
    if (!is_odd(exponent) || exponent_bits < 2 || exponent_bits > kMaxExponentBits) {
        throw ProtocolError("an RSA key with a public exponent that is even, 1 or too long");
    }
}

ByteView RsaPublicKey::modulus() const
{
    return ByteView(wire_).subspan(kHead, rsa_size(bits_));
}

ByteView RsaPublicKey::exponent() const
{
    return ByteView(wire_).subspan(kHead + rsa_size(bits_));
}

std::string RsaPublicKey::fingerprint() const
{
    sha1_ctx context{};
    sha1_init(&context);
    sha1_update(&context, wire_.size(), wire_.data());
    std::array<std::uint8_t, 8> digest{};
    sha1_digest(&context, digest.size(), digest.data());
    std::string text;
    for (const std::uint8_t byte : digest) {
        std::array<char, 4> pair{};
        std::snprintf(pair.data(), pair.size(), "%02x", unsigned{byte});
        text += (text.empty() ? "" : "-") + std::string(pair.data());
    }
    return text;
}

Bytes RsaPublicKey::encrypt(ByteView text) const
{
    const PublicHandle key;
    const gnutls_datum_t n = datum(modulus());
    const gnutls_datum_t e = datum(exponent());
    const gnutls_datum_t plain = datum(text);
    Exported encrypted;
    if (gnutls_pubkey_import_rsa_raw(key.get(), &n, &e) < 0 ||
        gnutls_pubkey_encrypt_data(key.get(), 0, &plain, &encrypted.data) < 0) {
        throw ProtocolError("an RSA key with which nothing can be encrypted");
    }
    Bytes result;
    append_padded(result, encrypted.bytes(), rsa_size(bits_));
    return result;
}

struct RsaKey::Handle
{
    Handle()
    {
        expect_success(gnutls_x509_privkey_init(&file), "RSA key");
        expect_success(gnutls_privkey_init(&key), "RSA key");
    }
    ~Handle()
    {
        gnutls_privkey_deinit(key);
        gnutls_x509_privkey_deinit(file);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    gnutls_x509_privkey_t file = nullptr;
    gnutls_privkey_t key = nullptr;
};

RsaKey::RsaKey(std::unique_ptr<Handle> handle) : handle_(std::move(handle))
{
    if (gnutls_x509_privkey_get_pk_algorithm(handle_->file) != GNUTLS_PK_RSA) {
        throw RsaKeyError("it is no RSA key");
    }
    expect_success(gnutls_privkey_import_x509(handle_->key, handle_->file, 0), "RSA key");
    Exported n;
    Exported e;
    const int result = gnutls_privkey_export_rsa_raw2(handle_->key,
                                                      &n.data,
                                                      &e.data,
                                                      nullptr,
                                                      nullptr,
                                                      nullptr,
                                                      nullptr,
                                                      nullptr,
                                                      nullptr,
                                                      GNUTLS_EXPORT_FLAG_NO_LZ);
    expect_success(result, "RSA key");
    const auto bits = static_cast<std::uint32_t>(bits_of(n.bytes()));
    if (bits < kMinRsaBits || bits > kMaxRsaBits) {
        throw RsaKeyError("it has " + std::to_string(bits) + " bits, not " +
                          std::to_string(kMinRsaBits) + " to " + std::to_string(kMaxRsaBits));
    }
    Bytes wire;
    ByteWriter(wire).u32(bits);
    append_padded(wire, n.bytes(), rsa_size(bits));
    append_padded(wire, e.bytes(), rsa_size(bits));
    public_key_ = std::make_unique<const RsaPublicKey>(std::move(wire));
}

RsaKey::~RsaKey() = default;
RsaKey::RsaKey(RsaKey&&) noexcept = default;
RsaKey& RsaKey::operator=(RsaKey&&) noexcept = default;

RsaKey RsaKey::generate(std::uint32_t bits)
{
    auto handle = std::make_unique<Handle>();
    expect_success(gnutls_x509_privkey_generate(handle->file, GNUTLS_PK_RSA, bits, 0),
                   "an RSA key cannot be made");
    return RsaKey(std::move(handle));
}

RsaKey RsaKey::parse(ByteView file)
{
    auto handle = std::make_unique<Handle>();
    const gnutls_datum_t data = datum(file);
    int result = gnutls_x509_privkey_import2(
        handle->file, &data, GNUTLS_X509_FMT_PEM, nullptr, GNUTLS_PKCS_PLAIN);
    if (result < 0) {
        handle = std::make_unique<Handle>();
        result = gnutls_x509_privkey_import2(
            handle->file, &data, GNUTLS_X509_FMT_DER, nullptr, GNUTLS_PKCS_PLAIN);
    }
    if (result < 0) {
        throw RsaKeyError("it is no private key in PEM or DER without a pass phrase");
    }
    return RsaKey(std::move(handle));
}

Secret RsaKey::pem() const
{
    Exported out;
    expect_success(gnutls_x509_privkey_export2(handle_->file, GNUTLS_X509_FMT_PEM, &out.data),
                   "RSA key");
    Secret result(out.data.size);
    std::copy_n(out.data.data, out.data.size, result.bytes().data());
    return result;
}

void RsaKey::decrypt(ByteView encrypted, std::span<std::uint8_t> out) const
{
    fill_with_random(out);
    const gnutls_datum_t data = datum(encrypted);
    // Constant time; leaves `out` as it is where it fails, which nobody looks at.
    static_cast<void>(gnutls_privkey_decrypt_data2(handle_->key, 0, &data, out.data(), out.size()));
}

} // namespace covnc
