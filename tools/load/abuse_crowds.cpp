// Attacks by number and by speed: storms, floods, crowds that stall.
#include "coroutine/combinators.h"
#include "tools/load/abuse_attacks.h"
#include "tools/load/abuse_bytes.h"
#include "tools/load/abuse_peer.h"

#include <fmt/format.h>
#include <sys/socket.h>

namespace covnc::load {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kFloodTime = seconds(3);
constexpr Duration kHoldTime = seconds(6);
constexpr std::size_t kLorises = 500;

bool goes_on(Attack& attack, Duration time)
{
    return attack.loop().now() - attack.started() < time;
}

} // namespace

namespace {

Task<> come_and_go(Attack& attack, std::size_t /*number*/)
{
    if (!goes_on(attack, kFloodTime)) {
        co_return;
    }
    HostilePeer peer(attack);
    const bool is_there = co_await peer.connect();
    if (is_there) {
        peer.leave();
    }
}

} // namespace

Task<> connect_storm(Attack& attack)
{
    constexpr std::size_t kMost = 5000;
    co_await attack.for_each(kMost, Attack::kAtOnce, come_and_go);
}

namespace {

// The same bytes over and over, as fast as the server takes them.
Task<> send_over_and_over(Attack& attack, HostilePeer& peer, const Bytes& piece)
{
    while (goes_on(attack, kFloodTime) && !peer.is_closed()) {
        co_await peer.send(piece);
        co_await attack.loop().yield();
    }
}

// Reads what comes, so that only the server's own patience is tried.
Task<> flood(Attack& attack, const Bytes& message, const char* what)
{
    constexpr std::size_t kPiece = 1000; // messages
    const Bytes piece = repeated(message, kPiece);
    HostilePeer peer(attack);
    const bool is_in = co_await peer.log_in();
    if (!is_in) {
        co_return;
    }
    const std::uint64_t before = peer.socket().bytes_written();
    co_await run_until_first_ends(peer.drain(), send_over_and_over(attack, peer, piece));
    const std::uint64_t messages = (peer.socket().bytes_written() - before) / message.size();
    attack.note(fmt::format("took {} {}", messages, what));
    co_await peer.watch(Attack::kPatience);
}

} // namespace

Task<> request_flood(Attack& attack)
{
    const Bytes message = request(true, 0, 0, 65535, 65535);
    co_await when_all(flood(attack, message, "requests"), flood(attack, message, "requests"));
}

Task<> whole_picture_flood(Attack& attack)
{
    const Bytes message = request(false, 0, 0, 65535, 65535);
    co_await when_all(flood(attack, message, "requests"), flood(attack, message, "requests"));
}

// A key that does nothing on most machines, and moves without buttons.
Task<> input_flood(Attack& attack)
{
    constexpr std::uint32_t kF20 = 0xffd1;
    const Bytes down = join(u8(4), u8(1), zeros(2), u32(kF20));
    const Bytes up = join(u8(4), u8(0), zeros(2), u32(kF20));
    const Bytes move = join(u8(5), u8(0), u16(1), u16(1));
    const Bytes far = join(u8(5), u8(0), u16(65535), u16(65535));
    const Bytes keys = join(down, up);
    const Bytes moves = join(move, far);
    co_await when_all(flood(attack, keys, "key presses"), flood(attack, moves, "pointer moves"));
}

namespace {

// A handshake of a byte a second; whoever is closed comes back.
Task<> dawdle(Attack& attack, std::size_t number)
{
    const Bytes whole = text("RFB 003.008\n");
    while (goes_on(attack, kHoldTime)) {
        HostilePeer peer(attack);
        const bool is_there = co_await peer.connect();
        for (std::size_t i = 0; is_there && i < whole.size() && !peer.is_closed(); ++i) {
            co_await peer.send(Bytes(1, whole[i]));
            co_await peer.read_within(1000, seconds(1) + milliseconds(number % 100));
            if (!goes_on(attack, kHoldTime)) {
                break;
            }
        }
        if (is_there) {
            co_await peer.watch(milliseconds(1));
        } else {
            co_await attack.loop().sleep_for(seconds(1));
        }
    }
}

// Asks for whole pictures in raw and reads none of them.
Task<> stall(Attack& attack, std::size_t /*number*/)
{
    constexpr int kReceiveBuffer = 4096;
    HostilePeer peer(attack);
    const bool is_in = co_await peer.log_in();
    if (!is_in) {
        co_return;
    }
    setsockopt(peer.socket().fd(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
    const Bytes raw = encodings({0});
    co_await peer.send(raw);
    const Bytes asks = repeated(request(false, 0, 0, 65535, 65535), 10);
    while (goes_on(attack, kHoldTime) && !peer.is_closed()) {
        co_await peer.send(asks);
        co_await attack.loop().sleep_for(milliseconds(200));
    }
    co_await peer.watch(milliseconds(20));
}

} // namespace

Task<> slow_loris(Attack& attack)
{
    co_await attack.for_each(kLorises, kLorises, dawdle);
}

Task<> never_reading(Attack& attack)
{
    constexpr std::size_t kViewers = 200;
    co_await attack.for_each(kViewers, kViewers, stall);
}

Task<> loris_and_stalled(Attack& attack)
{
    constexpr std::size_t kViewers = 50;
    co_await when_all(attack.for_each(kViewers, kViewers, stall),
                      attack.for_each(kLorises, kLorises, dawdle));
}

} // namespace covnc::load
