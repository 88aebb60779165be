// Texts that are copied on one side and pasted on the other (rfbproto.rst, "ClientCutText",
// "ServerCutText", "Extended Clipboard Pseudo-Encoding"), both halves of it.
#include "rfb/cut_text.h"
#include "rfb/extended_clipboard.h"
#include "rfb/session.h"
#include "rfb/text.h"

namespace covnc {

// --- the reader half: what the viewer says ---------------------------------------------------

void Session::cut_text(ByteView body)
{
    const CutText message = CutText::parse(body, state_.extensions.extended_clipboard);
    if (message.extended) {
        return clipboard_message(message.bytes);
    }
    const auto* const characters = reinterpret_cast<const char*>(message.bytes.data());
    take_clipboard(from_peer_text({characters, message.bytes.size()}));
}

void Session::clipboard_message(ByteView bytes)
{
    const ClipboardMessage message = ClipboardMessage::parse(bytes);
    ClipboardDue& due = state_.clipboard_due;
    switch (message.action) {
    case ClipboardAction::kCaps: // we send nothing that was not asked for, so all will do
        return;
    case ClipboardAction::kRequest:
        due.provide |= message.has_text;
        break;
    case ClipboardAction::kPeek:
        due.notify = true;
        break;
    case ClipboardAction::kNotify:
        due.request |= message.has_text && may_copy_in();
        break;
    case ClipboardAction::kProvide:
        if (message.has_text) {
            if (std::optional<std::string> text = message.text()) {
                take_clipboard(std::move(*text));
            }
        }
        return;
    }
    wake();
}

void Session::take_clipboard(std::string text)
{
    if (may_copy_in()) {
        display_.set_clipboard(std::move(text), this);
    }
}

// --- the writer half: what it is told --------------------------------------------------------

bool Session::may_copy_in() const
{
    return policy_.clipboard.from_viewers && !greeting_.view_only;
}

// What somebody copies may be a password: who may only look does not get it.
bool Session::may_copy_out() const
{
    return policy_.clipboard.to_viewers && !greeting_.view_only;
}

Task<> Session::write_clipboard()
{
    ClipboardDue& due = state_.clipboard_due;
    const Latest<Clipboard>& clipboard = display_.clipboard();
    Bytes out;
    const auto append = [&out](Bytes message) {
        CutText{true, std::move(message)}.write(out, ServerMessageType::kServerCutText);
    };
    if (std::exchange(due.capabilities, false)) {
        append(clipboard_capabilities());
    }
    const bool is_news = std::exchange(state_.clipboard_told, clipboard.count) != clipboard.count &&
                         clipboard.value.owner != this;
    const bool is_asked = std::exchange(due.notify, false);
    if ((is_news || is_asked) && may_copy_out()) {
        if (state_.extensions.extended_clipboard) {
            append(clipboard_notify(!clipboard.value.text.empty()));
        } else {
            const std::string text = to_latin1(clipboard.value.text);
            CutText{false, Bytes(text.begin(), text.end())}.write(
                out, ServerMessageType::kServerCutText);
        }
    }
    if (std::exchange(due.request, false)) {
        append(clipboard_request());
    }
    if (std::exchange(due.provide, false) && may_copy_out()) {
        auto job = [text = clipboard.value.text] { return clipboard_provide(text); };
        Bytes message = co_await display_.pool().run(std::move(job));
        append(std::move(message));
    }
    if (!out.empty()) {
        co_await stream().write_all(ByteView(out));
    }
}

} // namespace covnc
