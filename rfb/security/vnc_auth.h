// VNC Authentication, security type 2 (rfbproto.rst, "VNC Authentication"): DES of a challenge,
// only the first 8 bytes of a password count. Weak by design; fit for loopback or inside TLS. Pure
// but for the random source; any thread.
#pragma once

#include "rfb/security/expiry.h"
#include "rfb/security/login.h"
#include "rfb/wire.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace covnc {

inline constexpr std::size_t kVncChallengeSize = 16;
using VncChallenge = std::array<std::uint8_t, kVncChallengeSize>;
using VncResponse = std::array<std::uint8_t, kVncChallengeSize>;

// From the system's generator; a fresh one for each attempt. Throws std::runtime_error without one.
VncChallenge make_vnc_challenge();

// What a viewer that knows the password answers.
VncResponse vnc_response(std::string_view password, const VncChallenge& challenge);

// The passwords of a display.
struct VncPasswords
{
    std::string full;
    std::string view_only;
    Expiry expiry{}; // of both

    // Takes the same time whatever the response is. An empty password opens nothing (nor does one
    // that DES cannot tell from it); where both are equal, it is the full one.
    Access check(const VncChallenge& challenge, const VncResponse& response) const;
    // A password as it is, every byte of which counts; the same rules.
    Access check_whole(std::string_view given) const;
};

} // namespace covnc
