// What a viewer may send with RSA-AES. The fuzzer cannot encrypt, so a viewer of ours goes as far
// as the input says, and then sends the input: in clear, or in records.
//
// The first byte picks the type and the place.
#include "coroutine/memory_stream.h"
#include "rfb/security/rsa_aes.h"
#include "rfb/security/rsa_aes_stream.h"
#include "rfb/security/rsa_aes_suite.h"
#include "rfb/security/rsa_key.h"
#include "tests/rfb/security/test_keys.h"
#include "tools/fuzz/session_under_test.h"

#include <array>
#include <memory>
#include <string_view>

namespace {

using namespace covnc;

// Where the input takes over from the viewer.
enum class Place : std::uint8_t { kKey, kRandom, kHash, kHashInRecord, kCredentials, kSession };

std::shared_ptr<const RsaKey> key_of(std::string_view pem)
{
    const Bytes bytes(pem.begin(), pem.end());
    return std::make_shared<const RsaKey>(RsaKey::parse(bytes));
}

const std::shared_ptr<const RsaKey>& server_key()
{
    static const std::shared_ptr<const RsaKey> key = key_of(test::kServerKey);
    return key;
}

const RsaKey& viewer_key()
{
    static const std::shared_ptr<const RsaKey> key = key_of(test::kViewerKey);
    return *key;
}

Task<> play_viewer(Stream& stream, const RsaAesSuite& suite, Place place, ByteView input)
{
    const auto is_here = [&](Place here) { return place == here; };
    Bytes server_wire(server_key()->public_key().wire().size());
    co_await stream.read_exact(server_wire);
    const Bytes& wire = viewer_key().public_key().wire();
    const ByteView first = is_here(Place::kKey) ? input : ByteView(wire);
    co_await stream.write_all(first);
    Bytes random(2 + rsa_size(viewer_key().public_key().bits()));
    co_await stream.read_exact(random);
    Bytes theirs(suite.random_size());
    viewer_key().decrypt(ByteView(random).subspan(2), theirs);
    const Bytes ours(suite.random_size(), 7);
    Bytes out{0, 128};
    ByteWriter(out).bytes(server_key()->public_key().encrypt(ours));
    const ByteView second = is_here(Place::kRandom) ? input : ByteView(out);
    co_await stream.write_all(second);
    if (is_here(Place::kHash)) {
        co_await stream.write_all(input);
    }
    RsaAesKeys keys;
    keys.reading = suite.session_key(ours, theirs);
    keys.writing = suite.session_key(theirs, ours);
    RsaAesStream records(stream, keys);
    const Bytes hash = suite.hash(wire, server_wire);
    const ByteView third = is_here(Place::kHashInRecord) ? input : ByteView(hash);
    co_await records.write_all(third);
    const Bytes credentials{0, 6, 's', 'e', 'c', 'r', 'e', 't'};
    const ByteView last = is_here(Place::kCredentials) ? input : ByteView(credentials);
    co_await records.write_all(last);
    if (is_here(Place::kSession)) {
        co_await stream.write_all(input);
        co_await records.write_all(input);
    }
}

Task<> be_viewer(Stream& stream, const RsaAesSuite& suite, Place place, ByteView input)
{
    try {
        co_await play_viewer(stream, suite, place, input);
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): the server has had enough
    }
    stream.shutdown_write();
}

Task<> be_server(Stream& stream, SecurityType type, const AccessPolicy& policy, WorkerPool& pool)
{
    Channel channel(stream);
    try {
        co_await log_in_rsa_aes(channel, type, policy, pool);
        Bytes some(1000);
        for (;;) {
            const std::size_t count = co_await channel.reader().read_some(some);
            if (count == 0) {
                break;
            }
        }
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): how most inputs end
    }
    stream.shutdown_write();
}

Task<> play(EventLoop& loop, std::uint8_t choice, ByteView input)
{
    constexpr std::array kTypes{
        SecurityType::kRa2, SecurityType::kRa2ne, SecurityType::kRa2_256, SecurityType::kRa2ne_256};
    const SecurityType type = kTypes[choice % kTypes.size()];
    const auto place = static_cast<Place>(choice / kTypes.size() % 6);
    fuzz::InlinePool pool(loop);
    AccessPolicy policy;
    policy.rsa_key = server_key();
    policy.passwords = {"secret", "look", {}};
    const RsaAesSuite suite(type);
    MemoryPipeScript script;
    script.capacity = 4 * input.size() + 65536;
    auto ends = make_memory_streams(script, {});
    co_await when_all(be_server(*ends.second, type, policy, pool),
                      be_viewer(*ends.first, suite, place, input));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) {
        return 0;
    }
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run(play(loop, data[0], {data + 1, size - 1}));
    return 0;
}
