// Texts copied by one viewer or in the machine reach the others, in the form that each knows.
#include "rfb/extended_clipboard.h"
#include "tests/rfb/session_world.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using std::chrono::milliseconds;

namespace {

constexpr const char* kListClipboard = "02 00 0001 c0a1e5ce";
constexpr const char* kCaps = "03 000000 fffffff8 1f000001 00000000";
constexpr const char* kNotify = "03 000000 fffffffc 08000001";
constexpr const char* kRequest = "03 000000 fffffffc 02000001";
constexpr const char* kCafe = "06 000000 00000004 636166e9"; // "café" in Latin-1
constexpr const char* kCafeToViewer = "03 000000 00000004 636166e9";

std::string to_hex(const Bytes& bytes)
{
    std::string text;
    for (const std::uint8_t byte : bytes) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 0xfU];
    }
    return text;
}

// As a viewer sends it (6), or gets it (3).
std::string provide_message(const char* type, const std::string& text)
{
    const Bytes bytes = clipboard_provide(text);
    Bytes length;
    ByteWriter(length).s32(-static_cast<std::int32_t>(bytes.size()));
    return std::string(type) + " 000000" + to_hex(length) + to_hex(bytes);
}

} // namespace

TEST_CASE("a text that a viewer copies reaches the machine and the others", "[session_clipboard]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& first = world.connect();
        Peer& old = world.connect();
        Peer& modern = world.connect();
        co_await first.log_in();
        co_await old.log_in();
        co_await modern.log_in();
        co_await modern.send(kListClipboard);
        co_await modern.expect(kCaps);
        co_await first.send(kCafe);
        co_await old.expect(kCafeToViewer);
        co_await modern.expect(kNotify);
        CHECK(world.sink.log == std::vector<std::string>{"cut text caf\xc3\xa9"});
        co_await modern.send("06 000000 fffffffc 02000001");
        co_await modern.expect(provide_message("03", "caf\xc3\xa9"));
        co_await first.expect_silence();
    });
}

TEST_CASE("the extended clipboard's text is asked for, and given on", "[session_clipboard]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& modern = world.connect();
        Peer& old = world.connect();
        co_await modern.log_in();
        co_await old.log_in();
        co_await modern.send(kListClipboard);
        co_await modern.expect(kCaps);
        co_await modern.send("06 000000 fffffff8 1f000001 00100000"); // its capabilities
        co_await modern.send("06 000000 fffffffc 08000001");          // it has a text
        co_await modern.expect(kRequest);
        co_await modern.send(provide_message("06", "5 \xe2\x82\xac\nzwei"));
        co_await old.expect("03 000000 00000008 35203f0a7a776569");
        CHECK(world.sink.log == std::vector<std::string>{"cut text 5 \xe2\x82\xac\nzwei"});
        // What it has itself it is told only when it asks.
        co_await modern.expect_silence();
        co_await modern.send("06 000000 fffffffc 04000000");
        co_await modern.expect(kNotify);
        // Its clipboard holds no text, or a format that we never wanted.
        co_await modern.send("06 000000 fffffffc 08000000");
        co_await modern.send("06 000000 fffffffc 10000002");
        co_await modern.expect_silence();
        CHECK(modern.ended().empty());
    });
}

TEST_CASE("the machine's text reaches who is there, and no newcomer unasked", "[session_clipboard]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& old = world.connect();
        co_await old.log_in();
        co_await world.sleep(milliseconds(1));
        world.display.set_clipboard("one");
        world.display.set_clipboard("two"); // only the last one counts
        co_await old.expect("03 000000 00000003 74776f");
        CHECK(world.sink.log.empty());
        Peer& late = world.connect();
        co_await late.log_in();
        co_await late.send(kListClipboard);
        co_await late.expect(kCaps);
        co_await late.expect_silence();
        co_await late.send("06 000000 fffffffc 02000001");
        co_await late.expect(provide_message("03", "two"));
        // Too long for anybody.
        world.display.set_clipboard(std::string(kMaxCutText + 1, 'x'));
        co_await old.expect_silence();
    });
}

TEST_CASE("who may only look neither gives nor gets a text", "[session_clipboard]")
{
    play({2, 1}, [](World& world) -> Task<> {
        world.policy.types = {SecurityType::kVncAuth};
        world.policy.passwords = {"full", "look"};
        Peer& watcher = world.connect();
        co_await watcher.log_in("look");
        co_await watcher.send(kListClipboard);
        co_await watcher.expect(kCaps);
        co_await watcher.send(kCafe);
        co_await watcher.send("06 000000 fffffffc 08000001");
        co_await watcher.send(provide_message("06", "x"));
        world.display.set_clipboard("secret");
        co_await watcher.send("06 000000 fffffffc 02000001");
        co_await watcher.expect_silence();
        CHECK(world.sink.log.empty());
        CHECK(watcher.ended().empty());
    });
}

TEST_CASE("the policy says which way texts go", "[session_clipboard]")
{
    play({2, 1}, [](World& world) -> Task<> {
        world.policy.clipboard = {false, true};
        Peer& peer = world.connect();
        co_await peer.log_in();
        co_await peer.send(kCafe);
        co_await world.sleep(milliseconds(1));
        CHECK(world.sink.log.empty());
        world.display.set_clipboard("out");
        co_await peer.expect("03 000000 00000003 6f7574");
        world.policy.clipboard = {true, false};
        world.display.set_clipboard("not out");
        co_await peer.expect_silence();
        co_await peer.send(kCafe);
        co_await world.sleep(milliseconds(1));
        CHECK(world.sink.log.size() == 1);
    });
}

TEST_CASE("extended messages that were not announced, or are nonsense, end the connection",
          "[session_clipboard]")
{
    play({2, 1}, [](World& world) -> Task<> {
        Peer& early = world.connect(); // CVE-2023-6683: before it listed the extension
        co_await early.log_in();
        co_await early.send("06 000000 fffffffc 02000001");
        co_await early.expect_end();
        CHECK_THAT(early.ended(), Catch::StartsWith("ProtocolError: CutText has the length -4"));
        Peer& two = world.connect();
        co_await two.log_in();
        co_await two.send(kListClipboard);
        co_await two.expect(kCaps);
        co_await two.send("06 000000 fffffffc 06000001");
        co_await two.expect_end();
        CHECK_THAT(two.ended(), Catch::Contains("has 2 actions instead of one"));
        Peer& damaged = world.connect();
        co_await damaged.log_in();
        co_await damaged.send(kListClipboard);
        co_await damaged.expect(kCaps);
        co_await damaged.send("06 000000 fffffff8 10000001 00112233");
        co_await damaged.expect_end();
        CHECK_THAT(damaged.ended(), Catch::Contains("zlib data is damaged"));
    });
}
