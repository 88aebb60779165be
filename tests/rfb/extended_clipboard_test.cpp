#include "rfb/extended_clipboard.h"
#include "tests/rfb/message_support.h"

#include <zlib.h>

using namespace covnc;
using namespace covnc::test;

namespace {

// The flags, and a zlib stream of these bytes after them.
Bytes provide(const std::string& flags, const Bytes& plain, int flush = Z_FINISH)
{
    z_stream stream{};
    deflateInit(&stream, 6);
    Bytes out = hex(flags);
    const std::size_t head = out.size();
    out.resize(head + plain.size() + 1000);
    stream.next_in = const_cast<Bytef*>(plain.data());
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = out.data() + head;
    stream.avail_out = static_cast<uInt>(out.size() - head);
    deflate(&stream, flush);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

std::optional<std::string> text_of(const Bytes& bytes)
{
    const ClipboardMessage message = ClipboardMessage::parse(bytes);
    REQUIRE(message.action == ClipboardAction::kProvide);
    return message.text();
}

} // namespace

TEST_CASE("each action has its flag, and there is exactly one", "[clipboard]")
{
    const auto action = [](const std::string& text) {
        return ClipboardMessage::parse(hex(text)).action;
    };
    CHECK(action("01000001 00100000") == ClipboardAction::kCaps);
    CHECK(action("1f000007 00000000 00000000 00000000") == ClipboardAction::kCaps);
    CHECK(action("02000001") == ClipboardAction::kRequest);
    CHECK(action("04000000") == ClipboardAction::kPeek);
    CHECK(action("08000003") == ClipboardAction::kNotify);
    CHECK(action("10000001") == ClipboardAction::kProvide);
    CHECK_THROWS_AS(action("00000001"), ProtocolError);
    CHECK_THROWS_AS(action("0a000001"), ProtocolError);
    CHECK_THROWS_AS(action("020000"), ProtocolError);
    CHECK(ClipboardMessage::parse(hex("08000001")).has_text);
    CHECK_FALSE(ClipboardMessage::parse(hex("08000006")).has_text);
    CHECK_FALSE(ClipboardMessage::parse(hex("08000000")).has_text);
}

TEST_CASE("what we say of the clipboard", "[clipboard]")
{
    CHECK(clipboard_capabilities() == hex("1f000001 00000000"));
    CHECK(clipboard_request() == hex("02000001"));
    CHECK(clipboard_notify(true) == hex("08000001"));
    CHECK(clipboard_notify(false) == hex("08000000"));
    const std::string text = "gr\xc3\xbc\xc3\x9f\nzwei\n";
    CHECK(text_of(clipboard_provide(text)) == text);
    CHECK(text_of(clipboard_provide("")) == "");
}

TEST_CASE("a provided text, as viewers differ in saying it", "[clipboard]")
{
    CHECK(text_of(provide("10000001", hex("00000003 61 62 00"))) == "ab");
    CHECK(text_of(provide("10000001", hex("00000002 61 62"))) == "ab"); // no NUL
    // No end of the stream.
    CHECK(text_of(provide("10000001", hex("00000003 61 62 00"), Z_SYNC_FLUSH)) == "ab");
    // Other formats behind it.
    CHECK(text_of(provide("10000003", hex("00000003 61 62 00 00000002 7b 7d"))) == "ab");
}

TEST_CASE("a provided text that lies", "[clipboard]")
{
    // Longer than it is; no stream; nothing; a length that is cut short.
    CHECK_THROWS_AS(text_of(provide("10000001", hex("00000004 61 62 00"))), ProtocolError);
    CHECK_THROWS_AS(text_of(hex("10000001 ffffffffff")), ProtocolError);
    CHECK_THROWS_AS(text_of(hex("10000001")), ProtocolError);
    CHECK_THROWS_AS(text_of(provide("10000001", hex("000000"))), ProtocolError);
    // 4 GiB by its word: not even looked for.
    CHECK_FALSE(text_of(provide("10000001", hex("ffffffff 61"))));
}

TEST_CASE("a text that inflates to very much is not inflated", "[clipboard]")
{
    Bytes plain = hex("04000000"); // 64 MiB
    plain.resize(plain.size() + (std::size_t{64} << 20U), 'x');
    const Bytes bomb = provide("10000001", plain);
    CHECK(bomb.size() < 80000);
    CHECK_FALSE(text_of(bomb));
    // The longest that is taken.
    Bytes longest = hex("00040000");
    longest.resize(longest.size() + kMaxCutText, 'y');
    const std::optional<std::string> text = text_of(provide("10000001", longest));
    REQUIRE(text);
    CHECK(text->size() == kMaxCutText);
}
