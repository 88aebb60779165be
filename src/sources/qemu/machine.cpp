#include "src/sources/qemu/machine.h"

#include "coroutine/combinators.h"
#include "src/source.h"
#include "src/sources/qemu/audio_listener.h"
#include "src/sources/qemu/socket_pair.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <sys/socket.h>

namespace covnc {

namespace {

constexpr const char* kMachinePath = "/org/qemu/Display1/VM";
constexpr const char* kMachineInterface = "org.qemu.Display1.VM";
constexpr const char* kConsole = "org.qemu.Display1.Console";
constexpr const char* kKeyboard = "org.qemu.Display1.Keyboard";
constexpr const char* kMouse = "org.qemu.Display1.Mouse";
constexpr const char* kAudioPath = "/org/qemu/Display1/Audio";
constexpr const char* kAudio = "org.qemu.Display1.Audio";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

SocketPair make_listener_sockets()
{
    SocketPair pair = make_socket_pair();
    // A whole picture in one turn; the kernel takes as much of this as it allows.
    const int bytes = 4 << 20;
    setsockopt(pair.theirs.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    return pair;
}

std::string list(const std::vector<std::uint32_t>& numbers)
{
    std::string text;
    for (const std::uint32_t number : numbers) {
        text += (text.empty() ? "" : ", ") + std::to_string(number);
    }
    return text.empty() ? "none" : text;
}

} // namespace

QemuMachine::QemuMachine(EventLoop& loop,
                         DbusConnection& connection,
                         std::string owner,
                         const QemuOptions& options,
                         std::shared_ptr<const Keymap> keymap,
                         Display& display)
    : loop_(loop),
      connection_(connection),
      owner_(std::move(owner)),
      console_(options.console),
      console_path_("/org/qemu/Display1/Console_" + std::to_string(options.console)),
      display_(display),
      input_(connection, owner_, console_path_, std::move(keymap)),
      clipboard_(connection, owner_, display)
{}

Task<> QemuMachine::run()
{
    co_await run_until_first_ends(read_messages(), show());
}

Task<> QemuMachine::read_messages()
{
    for (;;) {
        const DbusMessage message = co_await connection_.next();
        try {
            handle(message.get());
        } catch (const DbusBadMessage& error) {
            spdlog::debug("qemu: a message was ignored: {}", error.what());
        }
    }
}

void QemuMachine::handle(sd_bus_message* message)
{
    if (sd_bus_message_is_method_call(message, nullptr, nullptr) <= 0) {
        handle_signal(message);
    } else if (!clipboard_.answer(message)) {
        connection_.refuse(message, "no such method here");
    }
}

void QemuMachine::handle_signal(sd_bus_message* signal)
{
    if (sd_bus_message_is_signal(signal, "org.freedesktop.DBus", "NameOwnerChanged") > 0) {
        const char* name = nullptr;
        const char* before = nullptr;
        const char* after = nullptr;
        read(signal, "sss", &name, &before, &after);
        if (!owner_.empty() && before == owner_) {
            throw SourceError("the machine ended: it has left the bus");
        }
        return;
    }
    const char* const path = sd_bus_message_get_path(signal);
    if (sd_bus_message_is_signal(signal, kProperties, "PropertiesChanged") > 0 && path != nullptr &&
        path == console_path_) {
        const char* interface = nullptr;
        read(signal, "s", &interface);
        apply(read_properties(signal));
    }
}

Task<> QemuMachine::show()
{
    co_await read_machine();
    co_await read_console();
    SocketPair pair = make_listener_sockets();
    // Its side of the authentication is in the socket before the machine gets to know of it.
    QemuListener listener(loop_, std::move(pair.ours), display_, [this] { ask_size(); });
    listener_ = &listener;
    if (!size_.is_empty()) {
        listener.console_size(size_);
    }
    std::exception_ptr error;
    try {
        co_await run_until_first_ends(follow(listener), attach(std::move(pair.theirs), listener));
    } catch (...) {
        error = std::current_exception();
    }
    listener_ = nullptr;
    clipboard_.stop();
    std::rethrow_exception(error);
}

Task<> QemuMachine::follow(QemuListener& listener)
{
    try {
        co_await listener.run();
    } catch (const DbusDisconnected&) { // NOLINT(bugprone-empty-catch): told below
    }
    if (!listener.attached().is_set()) {
        // A refusal closes the socket too, and what attach() hears of it says more.
        co_await loop_.sleep_for(kAttachLimit);
    }
    throw SourceError("the machine ended, or another program took its display");
}

Task<> QemuMachine::attach(FileDescriptor their_end, QemuListener& listener)
{
    DbusMessage call = connection_.make_call(owner_, console_path_, kConsole, "RegisterListener");
    co_await hand_over(std::move(their_end), std::move(call));
    try {
        co_await with_timeout(kAttachLimit, wait_for(listener.attached()));
    } catch (const TimedOut&) {
        // Its main loop stands still meanwhile. We close, and it goes on.
        throw SourceError("the machine did not finish connecting its display within a second (its "
                          "GLib may be one before 2.74.7); closed, so that it can go on");
    }
    spdlog::info("qemu: showing console {} of {}", console_, name_.empty() ? "a machine" : name_);
    clipboard_.start();
    co_await hear();
    Event never;
    co_await never.wait();
}

// call: without its argument, the descriptor.
Task<> QemuMachine::hand_over(FileDescriptor their_end, DbusMessage call)
{
    append(call, "h", their_end.get());
    their_end.reset(); // the message has a duplicate
    co_await connection_.call(std::move(call), kAnswerLimit);
}

// Until there is nothing more to be heard. That is no reason to show nothing.
Task<> QemuMachine::hear()
{
    if (!may_hear_) {
        co_return;
    }
    try {
        SocketPair pair = make_socket_pair();
        AudioListener listener(loop_, std::move(pair.ours), display_.audio());
        co_await run_until_first_ends(listener.run(),
                                      attach_audio(std::move(pair.theirs), listener.attached()));
    } catch (const DbusCallError& error) {
        spdlog::debug("qemu: the machine has no audio for D-Bus: {}", error.what());
    } catch (const DbusDisconnected& error) {
        spdlog::info("qemu: nothing more to be heard: {}", error.what());
    } catch (const TimedOut&) {
        spdlog::warn("qemu: the machine did not finish connecting its audio in time; closed");
    }
}

Task<> QemuMachine::attach_audio(FileDescriptor their_end, Event& attached)
{
    DbusMessage call = connection_.make_call(owner_, kAudioPath, kAudio, "RegisterOutListener");
    co_await hand_over(std::move(their_end), std::move(call));
    co_await with_timeout(kAttachLimit, wait_for(attached));
    spdlog::info("qemu: listening to the machine's audio");
    Event never;
    co_await never.wait();
}

Task<> QemuMachine::read_machine()
{
    const PropertyMap machine = co_await get_all(kMachinePath, kMachineInterface);
    const auto* const consoles = find_property<std::vector<std::uint32_t>>(machine, "ConsoleIDs");
    if (consoles != nullptr &&
        std::find(consoles->begin(), consoles->end(), console_) == consoles->end()) {
        throw SourceError("the machine has no console " + std::to_string(console_) + "; it has " +
                          list(*consoles));
    }
    const auto* const name = find_property<std::string>(machine, "Name");
    if (name != nullptr && !name->empty()) {
        name_ = *name;
        display_.set_name(name_);
    }
}

Task<> QemuMachine::read_console()
{
    const PropertyMap console = co_await get_all(console_path_, kConsole);
    apply(console);
    try {
        const PropertyMap keyboard = co_await get_all(console_path_, kKeyboard);
        apply(keyboard);
        const PropertyMap mouse = co_await get_all(console_path_, kMouse);
        apply(mouse);
    } catch (const DbusCallError& error) {
        spdlog::info("qemu: console {} takes no input: {}", console_, error.what());
    }
}

DbusMessage QemuMachine::make_get_all(const std::string& path, const std::string& interface) const
{
    DbusMessage call = connection_.make_call(owner_, path, kProperties, "GetAll");
    append(call, "s", interface.c_str());
    return call;
}

Task<PropertyMap> QemuMachine::get_all(std::string path, std::string interface)
{
    const DbusMessage reply =
        co_await connection_.call(make_get_all(path, interface), kAnswerLimit);
    co_return read_properties(reply.get());
}

// Of Console, Keyboard and Mouse alike: their names differ.
void QemuMachine::apply(const PropertyMap& properties)
{
    if (const auto* const leds = find_property<std::uint32_t>(properties, "Modifiers")) {
        const auto known = static_cast<std::uint8_t>(
            *leds & (kLedScrollLock | kLedNumLock | kLedCapsLock)); // QEMU's bits are the same
        input_.set_leds(known);
        display_.set_leds(known);
    }
    if (const auto* const absolute = find_property<bool>(properties, "IsAbsolute")) {
        input_.set_absolute(*absolute);
        display_.set_pointer_absolute(*absolute);
    }
    const auto* const width = find_property<std::uint32_t>(properties, "Width");
    const auto* const height = find_property<std::uint32_t>(properties, "Height");
    const auto side = [](const std::uint32_t* wanted, std::int32_t before) {
        const auto most = static_cast<std::uint32_t>(kMaxSide) + 1U;
        return wanted == nullptr ? before : static_cast<std::int32_t>(std::min(*wanted, most));
    };
    size_ = {side(width, size_.width), side(height, size_.height)};
    if ((width != nullptr || height != nullptr) && listener_ != nullptr) {
        listener_->console_size(size_);
    }
}

void QemuMachine::ask_size()
{
    if (size_is_asked_) {
        return;
    }
    const std::uint64_t cookie =
        connection_.send(make_get_all(console_path_, kConsole), [this](sd_bus_message* reply) {
            size_is_asked_ = false;
            if (reply != nullptr && sd_bus_message_is_method_error(reply, nullptr) == 0) {
                apply(read_properties(reply));
            }
        });
    size_is_asked_ = cookie != 0;
}

ResizeStatus QemuMachine::request_size(Size size)
{
    if (cannot_resize_) {
        return ResizeStatus::kProhibited;
    }
    try {
        DbusMessage call = connection_.make_call(owner_, console_path_, kConsole, "SetUIInfo");
        // Millimetres and the place among other screens are not known.
        append(call,
               "qqiiuu",
               0,
               0,
               0,
               0,
               static_cast<std::uint32_t>(size.width),
               static_cast<std::uint32_t>(size.height));
        connection_.send(std::move(call), [this](sd_bus_message* reply) {
            if (reply != nullptr &&
                sd_bus_message_is_method_error(reply, "org.qemu.Display1.Error.Unsupported") > 0) {
                cannot_resize_ = true;
            }
        });
    } catch (const DbusDisconnected&) {
        return ResizeStatus::kProhibited;
    }
    return ResizeStatus::kForwarded;
}

} // namespace covnc
