// Attacks with the messages that every server knows, after a proper login.
#include "coroutine/combinators.h"
#include "tools/load/abuse_attacks.h"
#include "tools/load/abuse_bytes.h"
#include "tools/load/abuse_peer.h"

#include <algorithm>
#include <array>

namespace covnc::load {

namespace {

struct Channels
{
    std::array<unsigned, 3> max{255, 255, 255};
    std::array<unsigned, 3> shift{16, 8, 0};
};

Bytes set_format(unsigned bits, unsigned depth, bool true_colour, const Channels& channels)
{
    Bytes out = join(u8(0), zeros(3), u8(bits), u8(depth), u8(0), u8(true_colour ? 1 : 0));
    for (const unsigned max : channels.max) {
        ByteWriter(out).u16(static_cast<std::uint16_t>(max));
    }
    for (const unsigned shift : channels.shift) {
        ByteWriter(out).u8(static_cast<std::uint8_t>(shift));
    }
    ByteWriter(out).padding(3);
    return out;
}

} // namespace

// Each with a request behind it, so that the format is used where it is taken.
Task<> pixel_formats(Attack& attack)
{
    const Channels usual;
    const auto with_max = [](unsigned r, unsigned g, unsigned b) {
        return Channels{{r, g, b}, {16, 8, 0}};
    };
    const auto with_shift = [](unsigned r, unsigned g, unsigned b) {
        return Channels{{255, 255, 255}, {r, g, b}};
    };
    std::vector<Bytes> inputs;
    for (const unsigned bits : {0U, 1U, 7U, 24U, 64U, 255U}) {
        inputs.push_back(set_format(bits, std::min(bits, 24U), true, usual));
    }
    inputs.push_back(set_format(32, 0, true, usual));
    inputs.push_back(set_format(16, 24, true, usual));
    inputs.push_back(set_format(32, 255, true, usual));
    inputs.push_back(set_format(32, 24, true, with_max(0, 0, 0)));
    inputs.push_back(set_format(32, 24, true, with_max(0, 255, 255)));
    inputs.push_back(set_format(32, 24, true, with_max(254, 255, 255)));
    inputs.push_back(set_format(32, 32, true, with_max(65535, 65535, 65535)));
    inputs.push_back(set_format(8, 8, true, with_max(65535, 65535, 65535)));
    inputs.push_back(set_format(32, 24, true, with_shift(255, 255, 255)));
    inputs.push_back(set_format(32, 24, true, with_shift(32, 8, 0)));
    inputs.push_back(set_format(32, 24, true, with_shift(28, 8, 0)));
    inputs.push_back(set_format(32, 24, true, with_shift(8, 8, 8)));
    inputs.push_back(set_format(8, 8, true, with_shift(16, 8, 0)));
    inputs.push_back(set_format(16, 16, false, usual));
    inputs.push_back(set_format(32, 24, false, usual));
    for (Bytes& input : inputs) {
        input = join(encodings({16, 5, 0}), input, request(false, 0, 0, 64, 64));
    }
    co_await attack.send_each(Stage::kLoggedIn, std::move(inputs));
}

Task<> unknown_types(Attack& attack)
{
    constexpr std::array<unsigned, 9> kKnown{0, 2, 3, 4, 5, 6, 250, 251, 255};
    std::vector<Bytes> inputs;
    for (unsigned type = 0; type < 256; ++type) {
        if (std::find(kKnown.begin(), kKnown.end(), type) == kKnown.end()) {
            inputs.push_back(join(u8(type), filled(63, 0)));
            inputs.push_back(join(u8(type), filled(63, 0xff)));
        }
    }
    co_await attack.send_each(Stage::kLoggedIn, std::move(inputs));
}

Task<> cut_texts(Attack& attack)
{
    const Bytes head = join(u8(6), zeros(3));
    const Bytes some = filled(std::size_t{64} * 1024, 'A');
    std::vector<Bytes> inputs;
    for (const std::uint32_t length :
         {0U, 1U, 0x100001U, 0x7fffffffU, 0x80000000U, 0x80000001U, 0xfffffffcU, 0xffffffffU}) {
        inputs.push_back(join(head, u32(length)));
        inputs.push_back(join(head, u32(length), some));
    }
    // Nothing but an empty text, over and over.
    inputs.push_back(repeated(join(head, u32(0)), 5000));
    co_await attack.send_each(Stage::kLoggedIn, std::move(inputs));
}

Task<> encoding_lists(Attack& attack)
{
    const Bytes head = join(u8(2), u8(0), u16(65535));
    Bytes all = head;
    for (std::int32_t i = 0; i < 65535; ++i) {
        ByteWriter(all).s32(i - 1000);
    }
    const Bytes ask = request(false, 0, 0, 64, 64);
    std::vector<Bytes> inputs{
        join(all, ask),
        join(repeated(all, 8), ask),
        join(head, repeated(u32(0xffffffff), 65535), ask),
        join(head, repeated(s32(16), 65535), ask),
        join(u8(2), u8(0), u16(0), ask),
        head, // and nothing behind it
        join(head, zeros(3)),
        join(repeated(encodings({}), 20000), ask),
    };
    co_await attack.send_each(Stage::kLoggedIn, std::move(inputs));
}

Task<> odd_requests(Attack& attack)
{
    Bytes all;
    std::vector<Bytes> inputs;
    for (const bool incremental : {false, true}) {
        for (const unsigned x : {0U, 1U, 65535U}) {
            for (const unsigned side : {0U, 1U, 65535U}) {
                inputs.push_back(request(incremental, x, x, side, side));
                inputs.push_back(request(incremental, x, 0, side, 65535 - side));
                all = join(all, request(incremental, x, x, side, 65535));
            }
        }
    }
    inputs.push_back(repeated(all, 50));
    inputs.push_back(join(encodings({7, 16, 5, -223, -224}), repeated(all, 50)));
    co_await attack.send_each(Stage::kLoggedIn, std::move(inputs));
}

namespace {

// Pixel formats and encodings that change while updates are on their way, all of them legal.
Task<> change_formats(HostilePeer& peer, std::mt19937& random)
{
    const std::array formats{
        set_format(32, 24, true, {}),
        set_format(16, 16, true, {{31, 63, 31}, {11, 5, 0}}),
        set_format(8, 8, true, {{7, 7, 3}, {0, 3, 6}}),
        set_format(8, 8, false, {}),
    };
    constexpr std::array<std::int32_t, 8> kEncodings{0, 1, 2, 5, 6, 7, 15, 16};
    for (int i = 0; i < 500 && !peer.is_closed(); ++i) {
        const std::int32_t encoding = kEncodings.at(random() % kEncodings.size());
        const Bytes& format = formats.at(random() % formats.size());
        const Bytes wanted = encodings({encoding, -223, -224, -239});
        const Bytes ask = request(random() % 2 == 0, 0, 0, 65535, 65535);
        const bool changes_format = random() % 2 == 0;
        const Bytes change = changes_format ? join(ask, format, ask) : join(wanted, ask, format);
        co_await peer.send(change);
    }
}

Task<> change_formats_once(Attack& attack, std::size_t /*number*/)
{
    HostilePeer peer(attack);
    const bool is_in = co_await peer.log_in();
    if (!is_in) {
        co_return;
    }
    co_await run_until_first_ends(peer.drain(), change_formats(peer, attack.random()));
    co_await peer.watch(Attack::kPatience);
}

} // namespace

Task<> format_changes(Attack& attack)
{
    co_await attack.for_each(4, 4, change_formats_once);
}

namespace {

// So many bytes of an update are read, then the connection ends; every second time with a reset.
Task<> cut_update(Attack& attack, std::size_t number)
{
    constexpr std::array<std::size_t, 10> kBytes{0, 1, 3, 4, 7, 16, 17, 1000, 65536, 1 << 20U};
    constexpr std::array<std::int32_t, 4> kEncodings{0, 5, 16, 7};
    HostilePeer peer(attack);
    const bool is_in = co_await peer.log_in();
    if (!is_in) {
        co_return;
    }
    const std::int32_t encoding = kEncodings.at(number / 2 % kEncodings.size());
    const Bytes ask = request(false, 0, 0, 65535, 65535);
    const Bytes wanted = encodings({encoding});
    co_await peer.send(join(wanted, ask, ask));
    co_await peer.read_within(kBytes.at(number / 8), Attack::kPatience / 2);
    if (number % 2 == 0) {
        peer.leave();
    } else {
        peer.reset();
    }
}

} // namespace

Task<> cut_updates(Attack& attack)
{
    constexpr std::size_t kCases = 10 * 4 * 2; // bytes, encodings, ways to go
    co_await attack.for_each(kCases, Attack::kAtOnce, cut_update);
}

namespace {

// Likely types first, so that more than the first byte is looked at. No xvp: a lucky one would end
// the machine.
Task<> send_random(Attack& attack, std::size_t /*number*/)
{
    constexpr std::array<std::uint8_t, 9> kTypes{0, 2, 3, 4, 5, 6, 150, 248, 251};
    std::mt19937& random = attack.random();
    Bytes bytes;
    if (random() % 2 == 0) {
        bytes = encodings({16, 7, 0, -223, -308, -312, -313, -258, -1063131698});
        bytes = join(bytes, request(false, 0, 0, 64, 64));
    }
    bytes.push_back(kTypes.at(random() % kTypes.size()));
    const std::size_t count = 1 + random() % 400;
    for (std::size_t i = 0; i < count; ++i) {
        bytes.push_back(static_cast<std::uint8_t>(random()));
    }
    HostilePeer peer(attack);
    const bool is_in = co_await peer.log_in();
    if (is_in) {
        co_await peer.send(std::move(bytes));
        co_await peer.watch(std::chrono::milliseconds(100));
    }
}

} // namespace

Task<> random_bytes(Attack& attack)
{
    co_await attack.for_each(400, Attack::kAtOnce, send_random);
}

} // namespace covnc::load
