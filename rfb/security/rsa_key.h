// RSA keys as the RSA-AES security types use them: PKCS#1 v1.5 encryption of short random numbers
// (rfbproto.rst, "RSA-AES Security Type"). Slow, milliseconds and more: for workers. Any thread.
#pragma once

#include "rfb/security/secret.h"
#include "rfb/wire.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>

namespace covnc {

// A key that cannot be read or used; the text says why.
class RsaKeyError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

inline constexpr std::uint32_t kMinRsaBits = 1024; // what TigerVNC and noVNC take as well
inline constexpr std::uint32_t kMaxRsaBits = 8192;

// Bytes of a modulus, and of what is encrypted with it.
constexpr std::size_t rsa_size(std::uint32_t bits)
{
    return (std::size_t{bits} + 7) / 8;
}

// The U32 in front of a peer's key (4 bytes): its bits. Throws ProtocolError out of bounds.
std::uint32_t parse_rsa_bits(ByteView head);

// A peer's key, as it came: U32 bits, modulus, exponent.
class RsaPublicKey
{
public:
    // Throws ProtocolError: wrong size, a modulus that is even or much shorter than it claims, an
    // exponent that is even, 1, or has more than 256 bits (FIPS 186-4; beyond, it only costs time).
    explicit RsaPublicKey(Bytes wire);

    const Bytes& wire() const { return wire_; }
    std::uint32_t bits() const { return bits_; }
    ByteView modulus() const;
    ByteView exponent() const;
    // What people compare: the start of a SHA-1 of the wire form, as viewers show it:
    // "0a-1b-2c-3d-4e-5f-60-71".
    std::string fingerprint() const;
    // rsa_size(bits()) bytes. Throws ProtocolError where the library does not like the key.
    Bytes encrypt(ByteView text) const;

private:
    Bytes wire_;
    std::uint32_t bits_ = 0;
};

class RsaKey
{
public:
    // May take seconds. Throws RsaKeyError.
    static RsaKey generate(std::uint32_t bits);
    // PEM or DER, without a pass phrase. Throws RsaKeyError, also out of the bounds above.
    static RsaKey parse(ByteView file);
    ~RsaKey();
    RsaKey(RsaKey&&) noexcept;
    RsaKey& operator=(RsaKey&&) noexcept;

    const RsaPublicKey& public_key() const { return *public_key_; }
    Secret pem() const;
    // Decrypts to exactly out.size() bytes. Where what was encrypted is no such text, `out` is
    // random: whoever wants to tell good from bad learns nothing here, nor from the time it takes.
    void decrypt(ByteView encrypted, std::span<std::uint8_t> out) const;

private:
    struct Handle;
    explicit RsaKey(std::unique_ptr<Handle> handle);

    std::unique_ptr<Handle> handle_;
    std::unique_ptr<const RsaPublicKey> public_key_;
};

// From the system's generator. Throws std::runtime_error without one.
void fill_with_random(std::span<std::uint8_t> out);

} // namespace covnc
