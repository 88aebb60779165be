// Texts between the guest's agent (qemu-vdagent) and viewers: our end of
// org.qemu.Display1.Clipboard, and calls of QEMU's. Loop thread only.
//
// Whoever has copied a text says so (Grab) and gives it when asked (Request). Grabs have a serial:
// one below the last is out of date, and of two with the same one ours counts. Each Register
// starts again with 0; a new agent causes one. While QEMU waits for our answer to Request or GetAll
// its main loop stands still, so they are answered in the turn in which they arrive.
#pragma once

#include "rfb/display.h"
#include "src/sources/qemu/dbus_connection.h"

#include <cstdint>
#include <string>

namespace covnc {

class MachineClipboard
{
public:
    // As MachineInput; what is allowed is in the display's settings.
    MachineClipboard(DbusConnection& connection, std::string destination, Display& display);
    MachineClipboard(const MachineClipboard&) = delete;
    MachineClipboard& operator=(const MachineClipboard&) = delete;

    // Registers at QEMU, unless nothing is allowed. Does not wait: answers come with the
    // connection's messages, and a machine without a clipboard is as good as any.
    void start();
    // QEMU keeps a peer that it was never told has gone.
    void stop();

    // A call of QEMU's: false where it is not for this object.
    bool answer(sd_bus_message* call);
    // A viewer copied: UTF-8.
    void copy(const std::string& text);

private:
    void send_register(bool is_first_try);
    void answer_clipboard(sd_bus_message* call);
    void answer_request(sd_bus_message* call);
    void grabbed(sd_bus_message* call);
    void grab();
    void request();
    void requested(sd_bus_message* reply);
    DbusMessage make_call(const char* member) const;

    DbusConnection& connection_;
    std::string destination_;
    Display& display_;
    bool is_registered_ = false;
    std::uint32_t serial_ = 0; // of our next grab; the guest's may not be below it
    std::string text_;         // what a viewer copied last
    bool is_ours_ = false;     // it is newer than what the guest has copied
    bool is_grabbing_ = false; // a call is under way; again: once more when it is answered
    bool grab_again_ = false;
    bool is_requesting_ = false; // likewise
    bool request_again_ = false;
};

} // namespace covnc
