#include "coroutine/endpoint.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <memory>
#include <netdb.h>

namespace covnc {

namespace {

constexpr std::size_t kMaxUnixPath = sizeof(sockaddr_un::sun_path) - 1;

int parse_number(std::string_view digits, int largest, std::string_view whole)
{
    int value = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value < 0 ||
        value > largest) {
        throw EndpointError("'" + std::string(whole) + "': '" + std::string(digits) +
                            "' is not a number from 0 to " + std::to_string(largest));
    }
    return value;
}

// With or without a zone: "fe80::1%eth0".
bool is_v6(std::string_view host)
{
    const std::string address(host.substr(0, host.find('%')));
    in6_addr parsed{};
    return inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
}

} // namespace

SocketAddress::SocketAddress(const sockaddr* address, socklen_t length)
{
    length_ = std::min(length, socklen_t{sizeof storage_});
    std::memcpy(&storage_, address, length_);
}

bool SocketAddress::is_loopback() const
{
    if (family() == AF_UNIX) {
        return true;
    }
    if (family() == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage_);
        return (ntohl(v4.sin_addr.s_addr) >> 24U) == 127U;
    }
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage_);
    const bool is_mapped_v4_loopback =
        IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127;
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) || is_mapped_v4_loopback;
}

std::string SocketAddress::text() const
{
    if (family() == AF_UNIX) {
        return std::string("unix:") + reinterpret_cast<const sockaddr_un&>(storage_).sun_path;
    }
    std::array<char, INET6_ADDRSTRLEN> host{};
    if (family() == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage_);
        inet_ntop(AF_INET, &v4.sin_addr, host.data(), host.size());
        return std::string(host.data()) + ":" + std::to_string(ntohs(v4.sin_port));
    }
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage_);
    inet_ntop(AF_INET6, &v6.sin6_addr, host.data(), host.size());
    return "[" + std::string(host.data()) + "]:" + std::to_string(ntohs(v6.sin6_port));
}

Endpoint Endpoint::parse(std::string_view text)
{
    Endpoint endpoint;
    endpoint.text_ = text;
    if (text.find('\0') != std::string_view::npos) {
        throw EndpointError("an endpoint has no NUL bytes");
    }
    if (text.starts_with("unix:")) {
        endpoint.kind_ = Kind::kUnix;
        endpoint.host_ = text.substr(5);
        if (endpoint.host_.empty() || endpoint.host_.size() > kMaxUnixPath) {
            throw EndpointError("'" + endpoint.text_ + "': a socket path has 1 to " +
                                std::to_string(kMaxUnixPath) + " bytes");
        }
        return endpoint;
    }
    if (text.starts_with("fd:")) {
        endpoint.kind_ = Kind::kInherited;
        endpoint.number_ = parse_number(text.substr(3), 1 << 20, text);
        return endpoint;
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) {
        throw EndpointError("'" + endpoint.text_ +
                            "' is not HOST:PORT, [V6]:PORT, unix:PATH or fd:N");
    }
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
        if (!is_v6(host)) {
            throw EndpointError("'" + endpoint.text_ + "': only an IPv6 address is in brackets");
        }
    } else if (host.find(':') != std::string_view::npos) {
        throw EndpointError("'" + endpoint.text_ + "': write an IPv6 address in brackets");
    }
    endpoint.host_ = host;
    endpoint.number_ = parse_number(text.substr(colon + 1), 65535, text);
    return endpoint;
}

std::vector<SocketAddress> Endpoint::resolve() const
{
    if (kind_ == Kind::kUnix) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, host_.data(), host_.size());
        return {SocketAddress(reinterpret_cast<const sockaddr*>(&address), sizeof address)};
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | AI_PASSIVE;
    addrinfo* found = nullptr;
    const int error = getaddrinfo(host_.c_str(), std::to_string(number_).c_str(), &hints, &found);
    if (error != 0) {
        throw EndpointError("'" + text_ + "': " + gai_strerror(error));
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
    std::vector<SocketAddress> addresses;
    for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
        addresses.emplace_back(entry->ai_addr, entry->ai_addrlen);
    }
    return addresses;
}

} // namespace covnc
