#include "src/web/web_security.h"

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

std::vector<SecurityType> in_order_for_browsers(std::vector<SecurityType> types)
{
    std::stable_partition(types.begin(), types.end(), browser_can);
    return types;
}

} // namespace covnc
