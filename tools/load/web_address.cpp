#include "tools/load/web_address.h"

#include "tools/load/settings.h"

#include <algorithm>

namespace covnc::load {

std::optional<WebAddress> WebAddress::parse(std::string_view text)
{
    constexpr std::string_view kPlain = "ws://";
    constexpr std::string_view kWithTls = "wss://";
    WebAddress address;
    address.uses_tls = text.starts_with(kWithTls);
    if (!address.uses_tls && !text.starts_with(kPlain)) {
        return std::nullopt;
    }
    const std::string_view rest = text.substr((address.uses_tls ? kWithTls : kPlain).size());
    const std::size_t slash = rest.find('/');
    address.authority = rest.substr(0, slash);
    if (slash != std::string_view::npos) {
        address.path = rest.substr(slash);
    }
    // A path with a blank or the end of a line would be another request.
    const bool is_plain =
        std::all_of(rest.begin(), rest.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!is_plain || address.authority.empty()) {
        throw SettingsError("'" + std::string(text) + "' is not ws://HOST:PORT[/PATH]");
    }
    return address;
}

} // namespace covnc::load
