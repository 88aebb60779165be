// What differs between the RSA-AES security types: SHA-1 and AES-128 or SHA-256 and AES-256, the
// session encrypted or only the login (rfbproto.rst, "RSA-AES Security Type" and those behind it).
// Pure; any thread.
#pragma once

#include "rfb/constants.h"
#include "rfb/security/secret.h"
#include "rfb/wire.h"

#include <cstddef>

namespace covnc {

class RsaAesSuite
{
public:
    // type: one for which is_rsa_aes() is true.
    explicit RsaAesSuite(SecurityType type);

    // Of the random number that each side gives; of a session key as well.
    std::size_t random_size() const { return is_256_ ? 32 : 16; }
    std::size_t hash_size() const { return is_256_ ? 32 : 20; }
    bool encrypts_session() const { return encrypts_session_; }

    Bytes hash(ByteView first, ByteView second) const;
    // Of the direction whose reader gave `first`.
    Secret session_key(ByteView first, ByteView second) const;

private:
    bool is_256_;
    bool encrypts_session_;
};

bool is_rsa_aes(SecurityType type);

inline constexpr std::uint8_t kRsaAesUserAndPassword = 1; // "subtype"
inline constexpr std::uint8_t kRsaAesPassword = 2;

} // namespace covnc
