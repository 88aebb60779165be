// Types and points at one console of a QEMU machine: Keyboard and Mouse of its D-Bus display. Calls
// are sent without waiting for their answers. Loop thread only.
#pragma once

#include "src/sources/qemu/dbus_connection.h"
#include "src/sources/qemu/key_translator.h"

namespace covnc {

class MachineInput
{
public:
    // connection and this must live as long as answers may come. destination: as for make_call.
    MachineInput(DbusConnection& connection,
                 std::string destination,
                 std::string console_path,
                 std::shared_ptr<const Keymap> keymap);
    MachineInput(const MachineInput&) = delete;
    MachineInput& operator=(const MachineInput&) = delete;

    // Neither waits nor throws: what a connection that has ended does not take is dropped.
    void key(const KeyInput& input);
    void pointer(const PointerInput& input);

    void set_absolute(bool absolute) { is_absolute_ = absolute; }
    void set_leds(std::uint8_t leds) { keys_.set_leds(leds); }

private:
    // Unanswered calls above which moves are summed up, and above which nothing new is begun: a
    // machine that stands still must not cost us memory.
    static constexpr std::size_t kMaxPendingMoves = 32;
    static constexpr std::size_t kMaxPending = 1024;

    void press(const char* interface, std::uint32_t number, bool down);
    void change_buttons(std::uint16_t buttons);
    void move(bool at_once);
    void send(DbusMessage call);
    void send_position();
    void send_motion();

    DbusConnection& connection_;
    std::string destination_;
    std::string path_;
    KeyTranslator keys_;
    bool is_absolute_ = true;
    std::uint16_t buttons_ = 0;
    Point position_{};
    Point sent_position_{-1, -1};
    Point motion_{}; // not sent yet
};

} // namespace covnc
