#include "src/sources/shm/outbox.h"

#include <xkbcommon/xkbcommon.h>

#include <algorithm>
#include <utility>

namespace covnc::shm {

namespace {

constexpr std::uint32_t kNoScancode = 0xffffffff;

DaemonMessage key_message(const KeyInput& input)
{
    const std::uint32_t scancode = input.scancode ? *input.scancode : kNoScancode;
    return {DaemonMessageType::kKey, {input.keysym, scancode, input.down ? 1U : 0U}};
}

DaemonMessage pointer_message(const PointerInput& input)
{
    return {DaemonMessageType::kPointer,
            {static_cast<std::uint32_t>(input.position.x),
             static_cast<std::uint32_t>(input.position.y),
             static_cast<std::uint32_t>(input.motion.x),
             static_cast<std::uint32_t>(input.motion.y),
             input.buttons}};
}

bool is_input(const DaemonMessage& message)
{
    return message.type() == DaemonMessageType::kKey ||
           message.type() == DaemonMessageType::kPointer;
}

// A key is its place, where the viewer tells it. Else it is its keysym: and that of a letter is
// another one when Shift was let go in between.
bool is_same(const KeyInput& held, const KeyInput& input)
{
    if (held.scancode || input.scancode) {
        return held.scancode == input.scancode;
    }
    return xkb_keysym_to_lower(held.keysym) == xkb_keysym_to_lower(input.keysym);
}

} // namespace

void Outbox::push(const DaemonMessage& message)
{
    messages_.push_back(message);
    has_messages_.set();
}

void Outbox::set(const DaemonMessage& message)
{
    std::erase_if(messages_, [&](const DaemonMessage& m) { return m.type() == message.type(); });
    push(message);
}

void Outbox::key(const KeyInput& input)
{
    const auto same = std::find_if(
        held_.begin(), held_.end(), [&](const KeyInput& h) { return is_same(h, input); });
    KeyInput told = input;
    if (same != held_.end()) {
        told = *same; // it goes up as it went down
        told.down = input.down;
    }
    if (!make_room()) {
        return;
    }
    std::erase_if(held_, [&](const KeyInput& held) { return is_same(held, told); });
    if (told.down) {
        if (held_.size() >= kMostHeld) {
            held_.front().down = false;
            push(key_message(held_.front()));
            held_.erase(held_.begin());
        }
        held_.push_back(told);
    }
    push(key_message(told));
}

void Outbox::pointer(const PointerInput& input)
{
    const bool moved_only = input.buttons == last_pointer_.buttons;
    DaemonMessage message = pointer_message(input);
    if (moved_only && !messages_.empty() &&
        messages_.back().type() == DaemonMessageType::kPointer) {
        message.at(2) += messages_.back().at(2);
        message.at(3) += messages_.back().at(3);
        messages_.back() = message;
        last_pointer_ = input;
    } else if (make_room()) {
        push(message);
        last_pointer_ = input;
    }
}

bool Outbox::make_room()
{
    const auto waiting = std::count_if(messages_.begin(), messages_.end(), is_input);
    if (static_cast<std::size_t>(waiting) < kMostWaiting) {
        return true;
    }
    let_everything_go();
    return false;
}

void Outbox::let_everything_go()
{
    std::erase_if(messages_, is_input);
    for (KeyInput key : std::exchange(held_, {})) {
        key.down = false;
        push(key_message(key));
    }
    last_pointer_.buttons = 0;
    last_pointer_.motion = {};
    push(pointer_message(last_pointer_));
}

Task<> Outbox::send_to(MessageSocket& socket)
{
    for (;;) {
        has_messages_.reset();
        while (!messages_.empty() && socket.try_send(messages_.front().bytes())) {
            messages_.pop_front();
        }
        if (messages_.empty()) {
            co_await has_messages_.wait();
        } else {
            co_await socket.wait_writable();
        }
    }
}

} // namespace covnc::shm
