#include "src/sources/shm/outbox.h"

#include <algorithm>

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

} // namespace

void Outbox::push(const DaemonMessage& message)
{
    if (messages_.size() >= kMostWaiting) {
        let_everything_go();
        return;
    }
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
    const auto is_same = [&](const KeyInput& held) {
        return held.keysym == input.keysym && held.scancode == input.scancode;
    };
    std::erase_if(held_, is_same);
    if (input.down) {
        if (held_.size() >= kMostHeld) {
            return;
        }
        held_.push_back(input);
    }
    push(key_message(input));
}

void Outbox::pointer(const PointerInput& input)
{
    const bool moved_only = input.buttons == last_pointer_.buttons;
    last_pointer_ = input;
    DaemonMessage message = pointer_message(input);
    if (moved_only && !messages_.empty() &&
        messages_.back().type() == DaemonMessageType::kPointer) {
        message.at(2) += messages_.back().at(2);
        message.at(3) += messages_.back().at(3);
        messages_.back() = message;
        return;
    }
    push(message);
}

void Outbox::let_everything_go()
{
    std::erase_if(messages_, [](const DaemonMessage& message) {
        return message.type() == DaemonMessageType::kKey ||
               message.type() == DaemonMessageType::kPointer;
    });
    for (KeyInput key : std::exchange(held_, {})) {
        key.down = false;
        messages_.push_back(key_message(key));
    }
    last_pointer_.buttons = 0;
    last_pointer_.motion = {};
    messages_.push_back(pointer_message(last_pointer_));
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
