// The reader half: every message that a viewer may send, and what it does.
#include "rfb/client_messages.h"
#include "rfb/session.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr std::size_t kMaxLayoutReplies = 16;
constexpr std::size_t kMaxFenceReplies = 256;

} // namespace

Task<> Session::read_messages()
{
    for (;;) {
        co_await read_message();
    }
}

Task<> Session::read_message()
{
    const std::uint8_t type = co_await reader().read_byte();
    const std::size_t head = head_length(type, state_.extensions);
    body_.resize(head);
    co_await reader().read_exact(body_);
    const MessageTail tail = tail_after(type, body_, state_.extensions);
    switch (tail.use) {
    case MessageTail::Use::kStream:
        co_await read_encodings(tail.length);
        break;
    case MessageTail::Use::kSkip:
        co_await reader().skip(tail.length);
        break;
    case MessageTail::Use::kParse:
        body_.resize(head + tail.length);
        co_await reader().read_exact(std::span(body_).subspan(head));
        handle(type, body_);
        break;
    }
}

Task<> Session::read_encodings(std::uint32_t length)
{
    EncodingSet encodings;
    while (length > 0) {
        constexpr std::uint32_t kPiece = 512;
        body_.resize(std::min(length, kPiece));
        co_await reader().read_exact(body_);
        encodings.add_wire(body_);
        length -= static_cast<std::uint32_t>(body_.size());
    }
    const EncodingSet before = std::exchange(state_.encodings, encodings);
    encodings_changed(before);
}

void Session::handle(std::uint8_t type, ByteView body)
{
    switch (static_cast<ClientMessageType>(type)) {
    case ClientMessageType::kSetPixelFormat:
        return set_pixel_format(body);
    case ClientMessageType::kFramebufferUpdateRequest:
        return request_update(body);
    case ClientMessageType::kKeyEvent:
        return key(body);
    case ClientMessageType::kPointerEvent:
        return pointer(body);
    case ClientMessageType::kSetDesktopSize:
        return set_desktop_size(body);
    case ClientMessageType::kQemu:
        return qemu_message(body);
    case ClientMessageType::kClientCutText:
        return cut_text(body);
    case ClientMessageType::kEnableContinuousUpdates:
        return enable_continuous_updates(body);
    case ClientMessageType::kClientFence:
        return fence(body);
    case ClientMessageType::kXvp:
        return xvp(body);
    case ClientMessageType::kSetEncodings: // read_encodings()
        break;
    }
    throw ProtocolError("message type " + std::to_string(type) + " is not expected");
}

void Session::set_pixel_format(ByteView body)
{
    state_.format = SetPixelFormat::parse(body).format;
    state_.colour_map_due = !state_.format.true_colour;
    state_.cursor_told = 0; // its pixels are in the viewer's format
    state_.position.update_class = update_class();
    ++state_.generation;
    wake();
}

void Session::encodings_changed(const EncodingSet& before)
{
    const EncodingSet& now = state_.encodings;
    const auto is_new = [&](PseudoEncoding encoding) {
        return now.has(encoding) && !before.has(encoding);
    };
    if (is_new(PseudoEncoding::kExtendedKeyEvent) && !state_.extensions.extended_keys) {
        state_.extended_keys_due = true;
    }
    if (is_new(PseudoEncoding::kAudio) && !state_.extensions.audio) {
        state_.audio_due = true;
    }
    if (is_new(PseudoEncoding::kExtendedMouseButtons)) {
        state_.extended_buttons_due = true;
    }
    if (is_new(PseudoEncoding::kExtendedDesktopSize) && !state_.extensions.desktop_size) {
        state_.announce_layout(ResizeReason::kServer);
    }
    if (best_cursor_form(now) != best_cursor_form(before)) {
        state_.cursor_told = 0;
    }
    if (is_new(PseudoEncoding::kFence) && !state_.extensions.fence) {
        state_.fence_due = true;
    }
    // Without fences nothing would hold the updates back.
    if (now.has(PseudoEncoding::kContinuousUpdates) && now.has(PseudoEncoding::kFence) &&
        !state_.extensions.continuous_updates) {
        state_.continuous_due = true;
    }
    state_.extensions.extended_buttons = now.has(PseudoEncoding::kExtendedMouseButtons);
    state_.extensions.extended_clipboard = now.has(PseudoEncoding::kExtendedClipboard);
    state_.clipboard_due.capabilities = state_.extensions.extended_clipboard;
    state_.position.update_class = update_class();
    ++state_.generation;
    wake();
}

void Session::request_update(ByteView body)
{
    const FramebufferUpdateRequest request = FramebufferUpdateRequest::parse(body);
    const Rect screen = Rect::of(state_.size);
    const Rect area = request.area.intersected(screen);
    if (!uses_fences()) {
        pace_.requested(stream().undelivered(), display_.now());
    }
    state_.request_pending = true;
    state_.requested |= area;
    if (!request.incremental) {
        if (area == screen && is_plain()) {
            state_.owe_everything(0);
        } else {
            state_.owed |= area;
        }
        const bool announced = state_.extensions.desktop_size;
        if (announced && state_.layout_replies.empty()) {
            state_.announce_layout(ResizeReason::kServer);
        }
    }
    wake();
}

void Session::enable_continuous_updates(ByteView body)
{
    const EnableContinuousUpdates request = EnableContinuousUpdates::parse(body);
    if (state_.continuous && !request.enable) {
        state_.continuous_due = true; // the answer
    }
    state_.continuous = request.enable;
    state_.continuous_area = request.area;
    wake();
}

void Session::fence(ByteView body)
{
    const Fence fence = Fence::parse(body);
    if (fence.is_request()) {
        if (state_.fence_replies.size() >= kMaxFenceReplies) {
            throw ProtocolError("more than " + std::to_string(kMaxFenceReplies) +
                                " fences without reading the answers");
        }
        state_.fence_replies.push_back(fence.reply());
    } else if (fence.payload.size() == sizeof(std::uint32_t)) {
        flow_.answered(ByteReader(fence.payload, "fence").u32(), display_.now());
    }
    wake();
}

void Session::key(ByteView body)
{
    const KeyEvent event = KeyEvent::parse(body);
    typed_or_pointed();
    if (!greeting_.view_only) {
        display_.input().key(this, {event.keysym, std::nullopt, event.down});
    }
}

void Session::qemu_message(ByteView body)
{
    if (body[0] == kQemuAudioMessage) {
        audio(body);
    } else {
        extended_key(body);
    }
}

void Session::extended_key(ByteView body)
{
    const ExtendedKeyEvent event = ExtendedKeyEvent::parse(body);
    typed_or_pointed();
    constexpr std::uint32_t kHighestKeycode = 0xff;
    if (greeting_.view_only || event.keycode > kHighestKeycode ||
        (event.keycode == 0 && event.keysym == 0)) {
        return; // codes outside of XT set 1 exist on some keyboards, and mean nothing to a machine
    }
    KeyInput input{event.keysym, std::nullopt, event.down};
    if (event.keycode != 0) {
        input.scancode = static_cast<std::uint8_t>(event.keycode);
    }
    display_.input().key(this, input);
}

void Session::pointer(ByteView body)
{
    const PointerEvent event = PointerEvent::parse(body);
    typed_or_pointed();
    if (greeting_.view_only) {
        return;
    }
    const bool relative = !display_.pointer_absolute().value &&
                          state_.encodings.has(PseudoEncoding::kPointerMotionChange) &&
                          state_.pointer_mode_told == display_.pointer_absolute().count;
    display_.input().pointer(this, event.position, event.buttons, display_.size(), relative);
}

void Session::set_desktop_size(ByteView body)
{
    if (state_.layout_replies.size() > kMaxLayoutReplies) {
        throw ProtocolError("more than " + std::to_string(kMaxLayoutReplies) +
                            " SetDesktopSize messages without waiting for an answer");
    }
    const SetDesktopSize request = SetDesktopSize::parse(body);
    ResizeStatus status = ResizeStatus::kProhibited;
    if (!greeting_.view_only && policy_.resize) {
        status = display_.request_layout(*this, request.layout).status;
    }
    state_.layout_replies.push_back({ResizeReason::kThisViewer, status});
    wake();
}

void Session::xvp(ByteView body)
{
    const XvpRequest request = XvpRequest::parse(body);
    InputSink* const machine = display_.input().sink();
    const bool is_done =
        request.version == kXvpVersion && may_switch_power() && machine->switch_power(request.code);
    state_.xvp_failure_due |= !is_done;
    wake();
}

// Also asked when a machine has come or gone since it was announced.
bool Session::may_switch_power() const
{
    const InputSink* const machine = display_.input().sink();
    return policy_.power && !greeting_.view_only && machine != nullptr && machine->has_power();
}

} // namespace covnc
