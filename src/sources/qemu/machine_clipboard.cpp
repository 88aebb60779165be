#include "src/sources/qemu/machine_clipboard.h"

#include "rfb/text.h"

#include <spdlog/spdlog.h>

#include <string_view>
#include <utility>

namespace covnc {

namespace {

constexpr const char* kPath = "/org/qemu/Display1/Clipboard";
constexpr const char* kInterface = "org.qemu.Display1.Clipboard";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";
constexpr const char* kPlainText = "text/plain;charset=utf-8"; // all that QEMU knows
constexpr std::uint32_t kClipboard = 0;                        // 1 and 2 are X11's selections

bool is_error(sd_bus_message* reply)
{
    return sd_bus_message_is_method_error(reply, nullptr) > 0;
}

// Reads an array of strings.
bool lists_plain_text(sd_bus_message* message)
{
    bool found = false;
    check_message(sd_bus_message_enter_container(message, 'a', "s"), "cannot read types");
    for (;;) {
        const char* type = nullptr;
        const int is_there =
            check_message(sd_bus_message_read(message, "s", &type), "cannot read types");
        if (is_there == 0) {
            break;
        }
        found |= std::string_view(type) == kPlainText;
    }
    check_message(sd_bus_message_exit_container(message), "cannot read types");
    return found;
}

} // namespace

MachineClipboard::MachineClipboard(DbusConnection& connection,
                                   std::string destination,
                                   Display& display)
    : connection_(connection),
      destination_(std::move(destination)),
      display_(display)
{}

DbusMessage MachineClipboard::make_call(const char* member) const
{
    return connection_.make_call(destination_, kPath, kInterface, member);
}

void MachineClipboard::start()
{
    const ClipboardPolicy& allowed = display_.settings().clipboard;
    const Clipboard& copied = display_.clipboard().value;
    if (allowed.from_viewers && copied.owner != nullptr) {
        text_ = copied.text; // while the machine was not there
        is_ours_ = true;
    }
    if (allowed.from_viewers || allowed.to_viewers) {
        send_register(true);
    }
}

// Without a bus QEMU does not notice that a peer has gone: then it is ours to unregister it. On a
// bus that is refused where the peer is another program.
void MachineClipboard::send_register(bool is_first_try)
{
    connection_.send(make_call("Register"), [this, is_first_try](sd_bus_message* reply) {
        if (reply == nullptr) {
            return;
        }
        is_registered_ = !is_error(reply);
        if (is_registered_ && is_ours_) {
            grab();
        } else if (!is_registered_ && is_first_try) {
            connection_.send(make_call("Unregister"));
            send_register(false);
        } else if (!is_registered_) { // no agent is needed for it: a very old QEMU, another program
            spdlog::info("qemu: the machine's clipboard is not to be had: {}",
                         sd_bus_message_get_error(reply)->message);
        }
    });
}

void MachineClipboard::stop()
{
    if (std::exchange(is_registered_, false)) {
        connection_.send(make_call("Unregister"));
    }
}

// --- what QEMU calls -----------------------------------------------------------------------------

bool MachineClipboard::answer(sd_bus_message* call)
{
    const char* const path = sd_bus_message_get_path(call);
    const char* const sender = sd_bus_message_get_sender(call);
    const bool is_machine = destination_.empty() || (sender != nullptr && sender == destination_);
    if (path == nullptr || std::string_view(path) != kPath || !is_machine) {
        return false;
    }
    if (sd_bus_message_is_method_call(call, kProperties, "GetAll") > 0) {
        DbusMessage reply = DbusConnection::make_answer(call);
        append(reply, "a{sv}", 0);
        connection_.send_one_way(std::move(reply));
        return true;
    }
    if (sd_bus_message_is_method_call(call, kInterface, nullptr) <= 0) {
        return false;
    }
    try {
        answer_clipboard(call);
    } catch (const DbusBadMessage& error) {
        connection_.refuse(call, error.what());
    }
    return true;
}

void MachineClipboard::answer_clipboard(sd_bus_message* call)
{
    const std::string_view member = sd_bus_message_get_member(call);
    if (member == "Request") {
        answer_request(call);
    } else if (member == "Grab") {
        grabbed(call);
        connection_.accept(call);
    } else if (member == "Register") {
        serial_ = 0;
        connection_.accept(call);
        if (is_ours_) {
            grab(); // a new agent has not heard of it
        }
    } else if (member == "Release" || member == "Unregister") {
        // The guest has no text any more. Viewers keep theirs.
        connection_.accept(call);
    } else {
        connection_.refuse(call, "no such method here");
    }
}

void MachineClipboard::answer_request(sd_bus_message* call)
{
    require_signature(call, "uas");
    std::uint32_t selection = 0;
    read(call, "u", &selection);
    const bool is_plain = lists_plain_text(call);
    if (selection != kClipboard || !is_plain || !is_ours_) {
        connection_.refuse(call, "there is no such text");
        return;
    }
    DbusMessage reply = DbusConnection::make_answer(call);
    append(reply, "s", kPlainText);
    check_message(sd_bus_message_append_array(reply.get(), 'y', text_.data(), text_.size()),
                  "cannot answer with a text");
    connection_.send_one_way(std::move(reply));
}

void MachineClipboard::grabbed(sd_bus_message* call)
{
    require_signature(call, "uuas");
    std::uint32_t selection = 0;
    std::uint32_t serial = 0;
    read(call, "uu", &selection, &serial);
    const bool is_plain = lists_plain_text(call);
    if (selection != kClipboard || serial < serial_) {
        return;
    }
    serial_ = serial;
    is_ours_ = false;
    if (is_plain && display_.settings().clipboard.to_viewers) {
        request();
    }
}

// --- what we call --------------------------------------------------------------------------------

// One at a time: QEMU refuses a second Request, and of many grabs only the last counts.
void MachineClipboard::request()
{
    if (is_requesting_) {
        request_again_ = true;
        return;
    }
    DbusMessage call = make_call("Request");
    append(call, "uas", kClipboard, 1, kPlainText);
    is_requesting_ = connection_.send(std::move(call), [this](sd_bus_message* reply) {
        is_requesting_ = false;
        if (std::exchange(request_again_, false)) {
            request();
        } else if (reply != nullptr && !is_error(reply)) {
            requested(reply);
        }
    }) != 0;
}

void MachineClipboard::requested(sd_bus_message* reply)
{
    if (is_ours_) {
        return; // a viewer has copied since
    }
    try {
        require_signature(reply, "say");
        const char* type = nullptr;
        read(reply, "s", &type);
        const void* bytes = nullptr;
        std::size_t size = 0;
        check_message(sd_bus_message_read_array(reply, 'y', &bytes, &size), "cannot read a text");
        if (std::string_view(type) == kPlainText && size <= kMaxCutText) {
            display_.set_clipboard(from_peer_text({static_cast<const char*>(bytes), size}));
        }
    } catch (const DbusBadMessage& error) {
        spdlog::debug("qemu: the guest's text was ignored: {}", error.what());
    }
}

void MachineClipboard::copy(const std::string& text)
{
    if (display_.settings().clipboard.from_viewers) {
        text_ = text;
        is_ours_ = true;
        grab();
    }
}

void MachineClipboard::grab()
{
    if (!is_registered_) {
        return;
    }
    if (is_grabbing_) {
        grab_again_ = true;
        return;
    }
    DbusMessage call = make_call("Grab");
    append(call, "uuas", kClipboard, serial_, 1, kPlainText);
    ++serial_;
    is_grabbing_ = connection_.send(std::move(call), [this](sd_bus_message* reply) {
        is_grabbing_ = false;
        if (reply != nullptr && std::exchange(grab_again_, false) && is_ours_) {
            grab();
        }
    }) != 0;
}

} // namespace covnc
