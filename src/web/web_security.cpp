#include "src/web/web_security.h"

#include <algorithm>
#include <iterator>

namespace covnc {

namespace {

// TLS is the page's own affair there: a script cannot begin it inside of a WebSocket.
bool browser_can(SecurityType type)
{
    return type == SecurityType::kNone || type == SecurityType::kVncAuth ||
           type == SecurityType::kRa2ne || type == SecurityType::kPlain;
}

} // namespace

std::vector<SecurityType> in_order_for_browsers(const std::vector<SecurityType>& types)
{
    std::vector<SecurityType> ordered;
    std::copy_if(types.begin(), types.end(), std::back_inserter(ordered), browser_can);
    std::copy_if(types.begin(), types.end(), std::back_inserter(ordered), [](SecurityType type) {
        return !browser_can(type);
    });
    return ordered;
}

} // namespace covnc
