// Attacks with the messages of extensions: not announced, malformed, too many.
#include "coroutine/combinators.h"
#include "tools/load/abuse_attacks.h"
#include "tools/load/abuse_bytes.h"
#include "tools/load/abuse_peer.h"

#include <algorithm>
#include <fmt/format.h>

namespace covnc::load {

namespace {

constexpr std::int32_t kFence = -312;
constexpr std::int32_t kContinuous = -313;
constexpr std::int32_t kDesktopSize = -308;
constexpr std::int32_t kAudio = -259;
constexpr std::int32_t kExtendedKey = -258;
constexpr std::int32_t kXvp = -309;
constexpr std::int32_t kClipboard = -1063131698; // 0xc0a1e5ce

constexpr std::uint32_t kFenceRequest = 0x80000000U;

Bytes fence(std::uint32_t flags, unsigned length, std::size_t sent)
{
    return join(u8(248), zeros(3), u32(flags), u8(length), filled(sent, 0xee));
}

// What a viewer says so that the server announces the extension in turn.
Bytes announced(std::int32_t encoding)
{
    return join(encodings({0, kFence, kContinuous, encoding}), request(false, 0, 0, 1, 1));
}

Task<> send_announced(Attack& attack, std::int32_t encoding, std::vector<Bytes> messages)
{
    Bytes opening = announced(encoding);
    co_await attack.send_each(Stage::kLoggedIn, std::move(messages), std::move(opening));
}

} // namespace

Task<> unannounced(Attack& attack)
{
    std::vector<Bytes> inputs{
        join(u8(150), u8(1), zeros(4), u16(64), u16(64)),
        fence(kFenceRequest, 4, 4),
        join(u8(250), u8(0), u8(1), u8(0)),
        join(u8(251),
             u8(0),
             u16(64),
             u16(64),
             u8(1),
             u8(0),
             u32(1),
             zeros(4),
             u16(64),
             u16(64),
             u32(0)),
        join(u8(253), u8(129), u16(0xffff), filled(64, 0)),
        join(u8(255), u8(0), u16(1), u32(0xffd1), u32(0xff)),
        join(u8(255), u8(1), u16(0)),
        join(u8(6), zeros(3), s32(-4), u32(0x02000000)), // a request for the clipboard
        join(u8(6), zeros(3), s32(-8), u32(0x01000001), u32(0xffffffff)),
    };
    co_await attack.send_each(Stage::kLoggedIn, std::move(inputs));
}

Task<> fences(Attack& attack)
{
    std::vector<Bytes> messages;
    for (const unsigned length : {0U, 64U, 65U, 100U, 127U, 128U, 129U, 254U, 255U}) {
        messages.push_back(fence(kFenceRequest, length, length));
    }
    const Bytes sync = fence(kFenceRequest | 7U, 4, 4);
    messages.push_back(join(sync, sync, sync, request(false, 0, 0, 64, 64), sync));
    messages.push_back(fence(0xffffffff, 255, 255));
    messages.push_back(fence(0, 4, 4)); // the answer to none
    messages.push_back(fence(kFenceRequest, 255, 10));
    co_await send_announced(attack, kFence, std::move(messages));
}

namespace {

Task<> send_fences(HostilePeer& peer)
{
    const Bytes many = repeated(fence(kFenceRequest, 64, 64), 1000);
    for (int i = 0; i < 100 && !peer.is_closed(); ++i) {
        co_await peer.send(many);
    }
}

} // namespace

// Without reading the answers.
Task<> fence_flood(Attack& attack)
{
    HostilePeer peer(attack);
    const bool is_in = co_await peer.log_in();
    if (!is_in) {
        co_return;
    }
    co_await peer.send(announced(kFence));
    co_await peer.read_within(1 << 20U, std::chrono::milliseconds(50));
    try {
        co_await with_timeout(HostilePeer::kStepLimit, send_fences(peer));
    } catch (const TimedOut&) { // NOLINT(bugprone-empty-catch): the server takes no more
    }
    co_await peer.watch(Attack::kPatience);
}

namespace {

Bytes screen(std::uint32_t id, unsigned x, unsigned y, unsigned width, unsigned height)
{
    return join(u32(id), u16(x), u16(y), u16(width), u16(height), u32(0));
}

Bytes set_desktop_size(unsigned width, unsigned height, const std::vector<Bytes>& screens)
{
    Bytes out = join(u8(251), u8(0), u16(width), u16(height));
    ByteWriter(out).u8(static_cast<std::uint8_t>(screens.size()));
    ByteWriter(out).u8(0);
    for (const Bytes& one : screens) {
        out = join(out, one);
    }
    return out;
}

Bytes one_screen(unsigned width, unsigned height)
{
    return set_desktop_size(width, height, {screen(1, 0, 0, width, height)});
}

// Puts the display back to the size it had.
Task<> restore(Attack& attack, Size size)
{
    HostilePeer peer(attack);
    const bool is_in = co_await peer.log_in();
    if (is_in && peer.size() != size) {
        co_await peer.send(announced(kDesktopSize));
        co_await peer.read_within(1 << 20U, std::chrono::milliseconds(100));
        co_await peer.send(
            one_screen(static_cast<unsigned>(size.width), static_cast<unsigned>(size.height)));
        co_await peer.read_within(1 << 20U, std::chrono::milliseconds(300));
    }
}

// Nothing where nobody is let in.
Task<Size> size_now(Attack& attack)
{
    HostilePeer peer(attack);
    co_await peer.log_in();
    co_return peer.size();
}

} // namespace

Task<> desktop_sizes(Attack& attack)
{
    const Size before = co_await size_now(attack);
    std::vector<Bytes> many(255);
    for (unsigned i = 0; i < many.size(); ++i) {
        many[i] = screen(i, i, 0, 1, 1);
    }
    const Bytes left = screen(1, 0, 0, 200, 100);
    const Bytes right = screen(2, 100, 0, 200, 100);
    std::vector<Bytes> messages{
        one_screen(0, 0),
        one_screen(65535, 65535),
        one_screen(65535, 1),
        one_screen(1, 65535),
        one_screen(1, 0),
        set_desktop_size(640, 480, {}),
        set_desktop_size(640, 480, many),
        set_desktop_size(300, 100, {left, right}),                  // over each other
        set_desktop_size(300, 100, {left, left}),                   // one id twice
        set_desktop_size(300, 100, {screen(1, 200, 50, 200, 100)}), // outside
        set_desktop_size(300, 100, {screen(1, 65535, 65535, 65535, 65535)}),
        set_desktop_size(300, 100, {screen(1, 0, 0, 0, 0)}),
        join(u8(251), u8(0), u16(300), u16(100), u8(255), u8(0), zeros(40)), // and nothing more
    };
    co_await send_announced(attack, kDesktopSize, std::move(messages));
    if (!before.is_empty()) {
        co_await restore(attack, before);
    }
}

namespace {

Task<> resize_again_and_again(Attack& attack, HostilePeer& peer)
{
    for (unsigned i = 0; i < 150 && !peer.is_closed(); ++i) {
        co_await peer.send(join(one_screen(200 + i % 50 * 13, 150 + i % 50 * 11),
                                request(false, 0, 0, 65535, 65535)));
        co_await attack.loop().sleep_for(std::chrono::milliseconds(10));
    }
}

Task<> resize_one_storm(Attack& attack, std::size_t number)
{
    HostilePeer peer(attack);
    const bool is_in = co_await peer.log_in();
    if (!is_in) {
        co_return;
    }
    co_await peer.send(announced(kDesktopSize));
    co_await peer.read_within(1 << 20U, std::chrono::milliseconds(100));
    if (number == 0) { // all at once, unread
        Bytes all;
        for (unsigned i = 0; i < 300; ++i) {
            all = join(all, one_screen(200 + i, 150 + i));
        }
        co_await peer.send(std::move(all));
    } else {
        co_await run_until_first_ends(peer.drain(), resize_again_and_again(attack, peer));
    }
    co_await peer.watch(Attack::kPatience);
}

} // namespace

Task<> resize_storm(Attack& attack)
{
    const Size before = co_await size_now(attack);
    co_await attack.for_each(3, 3, resize_one_storm);
    if (!before.is_empty()) {
        co_await restore(attack, before);
    }
}

Task<> qemu_messages(Attack& attack)
{
    std::vector<Bytes> messages;
    for (const unsigned format : {0U, 5U, 6U, 255U}) {
        for (const unsigned channels : {0U, 1U, 3U, 255U}) {
            messages.push_back(join(u8(255), u8(1), u16(2), u8(format), u8(channels), u32(44100)));
        }
    }
    for (const std::uint32_t rate : {0U, 1U, 0x7fffffffU, 0xffffffffU}) {
        messages.push_back(join(u8(255), u8(1), u16(2), u8(3), u8(2), u32(rate)));
    }
    messages.push_back(join(u8(255), u8(1), u16(0xffff)));
    messages.push_back(repeated(join(u8(255), u8(1), u16(0), u8(255), u8(1), u16(1)), 1000));
    messages.push_back(join(u8(255), u8(2), zeros(64)));
    messages.push_back(join(u8(255), u8(255), filled(64, 0xff)));
    co_await send_announced(attack, kAudio, std::move(messages));
    std::vector<Bytes> keys;
    for (const std::uint32_t code : {0U, 0x80U, 0xffU, 0x100U, 0xe05dU, 0x7fffffffU, 0xffffffffU}) {
        keys.push_back(join(u8(255), u8(0), u16(0xffff), u32(0), u32(code)));
    }
    co_await send_announced(attack, kExtendedKey, std::move(keys));
}

// Codes and versions that mean nothing: those that do could end the machine.
Task<> xvp(Attack& attack)
{
    std::vector<Bytes> messages{
        join(u8(250), u8(0), u8(1), u8(0)),
        join(u8(250), u8(0), u8(1), u8(1)),
        join(u8(250), u8(0), u8(1), u8(5)),
        join(u8(250), u8(0), u8(1), u8(255)),
        join(u8(250), u8(255), u8(0), u8(255)),
        join(u8(250), u8(0), u8(255), u8(255)),
        repeated(join(u8(250), u8(0), u8(1), u8(255)), 5000),
    };
    co_await send_announced(attack, kXvp, std::move(messages));
}

Task<> clipboard(Attack& attack)
{
    const Bytes head = join(u8(6), zeros(3));
    constexpr std::uint32_t kCaps = 0x01000000;
    constexpr std::uint32_t kRequest = 0x02000000;
    constexpr std::uint32_t kPeek = 0x04000000;
    constexpr std::uint32_t kNotify = 0x08000000;
    constexpr std::uint32_t kProvide = 0x10000000;
    // zlib of a length and a text: cut short; of a block type that does not exist; of 2^32-1 bytes.
    const Bytes cut = join(u16(0x789c), u8(0x63));
    const Bytes broken = join(u16(0x789c), filled(16, 0xff));
    const Bytes long_text =
        join(u16(0x7801), u8(1), u16(0x0500), u16(0xfaff), u32(0xffffffff), u8('A'), zeros(4));
    std::vector<Bytes> messages;
    for (const std::int32_t length : {-1, -2, -3, -4, -5, -7}) {
        messages.push_back(join(head, s32(length), filled(8, 0xff)));
    }
    messages.push_back(join(head, s32(-0x7fffffff - 1)));
    messages.push_back(join(head, s32(-0x7fffffff), filled(std::size_t{64} * 1024, 0xff)));
    for (const std::uint32_t action : {kCaps, kRequest, kPeek, kNotify, kProvide}) {
        messages.push_back(join(head, s32(-4), u32(action | 0xffffU)));
        messages.push_back(join(head, s32(-4), u32(action)));
    }
    messages.push_back(join(head, s32(-4), u32(0xffffffff)));
    messages.push_back(join(head, s32(-8), u32(kCaps | 0xffffU), u32(0xffffffff)));
    const std::vector<Bytes> contents{cut, broken, long_text, {}};
    for (const Bytes& data : contents) {
        messages.push_back(
            join(head, s32(-4 - static_cast<std::int32_t>(data.size())), u32(kProvide | 1U), data));
    }
    // Asked for over and over, before anything was negotiated.
    messages.push_back(repeated(join(head, s32(-4), u32(kRequest | 1U)), 5000));
    co_await send_announced(attack, kClipboard, std::move(messages));
}

} // namespace covnc::load
