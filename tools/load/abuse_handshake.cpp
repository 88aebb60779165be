// Attacks on the handshake, from the first byte to ClientInit.
#include "coroutine/combinators.h"
#include "rfb/errors.h"
#include "tools/load/abuse_attacks.h"
#include "tools/load/abuse_bytes.h"
#include "tools/load/abuse_peer.h"

#include <algorithm>
#include <array>

namespace covnc::load {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::array kVersions{ProtocolVersion::k3_3, ProtocolVersion::k3_7, ProtocolVersion::k3_8};

Bytes client_init()
{
    return u8(1);
}

Bytes version(ProtocolVersion which)
{
    return text(version_text(which));
}

bool offers(const Bytes& types, SecurityType type)
{
    return std::find(types.begin(), types.end(), static_cast<std::uint8_t>(type)) != types.end();
}

// Whoever gets a ServerInit here should not.
void must_not_be_let_in(Attack& attack, const HostilePeer& peer)
{
    if (holds_server_init(peer.heard())) {
        ++attack.reactions().let_in;
    }
}

} // namespace

Task<> bad_versions(Attack& attack)
{
    std::vector<Bytes> inputs{
        text("RFB 003.00x\n"),
        text("RFB 999999\n\n"),
        text("RFB 000.000\n"),
        text("RFB -03.-08\n"),
        text("RFB 003.008\r"),
        text("rfb 003.008\n"),
        text("RFB 003,008\n"),
        text("\n\n\n\n\n\n\n\n\n\n\n\n"),
        text("%s%n%s%n%s%n"),
        zeros(12),
        filled(4096, 0xff),
        filled(std::size_t{256} * 1024, 'A'),
    };
    co_await attack.send_each(Stage::kVersion, std::move(inputs));
}

// What comes to a port that is open to the world.
Task<> other_protocols(Attack& attack)
{
    std::vector<Bytes> inputs{
        text("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        text("GET /index.vnc HTTP/1.0\r\n\r\n"),
        text("CONNECT 127.0.0.1:1 HTTP/1.1\r\n\r\n"),
        text("POST / HTTP/1.1\r\nContent-Length: 4294967295\r\n\r\n"),
        join(text("GET / HTTP/1.1\r\nX: "), filled(std::size_t{256} * 1024, 'A')),
        text("GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"),
        join(text("\x16\x03\x01"), u16(0x200), u8(1), zeros(1), u16(0x1fc), u16(0x303), zeros(508)),
        join(text("\x16\x03\x01"), u16(0xffff), filled(64, 0xff)),
        text("SSH-2.0-x\r\n"),
        text("OPTIONS rtsp://x RTSP/1.0\r\n\r\n"),
        join(u8(3), u8(0), u16(19), u8(14), u8(0xe0), zeros(13)), // RDP
    };
    co_await attack.send_each(Stage::kConnected, std::move(inputs));
}

// Messages of a session where the version is due, and right behind it.
Task<> early_messages(Attack& attack)
{
    std::vector<Bytes> inputs{
        client_init(),
        join(client_init(), request(false, 0, 0, 100, 100)),
        repeated(request(false, 0, 0, 0xffff, 0xffff), 100),
        join(u8(6), zeros(3), u32(0xffffffff)),
        join(u8(0), zeros(3), u8(32), u8(24), zeros(14)),
    };
    for (const ProtocolVersion which : kVersions) {
        inputs.push_back(join(version(which), repeated(request(false, 0, 0, 9, 9), 10)));
        inputs.push_back(join(version(which), u8(0xff), client_init()));
        inputs.push_back(join(version(which), filled(64, 0xff)));
    }
    co_await attack.send_each(Stage::kConnected, std::move(inputs));
}

namespace {

// Answers what was offered with something else and goes on as if it had been let in.
Task<> skip_login(Attack& attack, std::size_t number)
{
    const ProtocolVersion which = kVersions.at(number % kVersions.size());
    const Bytes answer = number < kVersions.size() ? u8(1) : u8(2);
    HostilePeer peer(attack);
    const bool is_there = co_await peer.read_version();
    if (!is_there) {
        co_return;
    }
    co_await peer.send(version(which));
    bool has_none = false;
    if (which == ProtocolVersion::k3_3) {
        const std::optional<Bytes> dictated = co_await peer.read(4);
        has_none = dictated && dictated->back() == 1;
    } else {
        const std::optional<Bytes> types = co_await peer.offered_types();
        has_none = types && offers(*types, SecurityType::kNone);
        co_await peer.send(answer);
    }
    // The response to a challenge is left out, and so is waiting for the result.
    co_await peer.send(join(client_init(), request(false, 0, 0, 8, 8)));
    co_await peer.watch(Attack::kPatience);
    if (!has_none) {
        must_not_be_let_in(attack, peer);
    }
}

} // namespace

Task<> skipped_login(Attack& attack)
{
    co_await attack.for_each(2 * kVersions.size(), Attack::kAtOnce, skip_login);
}

namespace {

// One type that the server has not offered, then ClientInit.
Task<> take_unoffered_type(Attack& attack, std::size_t number)
{
    const auto type = static_cast<std::uint8_t>(number % 256);
    const ProtocolVersion which = number < 256 ? ProtocolVersion::k3_8 : ProtocolVersion::k3_7;
    HostilePeer peer(attack);
    const bool is_there = co_await peer.read_version();
    if (!is_there) {
        co_return;
    }
    co_await peer.send(version(which));
    const std::optional<Bytes> types = co_await peer.offered_types();
    if (types && offers(*types, static_cast<SecurityType>(type))) {
        co_return; // that one is right
    }
    co_await peer.send(join(u8(type), client_init(), request(false, 0, 0, 8, 8)));
    co_await peer.watch(Attack::kPatience);
    must_not_be_let_in(attack, peer);
}

// 3.3 knows no choice: whatever comes where the server waits for a response or ClientInit.
Task<> choose_in_3_3(Attack& attack, std::size_t type)
{
    HostilePeer peer(attack);
    const bool is_there = co_await peer.read_version();
    if (!is_there) {
        co_return;
    }
    co_await peer.send(version(ProtocolVersion::k3_3));
    const std::optional<Bytes> dictated = co_await peer.read(4);
    // Not 0, which asks for the display alone: then others may be thrown out, rightly.
    const std::size_t first = std::max<std::size_t>(type, 1);
    co_await peer.send(join(u8(static_cast<unsigned>(first)), filled(15, 0xff)));
    co_await peer.watch(Attack::kPatience);
    if (dictated && dictated->back() != 1) {
        must_not_be_let_in(attack, peer);
    }
}

} // namespace

Task<> unoffered_types(Attack& attack)
{
    constexpr std::size_t kTypes = 256;
    co_await attack.for_each(2 * kTypes, Attack::kAtOnce, take_unoffered_type);
    co_await attack.for_each(kTypes, Attack::kAtOnce, choose_in_3_3);
}

namespace {

// A stream that ends after so many bytes were written to it.
class CutStream final : public Stream
{
public:
    using Stream::write_all;

    CutStream(Stream& stream, std::size_t bytes) : stream_(stream), left_(bytes) {}

    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override
    {
        co_return co_await stream_.read_some(buffer);
    }
    Task<> write_all(std::span<const ByteView> pieces) override
    {
        for (const ByteView piece : pieces) {
            const ByteView part = piece.first(std::min(piece.size(), left_));
            left_ -= part.size();
            co_await stream_.write_all(part);
            if (part.size() < piece.size()) {
                throw Disconnected("cut here");
            }
        }
    }
    void shutdown_write() noexcept override { stream_.shutdown_write(); }
    std::string peer() const override { return stream_.peer(); }
    std::size_t left() const { return left_; }

private:
    Stream& stream_;
    std::size_t left_;
};

constexpr std::size_t kLongestHandshake = 12 + 1 + 16 + 1; // version, type, response, ClientInit

// Half of them go with a reset.
Task<> cut_handshake(Attack& attack, std::size_t number)
{
    const std::size_t bytes = number / 2 % kLongestHandshake;
    ClientIdentity identity = attack.login().identity();
    identity.version = kVersions.at(number / 2 / kLongestHandshake);
    identity.limit = HostilePeer::kStepLimit;
    HostilePeer peer(attack);
    const bool is_there = co_await peer.connect();
    if (!is_there) {
        co_return;
    }
    CutStream stream(peer.socket(), bytes);
    Channel channel(stream);
    try {
        co_await client_handshake(channel, identity);
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): as was meant
    }
    if (number % 2 == 0) {
        peer.leave();
    } else {
        peer.reset();
    }
}

} // namespace

Task<> cut_handshakes(Attack& attack)
{
    co_await attack.for_each(
        2 * kVersions.size() * kLongestHandshake, Attack::kAtOnce, cut_handshake);
}

namespace {

// What was said before nothing more is.
const std::vector<Bytes>& beginnings()
{
    static const std::vector<Bytes> list{
        {},
        text("R"),
        text("RFB 003"),
        text("RFB 003.008"),
        text("RFB 003.003\n"),
        text("RFB 003.007\n"),
        text("RFB 003.008\n"),
        text("RFB 003.008\n\x01"),
        text("RFB 003.008\n\x02"),
        text("RFB 003.008\n\x02half of"),
    };
    return list;
}

Task<> fall_silent(Attack& attack, std::size_t number)
{
    constexpr Duration kLongest = seconds(12);
    HostilePeer peer(attack);
    const bool is_there = co_await peer.read_version();
    if (is_there) {
        co_await peer.send(beginnings().at(number));
        co_await peer.watch(kLongest);
    }
}

} // namespace

Task<> silence(Attack& attack)
{
    co_await attack.for_each(beginnings().size(), beginnings().size(), fall_silent);
}

namespace {

// A stream whose writer waits before each byte.
class SlowStream final : public Stream
{
public:
    using Stream::write_all;

    SlowStream(EventLoop& loop, Stream& stream) : loop_(loop), stream_(stream) {}

    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override
    {
        co_return co_await stream_.read_some(buffer.first(1));
    }
    Task<> write_all(std::span<const ByteView> pieces) override
    {
        for (const ByteView piece : pieces) {
            for (std::size_t i = 0; i < piece.size(); ++i) {
                co_await loop_.sleep_for(milliseconds(60));
                co_await stream_.write_all(piece.subspan(i, 1));
            }
        }
    }
    void shutdown_write() noexcept override { stream_.shutdown_write(); }
    std::string peer() const override { return stream_.peer(); }

private:
    EventLoop& loop_;
    Stream& stream_;
};

// Handshake, encodings and a request; the update's head must come.
Task<> crawl(Attack& attack, HostilePeer& peer)
{
    ClientIdentity identity = attack.login().identity();
    identity.limit = seconds(12);
    SlowStream stream(attack.loop(), peer.socket());
    Channel channel(stream);
    co_await client_handshake(channel, identity);
    const Bytes messages =
        join(encodings({0}), request(false, 0, 0, 1, 1), request(false, 0, 0, 1, 1));
    co_await stream.write_all(ByteView(messages));
    const std::uint8_t type =
        co_await with_timeout(HostilePeer::kStepLimit, channel.reader().read_byte());
    attack.reactions().served += type == 0 ? 1U : 0U;
}

Task<> crawl_once(Attack& attack, std::size_t /*number*/)
{
    HostilePeer peer(attack);
    const bool is_there = co_await peer.connect();
    if (!is_there) {
        co_return;
    }
    const TimePoint started = attack.loop().now();
    std::string failure;
    try {
        co_await crawl(attack, peer);
        co_return;
    } catch (const Disconnected&) {
        attack.reactions().closed(attack.loop().now() - started);
    } catch (const std::exception& error) {
        failure = error.what();
    }
    if (!failure.empty()) {
        ++attack.reactions().refused;
        attack.reactions().answered(failure);
    }
}

} // namespace

Task<> one_byte_at_a_time(Attack& attack)
{
    co_await attack.for_each(4, 4, crawl_once);
}

} // namespace covnc::load
