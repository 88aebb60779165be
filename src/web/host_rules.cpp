#include "src/web/host_rules.h"

#include "rfb/transport/web_socket_handshake.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <http_parser.h>
#include <netinet/in.h>
#include <unistd.h>

namespace covnc {

namespace {

constexpr std::size_t kMaxHost = 253; // of a name in DNS

bool is_address(const std::string& host)
{
    in_addr v4{};
    in6_addr v6{};
    return inet_pton(AF_INET, host.c_str(), &v4) == 1 ||
           inet_pton(AF_INET6, host.c_str(), &v6) == 1;
}

bool is_name(std::string_view host)
{
    return !host.empty() && host.size() <= kMaxHost &&
           std::all_of(host.begin(), host.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
                      c == '_';
           });
}

bool is_port(std::string_view text)
{
    return !text.empty() && text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Behind the scheme; empty where it is no origin of a page.
std::string_view authority_of(std::string_view origin)
{
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (origin.starts_with(scheme)) {
            return origin.substr(scheme.size());
        }
    }
    return {};
}

} // namespace

std::string host_of(std::string_view authority)
{
    std::string_view host = authority;
    std::string_view port = "0";
    const bool is_v6 = authority.starts_with('[');
    const std::size_t end_of_host = is_v6 ? authority.find(']') : authority.find(':');
    if (is_v6) {
        if (end_of_host == std::string_view::npos) {
            return {};
        }
        host = authority.substr(1, end_of_host - 1);
        const std::string_view rest = authority.substr(end_of_host + 1);
        if (!rest.empty()) {
            port = rest.front() == ':' ? rest.substr(1) : "";
        }
    } else if (end_of_host != std::string_view::npos) {
        host = authority.substr(0, end_of_host);
        port = authority.substr(end_of_host + 1);
    }
    std::string small = in_small_letters(host);
    const bool is_right =
        is_v6 ? is_address(small) && small.find(':') != std::string::npos : is_name(small);
    return is_right && is_port(port) ? small : std::string();
}

std::string HostRules::this_machine()
{
    std::array<char, kMaxHost + 1> name{};
    return gethostname(name.data(), kMaxHost) == 0 ? name.data() : "";
}

HostRules::HostRules(std::vector<std::string> origins, std::string machine)
{
    for (const std::string& origin : origins) {
        const std::string small = in_small_letters(origin);
        const std::string host = host_of(authority_of(small));
        if (host.empty()) {
            throw std::invalid_argument("'" + origin + "' is not of the form https://HOST[:PORT]");
        }
        origins_.push_back(small);
        names_.insert(host);
    }
    const std::string small = in_small_letters(machine);
    if (is_name(small)) {
        names_.insert(small);
        names_.insert(small.substr(0, small.find('.')));
        names_.insert(small.substr(0, small.find('.')) + ".local"); // as mDNS has it
    }
}

bool HostRules::is_ours(const std::string& host) const
{
    return is_address(host) || host == "localhost" || host.ends_with(".localhost") ||
           names_.count(host) != 0;
}

void HostRules::check(const HttpRequest& request) const
{
    const std::string authority = in_small_letters(request.header("host"));
    const std::string host = host_of(authority);
    if (request.count("host") != 1 || host.empty()) {
        throw HttpError(HTTP_STATUS_BAD_REQUEST, "the request does not say which host it is for");
    }
    if (!is_ours(host)) {
        throw HttpError(HTTP_STATUS_MISDIRECTED_REQUEST,
                        "this server does not answer to that name; use its address, or start it "
                        "with --web-origin http://NAME:PORT");
    }
    if (!wants_web_socket(request) || request.count("origin") == 0) {
        return;
    }
    const std::string origin = in_small_letters(request.header("origin"));
    const bool is_listed = std::find(origins_.begin(), origins_.end(), origin) != origins_.end();
    if (request.count("origin") != 1 || (!is_listed && authority_of(origin) != authority)) {
        throw HttpError(HTTP_STATUS_FORBIDDEN,
                        "a page from elsewhere may not open this display; --web-origin lists those "
                        "that may");
    }
}

} // namespace covnc
