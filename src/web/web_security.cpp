#include "src/web/web_security.h"

#include "rfb/security/security_types.h"

#include <algorithm>

namespace covnc {

namespace {

// TLS is the page's own affair there: a script cannot begin it inside of a WebSocket.
bool browser_can(SecurityType type)
{
    return type == SecurityType::kNone || type == SecurityType::kVncAuth ||
           type == SecurityType::kRa2ne || type == SecurityType::kPlain;
}

} // namespace

std::vector<SecurityType> types_for_browsers(const std::vector<SecurityType>& types, bool is_https)
{
    std::vector<SecurityType> ordered;
    const auto add = [&ordered](SecurityType type) {
        if (std::find(ordered.begin(), ordered.end(), type) == ordered.end()) {
            ordered.push_back(type);
        }
    };
    for (const SecurityType type : types) {
        const bool is_covered = is_https && tls_kind_of(type) == TlsKind::kCertificate;
        const SecurityType login = is_covered ? login_of(type) : type;
        if (browser_can(login)) {
            add(login);
        }
    }
    for (const SecurityType type : types) {
        add(type);
    }
    // noVNC knows it, but not all that may be inside; outside it knows the same.
    std::erase(ordered, SecurityType::kTight);
    return ordered;
}

} // namespace covnc
