#include "rfb/audio_messages.h"
#include "rfb/client_framing.h"
#include "rfb/client_messages.h"
#include "rfb/cut_text.h"
#include "rfb/fence.h"
#include "tests/rfb/message_support.h"

#include <set>
#include <vector>

using namespace covnc;
using namespace covnc::test;

namespace {

constexpr ClientExtensions kNone{};
constexpr ClientExtensions kEverything{true, true, true, true, true, true, true, true};

// The length that head_length and tail_after find for a message.
std::size_t found_length(const Bytes& message)
{
    const std::size_t head = head_length(message.at(0), kEverything);
    REQUIRE(message.size() > head);
    const ByteView body = ByteView(message).subspan(1);
    return 1 + head + tail_after(message[0], body.first(head), kEverything).length;
}

} // namespace

TEST_CASE("a message ends where its writer stopped", "[client_framing]")
{
    std::vector<Bytes> messages = {
        written(SetPixelFormat{}),
        written(FramebufferUpdateRequest{}),
        written(KeyEvent{}),
        written(ExtendedKeyEvent{}),
        written(EnableContinuousUpdates{}),
        written(XvpRequest{}),
        written(AudioRequest{AudioOperation::kEnable, {}}),
        written(AudioRequest{AudioOperation::kSetFormat, {}}),
        written(PointerEvent{kButtonLeft, {}}, true),
        written(PointerEvent{kButtonForward, {}}, true),
        written(SetDesktopSize{{{1, 1}, std::vector<Screen>(0)}}),
        written(SetDesktopSize{{{1, 1}, std::vector<Screen>(255)}}),
        written(Fence{0, {}}),
        written(Fence{0, Bytes(64)}),
        written(CutText{false, Bytes(1000)}, ClientMessageType::kClientCutText),
        written(CutText{true, Bytes(1000)}, ClientMessageType::kClientCutText),
        {},
    };
    write_set_encodings(messages.back(), std::vector<std::int32_t>(65535));
    for (const Bytes& message : messages) {
        CAPTURE(int{message.at(0)});
        CHECK(found_length(message) == message.size());
    }
}

TEST_CASE("a type that we do not know is refused, with its number", "[client_framing]")
{
    const std::set<int> known = {0, 2, 3, 4, 5, 6, 150, 248, 250, 251, 255};
    for (int type = 0; type < 256; ++type) {
        const auto byte = static_cast<std::uint8_t>(type);
        CAPTURE(type);
        if (known.contains(type)) {
            CHECK_NOTHROW(head_length(byte, kEverything));
            continue;
        }
        CHECK_THROWS_WITH(head_length(byte, kEverything),
                          Catch::EndsWith(" " + std::to_string(type)));
        CHECK_THROWS_AS(tail_after(byte, {}, kEverything), ProtocolError);
    }
}

TEST_CASE("a message of an extension is refused until it is announced", "[client_framing]")
{
    const std::vector<std::pair<std::uint8_t, ClientExtensions>> cases = {
        {150, {.continuous_updates = true}},
        {248, {.fence = true}},
        {250, {.xvp = true}},
        {251, {.desktop_size = true}},
        {255, {.extended_keys = true}},
    };
    for (const auto& [type, extension] : cases) {
        CHECK_THROWS_WITH(head_length(type, kNone), Catch::Contains(std::to_string(type)));
        for (const auto& [other, unused] : cases) {
            if (other == type) {
                CHECK_NOTHROW(head_length(other, extension));
            } else {
                CHECK_THROWS_AS(head_length(other, extension), ProtocolError);
            }
        }
    }
}

TEST_CASE("the basic messages need no announcement", "[client_framing]")
{
    CHECK(head_length(0, kNone) == 19);
    CHECK(head_length(2, kNone) == 3);
    CHECK(head_length(3, kNone) == 9);
    CHECK(head_length(4, kNone) == 7);
    CHECK(head_length(5, kNone) == 5);
    CHECK(head_length(6, kNone) == 7);
}

TEST_CASE("a pointer event is longer only with the extension and its bit", "[client_framing]")
{
    const ClientExtensions buttons{.extended_buttons = true};
    CHECK(tail_after(5, hex("80 0000 0000"), kNone).length == 0);
    CHECK(tail_after(5, hex("80 0000 0000"), buttons).length == 1);
    CHECK(tail_after(5, hex("7f 0000 0000"), buttons).length == 0);
}

TEST_CASE("what is too long is to be skipped", "[client_framing]")
{
    using Use = MessageTail::Use;
    const auto cut_text = [](const char* length) {
        return tail_after(6, hex("000000" + std::string(length)), kEverything);
    };
    CHECK(cut_text("00040000").use == Use::kParse);
    CHECK(cut_text("00040001").use == Use::kSkip);
    CHECK(cut_text("7fffffff").length == 0x7fffffffU);
    CHECK(cut_text("7fffffff").use == Use::kSkip);
    CHECK(cut_text("80000001").length == 0x7fffffffU);
    CHECK(cut_text("80000001").use == Use::kSkip);
    CHECK_THROWS_AS(cut_text("80000000"), ProtocolError);
    CHECK_THROWS_AS(cut_text("ffffffff"), ProtocolError);
    CHECK_THROWS_AS(tail_after(6, hex("000000 80000001"), kNone), ProtocolError);
    CHECK(tail_after(248, hex("000000 00000000 40"), kEverything).use == Use::kParse);
    CHECK(tail_after(248, hex("000000 00000000 41"), kEverything).use == Use::kSkip);
    CHECK(tail_after(248, hex("000000 00000000 ff"), kEverything).length == 255);
}

TEST_CASE("a list of encodings is streamed, at its full length", "[client_framing]")
{
    const MessageTail tail = tail_after(2, hex("00 ffff"), kNone);
    CHECK(tail.length == 4 * 65535);
    CHECK(tail.use == MessageTail::Use::kStream);
    CHECK(tail_after(2, hex("00 0000"), kNone).length == 0);
}

TEST_CASE("QEMU messages other than keys and sound are refused", "[client_framing]")
{
    CHECK(tail_after(255, hex("00 0001"), kEverything).length == 8);
    CHECK(tail_after(255, hex("01 0000"), kEverything).length == 0);
    CHECK(tail_after(255, hex("01 0001"), kEverything).length == 0);
    CHECK(tail_after(255, hex("01 0002"), kEverything).length == 6);
    for (const char* head : {"01 0003", "01 ffff", "02 0000", "ff 0000"}) {
        CHECK_THROWS_AS(tail_after(255, hex(head), kEverything), ProtocolError);
    }
}

TEST_CASE("of QEMU's messages each needs its own announcement", "[client_framing]")
{
    const ClientExtensions keys{.extended_keys = true};
    const ClientExtensions audio{.audio = true};
    CHECK(head_length(255, audio) == 3);
    CHECK(tail_after(255, hex("00 0001"), keys).length == 8);
    CHECK(tail_after(255, hex("01 0002"), audio).length == 6);
    CHECK_THROWS_AS(tail_after(255, hex("01 0002"), keys), ProtocolError);
    CHECK_THROWS_AS(tail_after(255, hex("00 0001"), audio), ProtocolError);
}

TEST_CASE("a head that is cut short is an error where it matters", "[client_framing]")
{
    for (const int number : {2, 5, 6, 248, 251, 255}) {
        const auto type = static_cast<std::uint8_t>(number);
        CAPTURE(number);
        CHECK_THROWS_AS(tail_after(type, {}, kEverything), ProtocolError);
    }
}
