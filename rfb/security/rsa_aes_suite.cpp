#include "rfb/security/rsa_aes_suite.h"

#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include <algorithm>

namespace covnc {

RsaAesSuite::RsaAesSuite(SecurityType type)
    : is_256_(type == SecurityType::kRa2_256 || type == SecurityType::kRa2ne_256),
      encrypts_session_(type == SecurityType::kRa2 || type == SecurityType::kRa2_256)
{}

bool is_rsa_aes(SecurityType type)
{
    return type == SecurityType::kRa2 || type == SecurityType::kRa2ne ||
           type == SecurityType::kRa2_256 || type == SecurityType::kRa2ne_256;
}

Bytes RsaAesSuite::hash(ByteView first, ByteView second) const
{
    Bytes digest(hash_size());
    if (is_256_) {
        sha256_ctx context{};
        sha256_init(&context);
        sha256_update(&context, first.size(), first.data());
        sha256_update(&context, second.size(), second.data());
        sha256_digest(&context, digest.size(), digest.data());
    } else {
        sha1_ctx context{};
        sha1_init(&context);
        sha1_update(&context, first.size(), first.data());
        sha1_update(&context, second.size(), second.data());
        sha1_digest(&context, digest.size(), digest.data());
    }
    return digest;
}

Secret RsaAesSuite::session_key(ByteView first, ByteView second) const
{
    Bytes digest = hash(first, second);
    Secret key(random_size());
    std::copy_n(digest.begin(), key.bytes().size(), key.bytes().begin());
    explicit_bzero(digest.data(), digest.size());
    return key;
}

} // namespace covnc
