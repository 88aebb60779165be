// Who a connection is from where proxies stand in front: the PROXY protocol, versions 1 and 2
// (haproxy.org, proxy-protocol.txt), and X-Forwarded-For. Believed from trusted addresses only.
// Loop thread only.
#pragma once

#include "coroutine/stream.h"
#include "coroutine/task.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace covnc {

// Ranges of addresses.
class TrustedProxies
{
public:
    // "127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8"; "unix": whoever comes by a unix socket. Throws
    // std::invalid_argument, which names the range that is none.
    explicit TrustedProxies(const std::vector<std::string>& ranges = {});

    bool is_empty() const { return ranges_.empty() && !trusts_unix_; }
    // Whether the stream's peer, as the system knows it, is one of them.
    bool trusts(const Stream& stream) const;
    // address: without a port, V6 with or without brackets.
    bool trusts_address(std::string_view address) const;

private:
    struct Range
    {
        std::array<std::uint8_t, 16> address{}; // V4 as ::ffff:a.b.c.d
        unsigned bits = 0;                      // of it that count
    };

    std::vector<Range> ranges_;
    bool trusts_unix_ = false;
};

// Where somebody is, as Stream::peer() and peer_address() say it.
struct RealPeer
{
    RealPeer() = default; // not an aggregate: see docs/coroutine-pitfalls.md
    RealPeer(std::string the_peer, std::string the_address)
        : peer(std::move(the_peer)),
          address(std::move(the_address))
    {}

    std::string peer;
    std::string address;
};

// Reads the header that a proxy sends first, and not a byte more. Nothing where the proxy speaks
// for itself or does not know. Suspends for the peer; give it a deadline. Throws ProtocolError for
// what is no such header, Disconnected, Cancelled.
Task<std::optional<RealPeer>> read_proxy_header(Stream& stream);

// The same for a first byte that may begin something else: nothing is read then.
bool may_begin_proxy_header(std::uint8_t first_byte);

// The last address of X-Forwarded-For that is no proxy of ours. Nothing where there is none that
// can be understood.
//   values: of all such headers, in their order.
std::optional<RealPeer> forwarded_peer(const std::vector<std::string>& values,
                                       const TrustedProxies& proxies);

// A stream of somebody who is not at its other end.
class ProxiedStream final : public StreamLayer
{
public:
    using Stream::write_all;

    ProxiedStream(Stream& inner, RealPeer real) : StreamLayer(inner), real_(std::move(real)) {}

    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override
    {
        return inner().read_some(buffer);
    }
    Task<> write_all(std::span<const ByteView> pieces) override
    {
        return inner().write_all(pieces);
    }
    void shutdown_write() noexcept override { inner().shutdown_write(); }
    Task<> finish() override { return inner().finish(); }
    std::string peer() const override { return real_.peer; }
    std::string peer_address() const override { return real_.address; }

private:
    RealPeer real_;
};

} // namespace covnc
