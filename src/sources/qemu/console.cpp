#include "src/sources/qemu/console.h"

#include "coroutine/combinators.h"
#include "src/source.h"
#include "src/sources/qemu/socket_pair.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <sys/socket.h>

namespace covnc {

namespace {

constexpr const char* kKeyboard = "org.qemu.Display1.Keyboard";
constexpr const char* kMouse = "org.qemu.Display1.Mouse";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

// Wall time, for an answer of a machine that may be busy.
constexpr Duration kAnswerLimit = std::chrono::seconds(10);

SocketPair make_listener_sockets()
{
    SocketPair pair = make_socket_pair();
    // A whole picture in one turn; the kernel takes as much of this as it allows.
    const int bytes = 4 << 20;
    setsockopt(pair.theirs.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    return pair;
}

DbusMessage make_get_all(DbusConnection& connection,
                         const std::string& destination,
                         const std::string& path,
                         const std::string& interface)
{
    DbusMessage call = connection.make_call(destination, path, kProperties, "GetAll");
    append(call, "s", interface.c_str());
    return call;
}

} // namespace

std::string console_path(std::uint32_t number)
{
    return "/org/qemu/Display1/Console_" + std::to_string(number);
}

Task<PropertyMap> get_properties(DbusConnection& connection,
                                 std::string destination,
                                 std::string path,
                                 std::string interface)
{
    DbusMessage call = make_get_all(connection, destination, path, interface);
    const DbusMessage reply = co_await connection.call(std::move(call), kAnswerLimit);
    co_return read_properties(reply.get());
}

Task<> hand_over(DbusConnection& connection, FileDescriptor descriptor, DbusMessage call)
{
    append(call, "h", descriptor.get());
    descriptor.reset(); // the message has a duplicate
    co_await connection.call(std::move(call), kAnswerLimit);
}

QemuConsole::QemuConsole(EventLoop& loop,
                         DbusConnection& connection,
                         std::string owner,
                         std::uint32_t number,
                         std::shared_ptr<const Keymap> keymap,
                         SideBySide& consoles,
                         std::size_t place)
    : loop_(loop),
      connection_(connection),
      owner_(std::move(owner)),
      number_(number),
      path_(console_path(number)),
      consoles_(consoles),
      place_(place),
      input_(connection, owner_, path_, std::move(keymap))
{}

Task<> QemuConsole::read()
{
    const PropertyMap console =
        co_await get_properties(connection_, owner_, path_, kConsoleInterface);
    apply(console);
    try {
        const PropertyMap keyboard = co_await get_properties(connection_, owner_, path_, kKeyboard);
        apply(keyboard);
        const PropertyMap mouse = co_await get_properties(connection_, owner_, path_, kMouse);
        apply(mouse);
    } catch (const DbusCallError& error) {
        spdlog::info("qemu: console {} takes no input: {}", number_, error.what());
    }
}

void QemuConsole::open()
{
    SocketPair pair = make_listener_sockets();
    their_end_ = std::move(pair.theirs);
    // Its side of the authentication is in the socket before the machine gets to know of it.
    listener_.emplace(
        loop_, std::move(pair.ours), QemuScreen(consoles_, place_), [this] { ask_size(); });
    if (!size_.is_empty()) {
        listener_->console_size(size_);
    }
}

Task<> QemuConsole::follow()
{
    try {
        co_await listener_->run();
    } catch (const DbusDisconnected&) { // NOLINT(bugprone-empty-catch): told below
    }
    if (!listener_->attached().is_set()) {
        // A refusal closes the socket too, and what attach() hears of it says more.
        co_await loop_.sleep_for(kAttachLimit);
    }
    throw SourceError("the machine ended, or another program took its display");
}

Task<> QemuConsole::attach()
{
    DbusMessage call = connection_.make_call(owner_, path_, kConsoleInterface, "RegisterListener");
    co_await hand_over(connection_, std::move(their_end_), std::move(call));
    try {
        co_await with_timeout(kAttachLimit, wait_for(listener_->attached()));
    } catch (const TimedOut&) {
        // Its main loop stands still meanwhile. We close, and it goes on.
        throw SourceError("the machine did not finish connecting its display within a second (its "
                          "GLib may be one before 2.74.7); closed, so that it can go on");
    }
}

void QemuConsole::properties_changed(std::string_view path, sd_bus_message* signal)
{
    if (path == path_) {
        const char* interface = nullptr;
        covnc::read(signal, "s", &interface);
        apply(read_properties(signal));
    }
}

// Of Console, Keyboard and Mouse alike: their names differ.
void QemuConsole::apply(const PropertyMap& properties)
{
    if (const auto* const leds = find_property<std::uint32_t>(properties, "Modifiers")) {
        const auto known = static_cast<std::uint8_t>(
            *leds & (kLedScrollLock | kLedNumLock | kLedCapsLock)); // QEMU's bits are the same
        input_.set_leds(known);
        consoles_.display().set_leds(known);
    }
    if (const auto* const absolute = find_property<bool>(properties, "IsAbsolute")) {
        input_.set_absolute(*absolute);
        consoles_.set_pointer_absolute(place_, *absolute);
    }
    const auto* const width = find_property<std::uint32_t>(properties, "Width");
    const auto* const height = find_property<std::uint32_t>(properties, "Height");
    const auto side = [](const std::uint32_t* wanted, std::int32_t before) {
        const auto most = static_cast<std::uint32_t>(kMaxSide) + 1U;
        return wanted == nullptr ? before : static_cast<std::int32_t>(std::min(*wanted, most));
    };
    size_ = {side(width, size_.width), side(height, size_.height)};
    if ((width != nullptr || height != nullptr) && listener_) {
        listener_->console_size(size_);
    }
}

void QemuConsole::ask_size()
{
    if (size_is_asked_) {
        return;
    }
    const std::uint64_t cookie = connection_.send(
        make_get_all(connection_, owner_, path_, kConsoleInterface), [this](sd_bus_message* reply) {
            size_is_asked_ = false;
            if (reply != nullptr && sd_bus_message_is_method_error(reply, nullptr) == 0) {
                apply(read_properties(reply));
            }
        });
    size_is_asked_ = cookie != 0;
}

ResizeStatus QemuConsole::request_size(const Rect& place)
{
    if (cannot_resize_) {
        return ResizeStatus::kProhibited;
    }
    try {
        DbusMessage call = connection_.make_call(owner_, path_, kConsoleInterface, "SetUIInfo");
        // Millimetres are not known.
        append(call,
               "qqiiuu",
               0,
               0,
               place.x,
               place.y,
               static_cast<std::uint32_t>(place.width),
               static_cast<std::uint32_t>(place.height));
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
