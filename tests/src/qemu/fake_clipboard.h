// The machine's side of org.qemu.Display1.Clipboard, and the guest's agent behind it, for tests.
// Loop thread only.
#pragma once

#include "src/sources/qemu/dbus_connection.h"

#include <cstdint>
#include <string>
#include <vector>

namespace covnc::qemu_test {

class FakeClipboard
{
public:
    // What it does wrong.
    bool is_taken = false;         // by a peer that has gone without a word
    bool belongs_to_other = false; // who is still there: Unregister does not help
    bool answers_requests = true;  // or keeps them, until give_answers()
    std::string text = "of the guest";

    // A call on the Clipboard object.
    void answer(DbusConnection& main, sd_bus_message* call);

    // --- what the machine calls; answers come to answers() as "Grab", "Request text", or errors
    // ---
    void call_register();
    void guest_grabs(std::uint32_t serial, const char* type = "text/plain;charset=utf-8");
    void guest_releases();
    // The guest pastes.
    void request(std::uint32_t selection = 0, const char* type = "text/plain;charset=utf-8");
    void give_answers();

    bool is_registered() const { return main_ != nullptr; }
    // "Grab 0 3 text/plain;charset=utf-8", "Request 0", "Register", "Unregister", in order.
    const std::vector<std::string>& calls() const { return calls_; }
    // "Request: text", "Request: error", "GetAll".
    const std::vector<std::string>& answers() const { return answers_; }

private:
    DbusMessage make_call(const char* member, const char* interface) const;
    void send(DbusMessage call, std::string name);
    void register_peer(DbusConnection& main, sd_bus_message* call);

    DbusConnection* main_ = nullptr; // once registered
    std::string peer_;               // on a bus
    std::vector<DbusMessage> kept_;
    std::vector<std::string> calls_;
    std::vector<std::string> answers_;
};

} // namespace covnc::qemu_test
