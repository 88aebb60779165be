#include "rfb/transport/proxy_protocol.h"

#include "coroutine/endpoint.h"
#include "rfb/wire.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <stdexcept>

namespace covnc {

namespace {

constexpr std::size_t kSignatureSize = 12; // no header of version 1 is shorter
constexpr std::array<std::uint8_t, kSignatureSize> kSignature2{
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
constexpr std::string_view kBegin1 = "PROXY ";
constexpr std::size_t kMaxLine1 = 107; // with its end
constexpr unsigned kBitsV4 = 32;
constexpr unsigned kBitsV6 = 128;

// Version 2: the byte behind the signature, and the one behind that.
constexpr std::uint8_t kLocal2 = 0x20;
constexpr std::uint8_t kProxy2 = 0x21;
constexpr std::uint8_t kTcp4 = 0x11;
constexpr std::uint8_t kTcp6 = 0x21;
constexpr std::size_t kAddresses4 = 12;
constexpr std::size_t kAddresses6 = 36;
constexpr std::size_t kMaxBody2 = 4096; // addresses, and more that we do not need

using Address = std::array<std::uint8_t, 16>; // V4 as ::ffff:a.b.c.d

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct ParsedAddress
{
    Address bytes{};
    bool is_v4 = false;
};

std::string_view without_brackets(std::string_view text)
{
    const bool has = text.size() > 2 && text.front() == '[' && text.back() == ']';
    return has ? text.substr(1, text.size() - 2) : text;
}

std::optional<ParsedAddress> parse_address(std::string_view text)
{
    const std::string address(without_brackets(text));
    ParsedAddress parsed;
    in6_addr v6{};
    in_addr v4{};
    if (address.find('\0') != std::string::npos) {
        return std::nullopt;
    }
    if (inet_pton(AF_INET, address.c_str(), &v4) == 1) {
        std::copy(kMapped.begin(), kMapped.end(), parsed.bytes.begin());
        std::memcpy(parsed.bytes.data() + kMapped.size(), &v4, sizeof v4);
        parsed.is_v4 = true;
        return parsed;
    }
    if (inet_pton(AF_INET6, address.c_str(), &v6) == 1) {
        std::memcpy(parsed.bytes.data(), &v6, sizeof v6);
        return parsed;
    }
    return std::nullopt;
}

std::optional<std::uint16_t> parse_number(std::string_view digits, unsigned largest)
{
    unsigned value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value > largest) {
        return std::nullopt;
    }
    return static_cast<std::uint16_t>(value);
}

// As Socket says it.
RealPeer real_peer(const ParsedAddress& address, std::optional<std::uint16_t> port)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    std::string host;
    if (address.is_v4) {
        inet_ntop(AF_INET, address.bytes.data() + kMapped.size(), text.data(), text.size());
        host = text.data();
    } else {
        inet_ntop(AF_INET6, address.bytes.data(), text.data(), text.size());
        host = "[" + std::string(text.data()) + "]";
    }
    return RealPeer(port ? host + ":" + std::to_string(*port) : host, host);
}

[[noreturn]] void throw_no_header()
{
    throw ProtocolError("a proxy sent no PROXY header, or a wrong one");
}

std::string_view next_word(std::string_view& rest)
{
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return word;
}

// The line without its end.
std::optional<RealPeer> parse_line_1(std::string_view line)
{
    line.remove_prefix(kBegin1.size());
    const std::string_view family = next_word(line);
    if (family == "UNKNOWN") {
        return std::nullopt; // whatever follows
    }
    const std::optional<ParsedAddress> source = parse_address(next_word(line));
    const std::optional<ParsedAddress> destination = parse_address(next_word(line));
    const std::optional<std::uint16_t> port = parse_number(next_word(line), 65535);
    const std::optional<std::uint16_t> own_port = parse_number(line, 65535);
    const bool is_v4 = family == "TCP4";
    if ((!is_v4 && family != "TCP6") || !source || !destination || !port || !own_port ||
        source->is_v4 != is_v4 || destination->is_v4 != is_v4) {
        throw_no_header();
    }
    return real_peer(*source, port);
}

Task<std::optional<RealPeer>> read_version_1(Stream& stream, std::string line)
{
    Bytes byte(1);
    while (!line.ends_with('\n')) {
        if (line.size() == kMaxLine1) {
            throw_no_header();
        }
        co_await stream.read_exact(byte); // a byte each: what follows is not ours
        line += static_cast<char>(byte[0]);
    }
    if (!line.ends_with("\r\n")) {
        throw_no_header();
    }
    line.resize(line.size() - 2);
    co_return parse_line_1(line);
}

std::optional<RealPeer> parse_body_2(std::uint8_t command, std::uint8_t family, ByteView body)
{
    if (command == kLocal2) {
        return std::nullopt; // the proxy looks whether we live
    }
    if (command != kProxy2) {
        throw_no_header();
    }
    ByteReader in(body, "a PROXY header");
    ParsedAddress source;
    if (family == kTcp4) {
        source.is_v4 = true;
        const ByteView bytes = ByteReader(in.bytes(kAddresses4), "a PROXY header").bytes(4);
        std::copy(kMapped.begin(), kMapped.end(), source.bytes.begin());
        std::copy(bytes.begin(), bytes.end(), source.bytes.begin() + kMapped.size());
        return real_peer(source, ByteReader(body.subspan(8), "a PROXY header").u16());
    }
    if (family == kTcp6) {
        const ByteView bytes = ByteReader(in.bytes(kAddresses6), "a PROXY header").bytes(16);
        std::copy(bytes.begin(), bytes.end(), source.bytes.begin());
        return real_peer(source, ByteReader(body.subspan(32), "a PROXY header").u16());
    }
    return std::nullopt; // unix sockets and what may come to be
}

Task<std::optional<RealPeer>> read_version_2(Stream& stream)
{
    Bytes head(4);
    co_await stream.read_exact(head);
    Bytes body(std::size_t{head[2]} << 8U | head[3]);
    if (body.size() > kMaxBody2) {
        throw ProtocolError("a PROXY header of " + std::to_string(body.size()) + " bytes");
    }
    co_await stream.read_exact(body);
    co_return parse_body_2(head[0], head[1], body);
}

} // namespace

TrustedProxies::TrustedProxies(const std::vector<std::string>& ranges)
{
    for (const std::string& text : ranges) {
        if (text == "unix") {
            trusts_unix_ = true;
            continue;
        }
        const std::size_t slash = text.find('/');
        const std::optional<ParsedAddress> address = parse_address(text.substr(0, slash));
        const unsigned most = address && address->is_v4 ? kBitsV4 : kBitsV6;
        std::optional<std::uint16_t> bits = static_cast<std::uint16_t>(most);
        if (slash != std::string::npos) {
            bits = parse_number(std::string_view(text).substr(slash + 1), most);
        }
        if (!address || !bits) {
            throw std::invalid_argument("'" + text + "' is no address, ADDRESS/BITS or 'unix'");
        }
        Range range;
        range.address = address->bytes;
        range.bits = *bits + kBitsV6 - most;
        ranges_.push_back(range);
    }
}

bool TrustedProxies::trusts(const Stream& stream) const
{
    const std::string address = stream.peer_address();
    return address.empty() ? trusts_unix_ : trusts_address(address);
}

bool TrustedProxies::trusts_address(std::string_view text) const
{
    const std::optional<ParsedAddress> address = parse_address(text);
    if (!address) {
        return false;
    }
    return std::any_of(ranges_.begin(), ranges_.end(), [&address](const Range& range) {
        for (unsigned bit = 0; bit < range.bits; ++bit) {
            const unsigned differs = range.address[bit / 8] ^ address->bytes[bit / 8];
            if ((differs & (0x80U >> bit % 8)) != 0) {
                return false;
            }
        }
        return true;
    });
}

bool may_begin_proxy_header(std::uint8_t first_byte)
{
    return first_byte == kSignature2[0] || first_byte == static_cast<std::uint8_t>(kBegin1[0]);
}

Task<std::optional<RealPeer>> read_proxy_header(Stream& stream)
{
    Bytes begin(kSignatureSize);
    co_await stream.read_exact(begin);
    if (std::equal(begin.begin(), begin.end(), kSignature2.begin())) {
        std::optional<RealPeer> real = co_await read_version_2(stream);
        co_return real;
    }
    const std::string text(begin.begin(), begin.end());
    if (!text.starts_with(kBegin1)) {
        throw_no_header();
    }
    std::optional<RealPeer> real = co_await read_version_1(stream, text);
    co_return real;
}

std::optional<RealPeer> forwarded_peer(const std::vector<std::string>& values,
                                       const TrustedProxies& proxies)
{
    std::string all;
    for (const std::string& value : values) {
        all += (all.empty() ? "" : ",") + value;
    }
    // Each proxy adds at the end whom it got the request from.
    std::string_view rest(all);
    while (!rest.empty()) {
        const std::size_t comma = rest.rfind(',');
        std::string_view entry = rest.substr(comma == std::string_view::npos ? 0 : comma + 1);
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
        while (!entry.empty() && entry.front() == ' ') {
            entry.remove_prefix(1);
        }
        while (!entry.empty() && entry.back() == ' ') {
            entry.remove_suffix(1);
        }
        const std::optional<ParsedAddress> address = parse_address(entry);
        if (!address) {
            return std::nullopt; // what stands in front of it may be anybody's
        }
        if (!proxies.trusts_address(entry)) {
            return real_peer(*address, std::nullopt);
        }
    }
    return std::nullopt;
}

} // namespace covnc
