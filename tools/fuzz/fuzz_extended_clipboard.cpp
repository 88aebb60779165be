// An extended cut text of a viewer, and what its text becomes on its way to a machine and to other
// viewers. The input is the message without its length; its text is also taken as a plain one.
#include "rfb/extended_clipboard.h"
#include "rfb/text.h"

#include <cstdlib>

namespace {

using namespace covnc;

void require(bool is_right)
{
    if (!is_right) {
        std::abort();
    }
}

// What we hold, whoever it came from.
void check_text(const std::string& text)
{
    require(is_utf8(text));
    require(text.find('\r') == std::string::npos);
    require(text.find('\0') == std::string::npos);
    require(from_peer_text(text) == text);
    require(to_latin1(text).size() <= text.size());
    require(from_peer_text(to_clipboard_text(text)) == text);
}

// What we tell other viewers of it comes back as it went.
void check_round_trip(const std::string& text)
{
    const ClipboardMessage message = ClipboardMessage::parse(clipboard_provide(text));
    require(message.action == ClipboardAction::kProvide && message.has_text);
    const std::optional<std::string> back = message.text();
    // A text that just fits may not do so with other line ends.
    require(!back || *back == text);
    require(back || to_clipboard_text(text).size() > kMaxCutText);
}

void check_message(ByteView input)
{
    const ClipboardMessage message = ClipboardMessage::parse(input);
    if (message.action != ClipboardAction::kProvide || !message.has_text) {
        return;
    }
    const std::optional<std::string> text = message.text();
    if (text) {
        require(text->size() <= 2 * kMaxCutText); // Latin-1 grows
        check_text(*text);
        check_round_trip(*text);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    try {
        check_message({data, size});
    } catch (const ProtocolError&) { // NOLINT(bugprone-empty-catch): how most inputs end
    }
    check_text(from_peer_text({reinterpret_cast<const char*>(data), size}));
    return 0;
}
