// Records of AES-EAX: known bytes, and whatever a peer makes of them.
#include "rfb/security/rsa_aes_stream.h"
#include "rfb/security/rsa_aes_suite.h"
#include "tests/rfb/security/login_support.h"

#include <catch2/catch.hpp>

#include <numeric>

using namespace covnc;
using namespace covnc::test;

namespace {

Bytes counting(std::uint8_t first, std::size_t count)
{
    Bytes bytes(count);
    std::iota(bytes.begin(), bytes.end(), first);
    return bytes;
}

Bytes bytes_of(const Secret& secret)
{
    return Bytes(secret.bytes().begin(), secret.bytes().end());
}

Bytes sealed(RecordCipher& cipher, const Bytes& text)
{
    Bytes record(RecordCipher::kHead);
    record.insert(record.end(), text.begin(), text.end());
    record.resize(record.size() + RecordCipher::kTag);
    cipher.seal(record);
    return record;
}

RsaAesKeys keys_with(std::uint8_t reading, std::uint8_t writing, std::size_t size = 16)
{
    RsaAesKeys keys;
    keys.reading = Secret(std::string(size, static_cast<char>(reading)));
    keys.writing = Secret(std::string(size, static_cast<char>(writing)));
    return keys;
}

// Both ends of a connection with records on it.
struct Pair
{
    explicit Pair(MemoryPipeScript forward = {}, std::size_t key_size = 16)
        : ends(make_memory_streams(std::move(forward), {})),
          near(*ends.first, keys_with(1, 2, key_size)),
          far(*ends.second, keys_with(2, 1, key_size))
    {}
    std::pair<std::unique_ptr<MemoryStream>, std::unique_ptr<MemoryStream>> ends;
    RsaAesStream near;
    RsaAesStream far;
};

// What comes of reading these bytes as records: the text, or the error's.
Task<std::string> read_all(Bytes raw)
{
    MemoryPipeScript script;
    script.capacity = raw.size() + 1;
    Pair pair(script);
    co_await pair.ends.first->write_all(ByteView(raw));
    pair.ends.first->shutdown_write();
    std::string text;
    try {
        for (;;) {
            std::array<std::uint8_t, 7> piece{};
            const std::size_t count = co_await pair.far.read_some(piece);
            if (count == 0) {
                co_return text;
            }
            text.append(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
        }
    } catch (const AuthenticationError&) {
        text += "|AuthenticationError";
    } catch (const ProtocolError& error) {
        text += "|ProtocolError";
    } catch (const Disconnected&) {
        text += "|Disconnected";
    }
    co_return text;
}

std::string outcome_of(const Bytes& raw)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    return loop.run(read_all(raw));
}

Bytes text_bytes(std::string_view text)
{
    return Bytes(text.begin(), text.end());
}

} // namespace

TEST_CASE("session keys are those of the specification", "[rsa-aes]")
{
    const RsaAesSuite suite(SecurityType::kRa2);
    const Bytes server = counting(0, 16);
    const Bytes client = counting(16, 16);
    CHECK(bytes_of(suite.session_key(server, client)) == hex("ae5bd8efea5322c4d9986d06680a7813"));
    CHECK(bytes_of(suite.session_key(client, server)) == hex("b97cd424c4711eb518790ce07939ebac"));

    const RsaAesSuite suite_256(SecurityType::kRa2ne_256);
    const Bytes server_256 = counting(0, 32);
    const Bytes client_256 = counting(32, 32);
    CHECK(bytes_of(suite_256.session_key(server_256, client_256)) ==
          hex("fdeab9acf3710362bd2658cdc9a29e8f9c757fcf9811603a8c447cd1d9151108"));
    CHECK(bytes_of(suite_256.session_key(client_256, server_256)) ==
          hex("84e4bd6ca2af96412fdc62fe44d4e9709cdc31933081a62486a48a154b582d53"));
}

TEST_CASE("records are those of the specification, one after the other", "[rsa-aes]")
{
    RecordCipher cipher(hex("b97cd424c4711eb518790ce07939ebac"));
    CHECK(sealed(cipher, hex("02")) == hex("00012151eb44f070af3881fa9e5bfca054dc2c"));
    CHECK(sealed(cipher, hex("00000000")) == hex("0004fd5f7f42d6d3fa390d41dc42609e170c2a83c4fd"));
    CHECK_THROWS_AS(RecordCipher(hex("00")), std::invalid_argument);
}

TEST_CASE("what goes into one end comes out of the other, however it is cut", "[rsa-aes]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run([]() -> Task<> {
        for (const std::size_t key_size : {16U, 32U}) {
            Random random;
            MemoryPipeScript script;
            script.step = [&random] { return 1 + random.below(700); };
            Pair pair(script, key_size);
            const std::array<Bytes, 6> pieces{random.bytes(3),
                                              Bytes(),
                                              random.bytes(8189),
                                              random.bytes(8192),
                                              random.bytes(100000),
                                              random.bytes(1)};
            Bytes whole;
            std::vector<ByteView> views;
            for (const Bytes& piece : pieces) {
                whole.insert(whole.end(), piece.begin(), piece.end());
                views.emplace_back(piece);
            }
            Bytes got(whole.size());
            co_await when_all(pair.near.write_all(views), pair.far.read_exact(got));
            CHECK(got == whole);
            co_await when_all(pair.far.write_all(views), pair.near.read_exact(got));
            CHECK(got == whole);
        }
    }());
}

TEST_CASE("nothing to write writes nothing", "[rsa-aes]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run([]() -> Task<> {
        Pair pair;
        co_await pair.near.write_all(ByteView());
        const Bytes some = hex("01");
        co_await pair.near.write_all(ByteView(some));
        CHECK(pair.near.bytes_written() == 2 + 1 + 16);
        pair.near.shutdown_write();
        Bytes got(1);
        co_await pair.far.read_exact(got);
        CHECK(got == some);
        const std::size_t end = co_await pair.far.read_some(got);
        CHECK(end == 0);
    }());
}

TEST_CASE("a record of any length is taken, but for none", "[rsa-aes]")
{
    const Bytes key(16, 2);
    RecordCipher cipher(key);
    const std::string longest(65535, 'x');
    CHECK(outcome_of(sealed(cipher, text_bytes(longest))) == longest);
    RecordCipher second(key);
    CHECK(outcome_of(sealed(second, {})) == "|ProtocolError");
}

TEST_CASE("each bit of a record counts, and its place", "[rsa-aes]")
{
    const Bytes key(16, 2);
    RecordCipher cipher(key);
    const Bytes first = sealed(cipher, text_bytes("first"));
    const Bytes second = sealed(cipher, text_bytes("second"));
    const auto joined = [](const Bytes& a, const Bytes& b) {
        Bytes both = a;
        both.insert(both.end(), b.begin(), b.end());
        return both;
    };
    CHECK(outcome_of(joined(first, second)) == "firstsecond");
    CHECK(outcome_of(joined(first, first)) == "first|AuthenticationError");
    CHECK(outcome_of(second) == "|AuthenticationError");
    for (std::size_t bit = 0; bit < first.size() * 8; ++bit) {
        Bytes changed = joined(first, second);
        changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
        CAPTURE(bit);
        CHECK_THAT(outcome_of(changed), Catch::StartsWith("|"));
    }
    for (std::size_t length = 1; length < first.size(); ++length) {
        const Bytes cut(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(length));
        CAPTURE(length);
        CHECK(outcome_of(cut) == "|Disconnected");
    }
}
