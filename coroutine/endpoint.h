// Where to listen or to connect, as people write it: HOST:PORT, [V6]:PORT, unix:PATH, fd:N.
#pragma once

#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <vector>

namespace covnc {

// An endpoint that cannot be understood or resolved; the text names it.
class EndpointError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

class SocketAddress
{
public:
    SocketAddress() = default;
    SocketAddress(const sockaddr* address, socklen_t length);

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t length() const { return length_; }
    int family() const { return storage_.ss_family; }
    bool is_loopback() const;
    // "127.0.0.1:5900", "[::1]:5900", "unix:/run/x".
    std::string text() const;

private:
    sockaddr_storage storage_{};
    socklen_t length_ = 0;
};

class Endpoint
{
public:
    enum class Kind { kTcp, kUnix, kInherited };

    // Throws EndpointError: not one of the four forms, port not 0 .. 65535, path over 107 bytes.
    static Endpoint parse(std::string_view text);

    Kind kind() const { return kind_; }
    const std::string& text() const { return text_; }
    const std::string& path() const { return host_; } // kUnix
    int inherited_fd() const { return number_; }      // kInherited

    // Every address the name stands for; at least one. May ask the resolver and block: for
    // start-up. Throws EndpointError. Not for kInherited.
    std::vector<SocketAddress> resolve() const;

private:
    Kind kind_ = Kind::kTcp;
    std::string text_;
    std::string host_;
    int number_ = 0;
};

} // namespace covnc
