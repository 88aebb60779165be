// Under which names a web port answers, and to whose pages: against DNS rebinding (a foreign name
// that leads to this machine) and WebSockets opened by foreign pages. Values; any thread.
#pragma once

#include "rfb/transport/http_request.h"

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace covnc {

class HostRules
{
public:
    // origins: "https://vnc.example.org": their pages may connect, and their names are ours.
    // machine: the name of this machine. Throws std::invalid_argument, which names the origin that
    // is none.
    explicit HostRules(std::vector<std::string> origins = {}, std::string machine = this_machine());

    // Throws HttpError unless the request names us as an address, localhost, this machine or a host
    // on the list (421), once and rightly written (400); and, where it wants a WebSocket from a
    // page, unless that page came from here or from an origin on the list (403).
    void check(const HttpRequest& request) const;

    const std::vector<std::string>& origins() const { return origins_; }

    static std::string this_machine();

private:
    bool is_ours(const std::string& host) const;

    std::vector<std::string> origins_; // in small letters
    std::set<std::string> names_;      // likewise, without ports
};

// The host of "HOST:PORT", "HOST" or "[V6]:PORT", in small letters, a V6 address without brackets.
// Empty where it is none of them.
std::string host_of(std::string_view authority);

} // namespace covnc
