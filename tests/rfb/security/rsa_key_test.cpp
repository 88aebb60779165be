#include "rfb/security/rsa_key.h"
#include "tests/rfb/message_support.h"
#include "tests/rfb/security/test_keys.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string_view>

using namespace covnc;
using namespace covnc::test;

namespace {

Bytes bytes_of(std::string_view text)
{
    return Bytes(text.begin(), text.end());
}

RsaKey server_key()
{
    return RsaKey::parse(bytes_of(kServerKey));
}

// A public key of these numbers, each padded to the size of `bits`.
Bytes wire(std::uint32_t bits, const Bytes& modulus, const Bytes& exponent)
{
    Bytes out;
    ByteWriter writer(out);
    writer.u32(bits);
    writer.padding(rsa_size(bits) - modulus.size());
    writer.bytes(modulus);
    writer.padding(rsa_size(bits) - exponent.size());
    writer.bytes(exponent);
    return out;
}

Bytes odd(std::size_t size)
{
    return Bytes(size, 0xff);
}

} // namespace

TEST_CASE("a key decrypts what was encrypted for it", "[rsa]")
{
    const RsaKey key = server_key();
    CHECK(key.public_key().bits() == 1024);
    const Bytes text = hex("00 01 02 03 fe ff");
    const Bytes encrypted = key.public_key().encrypt(text);
    CHECK(encrypted.size() == 128);
    Bytes decrypted(text.size());
    key.decrypt(encrypted, decrypted);
    CHECK(decrypted == text);
    CHECK(encrypted != key.public_key().encrypt(text));
}

TEST_CASE("what was not encrypted for a key decrypts to something else each time", "[rsa]")
{
    const RsaKey key = server_key();
    const Bytes of_other_length = key.public_key().encrypt(hex("0102"));
    for (const Bytes& encrypted :
         {Bytes(128, 0), Bytes(128, 0xff), Bytes(127, 1), of_other_length}) {
        Bytes first(16);
        Bytes second(16);
        key.decrypt(encrypted, first);
        key.decrypt(encrypted, second);
        CHECK(first != second);
        CHECK(first != Bytes(16));
    }
}

TEST_CASE("keys are written and read again", "[rsa]")
{
    const RsaKey made = RsaKey::generate(1024);
    const Secret pem = made.pem();
    const RsaKey read = RsaKey::parse(Bytes(pem.bytes().begin(), pem.bytes().end()));
    CHECK(read.public_key().wire() == made.public_key().wire());
    CHECK(RsaKey::parse(bytes_of(kViewerKey)).public_key().bits() == 1024);
}

TEST_CASE("a fingerprint is the start of the SHA-1 of what is sent", "[rsa]")
{
    const RsaPublicKey key(wire(1024, odd(128), hex("03")));
    // SHA-1 of 00 00 04 00, 128 times ff, 127 times 00, 03.
    CHECK(key.fingerprint() == "3b-d3-92-79-92-34-64-dd");
}

TEST_CASE("what is no key of ours is told as such", "[rsa]")
{
    using Catch::Contains;
    CHECK_THROWS_WITH(RsaKey::parse({}), Contains("no private key"));
    CHECK_THROWS_WITH(RsaKey::parse(bytes_of("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n")),
                      Contains("no private key"));
    const Bytes pem = bytes_of(kServerKey);
    CHECK_THROWS_AS(RsaKey::parse(ByteView(pem).first(pem.size() / 2)), RsaKeyError);
}

TEST_CASE("a peer's key is checked before anything is done with it", "[rsa]")
{
    const Bytes three = hex("03");
    CHECK_NOTHROW(RsaPublicKey(wire(1024, odd(128), three)));
    CHECK_NOTHROW(RsaPublicKey(wire(8192, odd(1024), odd(32))));
    wants_exactly(wire(1024, odd(128), three),
                  [](const Bytes& bytes) { const RsaPublicKey key(bytes); });
    Bytes even = odd(128);
    even.back() = 0xfe;
    CHECK_THROWS_AS(RsaPublicKey(wire(1024, even, three)), ProtocolError);
    CHECK_THROWS_AS(RsaPublicKey(wire(1024, Bytes(128), three)), ProtocolError);
    CHECK_THROWS_AS(RsaPublicKey(wire(2048, odd(128), three)), ProtocolError); // shorter than told
    CHECK_THROWS_AS(RsaPublicKey(wire(1032, odd(128), three)), ProtocolError);
    CHECK_THROWS_AS(RsaPublicKey(wire(8192, hex("03"), three)), ProtocolError);
    for (const char* const exponent : {"00", "01", "02", "04"}) {
        CHECK_THROWS_AS(RsaPublicKey(wire(1024, odd(128), hex(exponent))), ProtocolError);
    }
    CHECK_THROWS_AS(RsaPublicKey(wire(1024, odd(128), odd(33))), ProtocolError);
}

TEST_CASE("lengths of keys are bounded", "[rsa]")
{
    for (const char* const bits : {"00000000", "000003ff", "00002001", "80000000", "ffffffff"}) {
        CHECK_THROWS_AS(parse_rsa_bits(hex(bits)), ProtocolError);
    }
    CHECK(parse_rsa_bits(hex("00000400")) == 1024);
    CHECK(parse_rsa_bits(hex("00002000")) == 8192);
}

TEST_CASE("a key of numbers that are no product of primes does no harm", "[rsa]")
{
    const RsaPublicKey key(wire(1024, odd(128), hex("03")));
    CHECK(key.encrypt(Bytes(32)).size() == 128);
}
