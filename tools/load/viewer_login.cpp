#include "tools/load/viewer_login.h"

#include "rfb/security/rsa_aes_suite.h"
#include "rfb/security/rsa_key.h"
#include "rfb/security/security_types.h"

#include <algorithm>

namespace covnc::load {

namespace {

// One for all viewers of this process: making a key takes far longer than a login.
std::shared_ptr<const RsaKey> viewers_key()
{
    constexpr std::uint32_t kBits = 2048;
    static const auto key = std::make_shared<const RsaKey>(RsaKey::generate(kBits));
    return key;
}

} // namespace

ViewerLogin::ViewerLogin(EventLoop& loop, const LoadSettings& settings)
    : settings_(settings),
      workers_(loop, 1)
{
    tls_.credentials = TlsCredentials::for_client(settings.tls);
    tls_.pool = &workers_;
    if (settings.server.kind() == Endpoint::Kind::kTcp) {
        const std::string text = settings.server.text();
        tls_.server_name = text.substr(0, text.rfind(':'));
    }
}

ClientIdentity ViewerLogin::identity() const
{
    ClientIdentity identity;
    identity.user = settings_.user;
    identity.password = settings_.password;
    identity.security = settings_.security;
    identity.tls = tls_;
    if (std::any_of(settings_.security.begin(), settings_.security.end(), &is_rsa_aes)) {
        identity.rsa_key = viewers_key();
    }
    return identity;
}

} // namespace covnc::load
