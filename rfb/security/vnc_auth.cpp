#include "rfb/security/vnc_auth.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <nettle/des.h>
#include <nettle/memops.h>
#include <nettle/sha2.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace covnc {

namespace {

constexpr std::size_t kKeySize = DES_KEY_SIZE;

// VNC's first implementation fed DES the bits of each byte from the other end.
std::uint8_t reversed(std::uint8_t byte)
{
    unsigned result = 0;
    for (unsigned rest = byte, bit = 0; bit < 8; ++bit, rest >>= 1U) {
        result = result << 1U | (rest & 1U);
    }
    return static_cast<std::uint8_t>(result);
}

// DES has no use for one bit of each key byte; reversed, that is the character's top bit. A
// password of which nothing else is left is as good as none.
bool is_usable(std::string_view password)
{
    const std::string_view counted = password.substr(0, kKeySize);
    return std::any_of(counted.begin(), counted.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0x7fU) != 0;
    });
}

std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest_of(std::string_view text)
{
    sha256_ctx context{};
    sha256_init(&context);
    sha256_update(&context, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    sha256_digest(&context, digest.size(), digest.data());
    explicit_bzero(&context, sizeof context);
    return digest;
}

// In a time that tells nothing of either, nor of where they differ.
bool are_equal(std::string_view a, std::string_view b)
{
    const auto digest_a = digest_of(a);
    const auto digest_b = digest_of(b);
    return memeql_sec(digest_a.data(), digest_b.data(), digest_a.size()) != 0;
}

} // namespace

VncChallenge make_vnc_challenge()
{
    VncChallenge challenge{};
    if (gnutls_rnd(GNUTLS_RND_RANDOM, challenge.data(), challenge.size()) != 0) {
        throw std::runtime_error("the system gives no random numbers");
    }
    return challenge;
}

VncResponse vnc_response(std::string_view password, const VncChallenge& challenge)
{
    std::array<std::uint8_t, kKeySize> key{};
    const std::string_view counted = password.substr(0, kKeySize);
    std::transform(counted.begin(), counted.end(), key.begin(), [](char c) {
        return reversed(static_cast<std::uint8_t>(c));
    });

    des_ctx context{};
    des_set_key(&context, key.data()); // its result says "weak key", which works all the same
    VncResponse response{};
    des_encrypt(&context, response.size(), response.data(), challenge.data());

    gnutls_memset(key.data(), 0, key.size());
    gnutls_memset(&context, 0, sizeof context);
    return response;
}

Access VncPasswords::check_whole(std::string_view given) const
{
    const bool is_full = are_equal(given, full);
    const bool is_view_only = are_equal(given, view_only);
    if (is_full && !full.empty()) {
        return Access::kFull;
    }
    if (is_view_only && !view_only.empty()) {
        return Access::kViewOnly;
    }
    return Access::kDenied;
}

Access VncPasswords::check(const VncChallenge& challenge, const VncResponse& response) const
{
    const VncResponse for_full = vnc_response(full, challenge);
    const VncResponse for_view_only = vnc_response(view_only, challenge);
    const bool is_full = memeql_sec(for_full.data(), response.data(), response.size()) != 0;
    const bool is_view_only =
        memeql_sec(for_view_only.data(), response.data(), response.size()) != 0;

    if (is_full && is_usable(full)) {
        return Access::kFull;
    }
    if (is_view_only && is_usable(view_only)) {
        return Access::kViewOnly;
    }
    return Access::kDenied;
}

} // namespace covnc
