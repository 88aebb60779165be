#include "tools/load/abuse_peer.h"

#include "coroutine/combinators.h"
#include "rfb/errors.h"

#include <algorithm>
#include <sys/socket.h>
#include <system_error>

namespace covnc::load {

namespace {

constexpr std::size_t kHeardMost = 512; // bytes

Task<> read_all(BufferedReader& reader, std::span<std::uint8_t> bytes)
{
    co_await reader.read_exact(bytes);
}

} // namespace

bool HostilePeer::refused(const std::string& why)
{
    is_closed_ = true;
    ++attack_.reactions().refused;
    attack_.reactions().answered(why);
    return false;
}

Task<bool> HostilePeer::connect()
{
    std::string failure;
    try {
        Task<std::unique_ptr<Socket>> connecting =
            Socket::connect(attack_.loop(), attack_.settings().server);
        socket_ = co_await with_timeout(kStepLimit, std::move(connecting));
    } catch (const std::system_error& error) {
        failure = error.code().message();
    } catch (const TimedOut&) {
        failure = "connecting timed out";
    }
    if (!failure.empty()) {
        co_return refused(failure);
    }
    channel_ = std::make_unique<Channel>(*socket_);
    sent_at_ = attack_.loop().now();
    co_return true;
}

Task<bool> HostilePeer::read_version()
{
    const bool is_connected = co_await connect();
    if (!is_connected) {
        co_return false;
    }
    const std::optional<Bytes> version = co_await read(kVersionSize);
    if (!version) {
        co_return refused("no version");
    }
    sent_at_ = attack_.loop().now();
    co_return true;
}

Task<bool> HostilePeer::log_in()
{
    const bool is_connected = co_await connect();
    if (!is_connected) {
        co_return false;
    }
    std::string failure;
    try {
        co_await handshake();
        is_logged_in_ = true;
    } catch (const Disconnected&) {
        failure = "closed in the handshake";
    } catch (const std::exception& error) {
        failure = error.what();
    }
    if (!failure.empty()) {
        co_return refused(failure);
    }
    sent_at_ = attack_.loop().now();
    co_return true;
}

Task<> HostilePeer::handshake()
{
    ClientIdentity identity = attack_.login().identity();
    identity.limit = kStepLimit;
    const ServerGreeting greeting = co_await client_handshake(*channel_, identity);
    size_ = greeting.size;
}

Task<bool> HostilePeer::reach(Stage stage)
{
    if (stage == Stage::kConnected) {
        co_return co_await connect();
    }
    if (stage == Stage::kVersion) {
        co_return co_await read_version();
    }
    co_return co_await log_in();
}

Task<> HostilePeer::send(Bytes bytes)
{
    if (is_closed_) {
        co_return;
    }
    channel_->stream().set_write_stall(kStepLimit);
    try {
        co_await channel_->stream().write_all(ByteView(bytes));
    } catch (const TimedOut&) { // NOLINT(bugprone-empty-catch): it takes no more, and that is fine
    } catch (const std::runtime_error&) {
        is_closed_ = true; // watch() counts it
    }
    sent_at_ = attack_.loop().now();
}

Task<std::optional<Bytes>> HostilePeer::read(std::size_t count)
{
    std::optional<Bytes> bytes(std::in_place, count);
    try {
        co_await with_timeout(kStepLimit, read_all(channel_->reader(), *bytes));
    } catch (const TimedOut&) {
        bytes.reset();
    } catch (const std::runtime_error&) {
        is_closed_ = true;
        bytes.reset();
    }
    co_return bytes;
}

Task<std::optional<Bytes>> HostilePeer::offered_types()
{
    std::optional<Bytes> types = co_await read(1);
    if (types) {
        const std::size_t count = types->front();
        types = co_await read(count);
    }
    co_return types;
}

void HostilePeer::hear(ByteView bytes)
{
    received_ += bytes.size();
    const std::size_t room = kHeardMost - std::min(heard_.size(), kHeardMost);
    const ByteView kept = bytes.first(std::min(bytes.size(), room));
    heard_.insert(heard_.end(), kept.begin(), kept.end());
}

Task<> HostilePeer::drain()
{
    Bytes buffer(std::size_t{64} * 1024);
    try {
        const std::size_t buffered = channel_->reader().buffered();
        co_await channel_->reader().read_exact(std::span(buffer).first(buffered));
        hear(ByteView(buffer).first(buffered));
        for (;;) {
            const std::size_t count = co_await channel_->stream().read_some(buffer);
            hear(ByteView(buffer).first(count));
            if (count == 0) {
                break;
            }
        }
    } catch (const std::runtime_error&) { // NOLINT(bugprone-empty-catch): that is an end as well
    }
    is_closed_ = true;
}

Task<> HostilePeer::drop(std::size_t count)
{
    co_await channel_->reader().skip(count);
}

Task<> HostilePeer::read_within(std::size_t count, Duration patience)
{
    try {
        co_await with_timeout(patience, drop(count));
    } catch (const TimedOut&) { // NOLINT(bugprone-empty-catch): that was all
    } catch (const std::runtime_error&) {
        is_closed_ = true;
    }
}

Task<> HostilePeer::watch(Duration patience)
{
    if (!socket_) {
        co_return;
    }
    try {
        co_await with_timeout(patience, drain());
    } catch (const TimedOut&) {
        ++attack_.reactions().kept_open;
        co_return;
    }
    attack_.reactions().closed(attack_.loop().now() - sent_at_);
    if (!is_logged_in_) {
        attack_.reactions().answered(words_in(heard_));
    }
}

void HostilePeer::reset() noexcept
{
    if (socket_) {
        const linger at_once{1, 0};
        setsockopt(socket_->fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    leave();
}

void HostilePeer::leave() noexcept
{
    attack_.reactions().left += socket_ ? 1U : 0U;
    channel_.reset();
    socket_.reset();
    is_closed_ = true;
}

std::string words_in(ByteView bytes)
{
    constexpr std::size_t kShortest = 5;
    constexpr std::size_t kLongest = 80;
    std::string longest;
    std::string run;
    for (const std::uint8_t byte : bytes) {
        if (byte >= ' ' && byte <= '~') {
            run += static_cast<char>(byte);
        } else {
            run.clear();
        }
        if (run.size() > longest.size()) {
            longest = run;
        }
    }
    longest.resize(std::min(longest.size(), kLongest));
    const bool is_version = longest.starts_with("RFB ");
    return longest.size() < kShortest || is_version ? std::string() : longest;
}

bool holds_server_init(ByteView bytes)
{
    constexpr std::size_t kHead = 24;
    for (const std::size_t at : {std::size_t{0}, std::size_t{4}}) {
        if (bytes.size() < at + kHead) {
            continue;
        }
        const ByteView init = bytes.subspan(at);
        const unsigned bits = init[4];
        const unsigned depth = init[5];
        const bool has_result =
            at == 0 || std::all_of(bytes.begin(), bytes.begin() + 4, [](auto b) { return b == 0; });
        const bool has_format = (bits == 8 || bits == 16 || bits == 32) && depth > 0 &&
                                depth <= bits && init[6] <= 1 && init[7] <= 1;
        if (has_result && has_format) {
            return true;
        }
    }
    return false;
}

} // namespace covnc::load
