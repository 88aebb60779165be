// A web port as people write it: ws://HOST:PORT[/PATH], or wss:// with TLS. Values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace covnc::load {

struct WebAddress
{
    // Nothing for what does not begin with one of both. Throws SettingsError for the rest that is
    // none.
    static std::optional<WebAddress> parse(std::string_view text);

    std::string text() const { return (uses_tls ? "wss://" : "ws://") + authority + path; }

    bool uses_tls = false;
    std::string authority; // HOST:PORT
    std::string path = "/websockify";
};

} // namespace covnc::load
