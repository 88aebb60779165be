#include "src/sources/qemu/machine_input.h"

#include "rfb/constants.h"

#include <array>
#include <utility>

namespace covnc {

namespace {

constexpr const char* kKeyboard = "org.qemu.Display1.Keyboard";
constexpr const char* kMouse = "org.qemu.Display1.Mouse";

struct Button
{
    std::uint16_t bit;
    std::uint32_t number; // QEMU's
    bool is_wheel;
};

// QEMU before 7.1 refuses the last two.
constexpr std::array<Button, 9> kButtons{{
    {kButtonLeft, 0, false},
    {kButtonMiddle, 1, false},
    {kButtonRight, 2, false},
    {kButtonWheelUp, 3, true},
    {kButtonWheelDown, 4, true},
    {kButtonBack, 5, false},
    {kButtonForward, 6, false},
    {kButtonWheelLeft, 7, true},
    {kButtonWheelRight, 8, true},
}};

} // namespace

MachineInput::MachineInput(DbusConnection& connection,
                           std::string destination,
                           std::string console_path,
                           std::shared_ptr<const Keymap> keymap)
    : connection_(connection),
      destination_(std::move(destination)),
      path_(std::move(console_path)),
      keys_(std::move(keymap))
{}

void MachineInput::key(const KeyInput& input)
{
    try {
        for (const KeyAction& action : keys_.translate(input)) {
            press(kKeyboard, action.qnum, action.down);
        }
    } catch (const DbusDisconnected&) { // NOLINT(bugprone-empty-catch): the reader sees it too
    }
}

void MachineInput::pointer(const PointerInput& input)
{
    position_ = input.position;
    motion_.x += input.motion.x;
    motion_.y += input.motion.y;
    try {
        move(input.buttons != buttons_); // a click belongs where the pointer is
        change_buttons(input.buttons);
    } catch (const DbusDisconnected&) { // NOLINT(bugprone-empty-catch): the reader sees it too
    }
}

void MachineInput::change_buttons(std::uint16_t buttons)
{
    const std::uint16_t before = std::exchange(buttons_, buttons);
    for (const Button& button : kButtons) {
        const bool was_down = (before & button.bit) != 0;
        const bool is_down = (buttons & button.bit) != 0;
        if (was_down == is_down) {
            continue;
        }
        if (!button.is_wheel) {
            press(kMouse, button.number, is_down);
        } else if (is_down) {
            press(kMouse, button.number, true);
            press(kMouse, button.number, false);
        }
    }
}

void MachineInput::press(const char* interface, std::uint32_t number, bool down)
{
    // What is down must come up, so only presses are left out.
    if (down && connection_.unanswered() >= kMaxPending) {
        return;
    }
    DbusMessage call =
        connection_.make_call(destination_, path_, interface, down ? "Press" : "Release");
    append(call, "u", number);
    send(std::move(call));
}

void MachineInput::move(bool at_once)
{
    if (!at_once && connection_.unanswered() >= kMaxPendingMoves) {
        return; // the next answer sends it
    }
    if (is_absolute_) {
        motion_ = {};
        if (position_ != sent_position_) {
            send_position();
        }
    } else if (motion_ != Point{}) {
        send_motion();
    }
}

void MachineInput::send_position()
{
    DbusMessage call = connection_.make_call(destination_, path_, kMouse, "SetAbsPosition");
    append(call,
           "uu",
           static_cast<std::uint32_t>(position_.x),
           static_cast<std::uint32_t>(position_.y));
    sent_position_ = position_;
    send(std::move(call));
}

void MachineInput::send_motion()
{
    DbusMessage call = connection_.make_call(destination_, path_, kMouse, "RelMotion");
    append(call, "ii", motion_.x, motion_.y);
    motion_ = {};
    send(std::move(call));
}

// Errors are as good as success: a mouse that was absolute a moment ago, a position that the screen
// no longer has.
void MachineInput::send(DbusMessage call)
{
    connection_.send(std::move(call), [this](sd_bus_message* reply) {
        if (reply != nullptr) {
            move(false);
        }
    });
}

} // namespace covnc
