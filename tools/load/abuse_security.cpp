// Attacks on the exchanges of security types, where the server offers them.
#include "coroutine/task_scope.h"
#include "rfb/security/vnc_auth.h"
#include "tools/load/abuse_attacks.h"
#include "tools/load/abuse_bytes.h"
#include "tools/load/abuse_peer.h"

#include <algorithm>
#include <array>

namespace covnc::load {

namespace {

constexpr std::uint8_t kTight = 16;
constexpr std::uint8_t kSasl = 20;
constexpr std::size_t kChallenge = 16; // bytes

// Connects with 3.8 and chooses `type`. False where the server does not offer it, or is not there.
Task<bool> choose(HostilePeer& peer, std::uint8_t type)
{
    const bool is_there = co_await peer.read_version();
    if (!is_there) {
        co_return false;
    }
    co_await peer.send(text("RFB 003.008\n"));
    const std::optional<Bytes> types = co_await peer.offered_types();
    if (!types || std::find(types->begin(), types->end(), type) == types->end()) {
        co_return false;
    }
    co_await peer.send(u8(type));
    co_return true;
}

// One input right behind the choice of `type`.
Task<> send_one_behind(Attack& attack, std::uint8_t type, const Bytes& input)
{
    constexpr Duration kPatience = 2 * Attack::kPatience; // wrong passwords are answered late
    HostilePeer peer(attack);
    const bool is_offered = co_await choose(peer, type);
    if (is_offered) {
        co_await peer.send(input);
        co_await peer.watch(kPatience);
        attack.reactions().let_in += holds_server_init(peer.heard()) ? 1U : 0U;
    } else if (!peer.is_closed()) {
        attack.note("type " + std::to_string(type) + " not offered");
    }
}

// Each on a connection of its own.
Task<> send_behind(Attack& attack, std::uint8_t type, std::vector<Bytes> inputs)
{
    TaskScope scope(co_await current_context());
    for (const Bytes& input : inputs) {
        scope.spawn(send_one_behind(attack, type, input));
    }
    co_await scope.join();
}

} // namespace

// Few: some servers lock out an address after five.
Task<> wrong_passwords(Attack& attack)
{
    const auto type = static_cast<std::uint8_t>(SecurityType::kVncAuth);
    HostilePeer peer(attack);
    const bool is_offered = co_await choose(peer, type);
    std::optional<Bytes> challenge;
    if (is_offered) {
        challenge = co_await peer.read(kChallenge);
    }
    if (challenge) {
        VncChallenge asked{};
        std::copy(challenge->begin(), challenge->end(), asked.begin());
        const VncResponse of_no_password = vnc_response("", asked);
        co_await peer.send(join(of_no_password, u8(1)));
        co_await peer.watch(HostilePeer::kStepLimit);
        attack.reactions().let_in += holds_server_init(peer.heard()) ? 1U : 0U;
    }
    std::vector<Bytes> inputs{
        u8(1),
        join(zeros(kChallenge), u8(1)),
        filled(std::size_t{64} * 1024, 0xff),
    };
    co_await send_behind(attack, type, std::move(inputs));
}

Task<> tight_security(Attack& attack)
{
    std::vector<Bytes> inputs{
        u32(0xffffffff),
        s32(-0x7fffffff - 1),
        join(u32(0), u32(0xffffffff)),
        join(u32(0), u32(2), zeros(15)),
        join(u32(0), u32(129), u32(0xffffffff), u32(0xffffffff), filled(256, 'A')),
        filled(std::size_t{64} * 1024, 0x7f),
    };
    co_await send_behind(attack, kTight, inputs);
}

Task<> vencrypt(Attack& attack)
{
    std::vector<Bytes> inputs{
        join(u8(255), u8(255)),
        join(u8(0), u8(1), u8(1)),
        join(u8(0), u8(2), u32(0)),
        join(u8(0), u8(2), u32(0xffffffff)),
        join(u8(0), u8(2), u32(19)), // itself
        filled(4096, 0),
    };
    for (std::uint32_t subtype = 256; subtype <= 264; ++subtype) {
        // Plain's lengths, in clear even where TLS is due; then a TLS record that ends early.
        const Bytes choice = join(u8(0), u8(2), u32(subtype));
        inputs.push_back(join(choice, u32(0xffffffff), u32(0xffffffff), filled(64, 'A')));
        inputs.push_back(join(choice, u8(22), u16(0x301), u16(0x4000), u8(1), filled(32, 0xff)));
    }
    const auto type = static_cast<std::uint8_t>(SecurityType::kVeNCrypt);
    co_await send_behind(attack, type, std::move(inputs));
}

Task<> rsa_aes(Attack& attack)
{
    std::vector<Bytes> inputs;
    for (const std::uint32_t bits : {0U, 1U, 1023U, 1025U, 8193U, 0x7fffffffU, 0xffffffffU}) {
        inputs.push_back(join(u32(bits), filled(4096, 0xff)));
    }
    inputs.push_back(join(u32(1024), zeros(256)));                 // modulus and exponent of zero
    inputs.push_back(join(u32(1024), filled(256, 0xfe)));          // even ones
    inputs.push_back(join(u32(1024), filled(256, 1), u16(0)));     // a key, and nothing encrypted
    inputs.push_back(join(u32(1024), filled(256, 1), u16(65535))); // or too much
    constexpr std::array<std::uint8_t, 4> kTypes{5, 6, 129, 130};
    for (const std::uint8_t type : kTypes) {
        co_await send_behind(attack, type, inputs);
    }
}

Task<> sasl(Attack& attack)
{
    const Bytes name = text("PLAIN");
    std::vector<Bytes> inputs{
        u32(0xffffffff),
        u32(0),
        join(u32(101), filled(101, 'A')),
        join(u32(5), name, u32(0xffffffff)),
        join(u32(5), name, u32(0x100001), filled(1024, 0)),
        join(u32(5), zeros(5)),
    };
    co_await send_behind(attack, kSasl, inputs);
}

namespace {

// Chooses a type, and says nothing more.
Task<> abandon(Attack& attack, std::size_t type)
{
    constexpr Duration kLongest = std::chrono::seconds(12);
    HostilePeer peer(attack);
    const bool is_offered = co_await choose(peer, static_cast<std::uint8_t>(type));
    if (is_offered) {
        co_await peer.watch(kLongest);
    }
}

} // namespace

Task<> abandoned_logins(Attack& attack)
{
    HostilePeer peer(attack);
    const bool is_there = co_await peer.read_version();
    if (!is_there) {
        co_return;
    }
    co_await peer.send(text("RFB 003.008\n"));
    const std::optional<Bytes> types = co_await peer.offered_types();
    peer.leave();
    if (!types) {
        co_return;
    }
    TaskScope scope(co_await current_context());
    for (const std::uint8_t type : *types) {
        scope.spawn(abandon(attack, type));
    }
    co_await scope.join();
}

} // namespace covnc::load
