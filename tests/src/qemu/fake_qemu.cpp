#include "tests/src/qemu/fake_qemu.h"

#include "coroutine/combinators.h"
#include "tests/src/qemu/screen_support.h"

#include <catch2/catch.hpp>
#include <systemd/sd-id128.h>

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>

namespace covnc::qemu_test {

namespace {

constexpr const char* kListenerPath = "/org/qemu/Display1/Listener";
const std::string kConsolePath = "/org/qemu/Display1/Console_";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

bool is_member(sd_bus_message* message, const char* member)
{
    return std::strcmp(sd_bus_message_get_member(message), member) == 0;
}

std::uint32_t console_of(sd_bus_message* call)
{
    const std::string path = sd_bus_message_get_path(call);
    return path.starts_with(kConsolePath)
               ? static_cast<std::uint32_t>(std::stoul(path.substr(kConsolePath.size())))
               : 0;
}

} // namespace

BusHandle serve_peer(FileDescriptor socket)
{
    sd_bus* raw = nullptr;
    REQUIRE(sd_bus_new(&raw) >= 0);
    BusHandle bus(raw);
    sd_id128_t id{};
    sd_id128_randomize(&id);
    REQUIRE(sd_bus_set_fd(raw, socket.get(), socket.get()) >= 0);
    socket.release();
    REQUIRE(sd_bus_negotiate_fds(raw, 1) >= 0);
    REQUIRE(sd_bus_set_trusted(raw, 1) >= 0);
    REQUIRE(sd_bus_set_server(raw, 1, id) >= 0);
    REQUIRE(sd_bus_start(raw) >= 0);
    return bus;
}

Task<> FakeQemu::serve(FileDescriptor socket)
{
    co_await serve_on(serve_peer(std::move(socket)));
}

Task<> FakeQemu::serve_on(BusHandle bus)
{
    main_.emplace(loop_, std::move(bus));
    co_await main_->become_ready();
    if (first_call_) {
        main_->send(std::move(first_call_),
                    [this](sd_bus_message* /*answer*/) { first_answered_->set(); });
    }
    co_await serve_main();
}

Task<> FakeQemu::serve_main()
{
    TaskScope scope(co_await current_context());
    std::exception_ptr end;
    try {
        co_await answer_calls(scope);
    } catch (const DbusDisconnected&) { // NOLINT(bugprone-empty-catch): the other side left
    } catch (...) {
        end = std::current_exception();
    }
    co_await scope.cancel_and_join();
    listeners_.clear();
    main_.reset(); // a machine that ends leaves its bus
    if (end) {
        std::rethrow_exception(end);
    }
}

Task<> FakeQemu::answer_calls(TaskScope& scope)
{
    for (;;) {
        const DbusMessage message = co_await main_->next();
        const bool wants_answer = sd_bus_message_get_expect_reply(message.get()) > 0;
        if (wants_answer) {
            answer(message.get(), scope);
        }
    }
}

void FakeQemu::answer(sd_bus_message* call, TaskScope& scope)
{
    if (is_member(call, "GetAll")) {
        answer_get_all(call);
        return;
    }
    if (is_member(call, "RegisterListener")) {
        answer_register(call, scope);
        return;
    }
    const std::string interface = sd_bus_message_get_interface(call);
    if (interface == "org.qemu.Display1.Audio") {
        answer_register_audio(call, scope);
        return;
    }
    if (interface == "org.qemu.Display1.Clipboard") {
        clipboard.answer(*main_, call);
        return;
    }
    const std::uint32_t about = console_of(call);
    std::string text = (about == 0 ? "" : "Console_" + std::to_string(about) + " ") +
                       interface.substr(interface.rfind('.') + 1) + "." +
                       sd_bus_message_get_member(call);
    // Millimetres.
    const bool is_size = is_member(call, "SetUIInfo");
    if (is_size) {
        sd_bus_message_skip(call, "qq");
    }
    const char* types = sd_bus_message_get_signature(call, 1);
    for (types += is_size ? 2 : 0; *types != '\0'; ++types) {
        std::int32_t number = 0; // u and i alike
        sd_bus_message_read_basic(call, *types, &number);
        text += " " + std::to_string(number);
    }
    calls_.push_back(text);
    if (is_size && !can_resize) {
        refuse(call, "org.qemu.Display1.Error.Unsupported");
    } else {
        reply(call);
    }
}

void FakeQemu::answer_get_all(sd_bus_message* call)
{
    const char* interface = nullptr;
    read(call, "s", &interface);
    sd_bus_message* raw = nullptr;
    REQUIRE(sd_bus_message_new_method_return(call, &raw) >= 0);
    DbusMessage message(raw);
    const std::string asked = interface;
    if (asked == "org.qemu.Display1.VM") {
        REQUIRE(sd_bus_message_open_container(raw, 'a', "{sv}") >= 0);
        append(message, "{sv}", "Name", "s", name.c_str());
        REQUIRE(sd_bus_message_open_container(raw, 'e', "sv") >= 0);
        append(message, "s", "ConsoleIDs");
        REQUIRE(sd_bus_message_open_container(raw, 'v', "au") >= 0);
        REQUIRE(sd_bus_message_append_array(raw, 'u', consoles.data(), consoles.size() * 4) >= 0);
        sd_bus_message_close_container(raw);
        sd_bus_message_close_container(raw);
        sd_bus_message_close_container(raw);
    } else if (asked == "org.qemu.Display1.Console") {
        // A property of a type that nobody here knows among them.
        const std::uint32_t number = console_of(call);
        const bool is_terminal =
            std::find(terminals.begin(), terminals.end(), number) != terminals.end();
        append(message,
               "a{sv}",
               4,
               "Odd",
               "(id)",
               1,
               2.0,
               "Type",
               "s",
               is_terminal ? "Text" : "Graphic",
               "Width",
               "u",
               number == 0 ? width : static_cast<std::uint32_t>(second_size.width),
               "Height",
               "u",
               number == 0 ? height : static_cast<std::uint32_t>(second_size.height));
    } else if (asked == "org.qemu.Display1.Keyboard") {
        append(message, "a{sv}", 1, "Modifiers", "u", modifiers);
    } else {
        append(message, "a{sv}", 1, "IsAbsolute", "b", is_absolute ? 1 : 0);
    }
    main_->send_one_way(std::move(message));
}

void FakeQemu::answer_register(sd_bus_message* call, TaskScope& scope)
{
    if (!answers_register) {
        refuse(call, "org.qemu.Display1.Error.Invalid");
        return;
    }
    int borrowed = -1;
    read(call, "h", &borrowed);
    FileDescriptor socket(fcntl(borrowed, F_DUPFD_CLOEXEC, 0));
    reply(call);
    if (!authenticates_listener) {
        silent_ = std::move(socket);
        return;
    }
    const std::uint32_t number = console_of(call);
    listeners_[number] = std::make_unique<DbusConnection>(loop_, serve_peer(std::move(socket)));
    scope.spawn(serve_listener(number));
}

void FakeQemu::answer_register_audio(sd_bus_message* call, TaskScope& scope)
{
    if (!audio.exists) {
        refuse(call, "org.freedesktop.DBus.Error.UnknownMethod");
        return;
    }
    int borrowed = -1;
    read(call, "h", &borrowed);
    FileDescriptor socket(fcntl(borrowed, F_DUPFD_CLOEXEC, 0));
    reply(call);
    scope.spawn(audio.serve(loop_, std::move(socket)));
}

Task<> FakeQemu::serve_listener(std::uint32_t number)
{
    DbusConnection* const connection = listeners_.at(number).get();
    try {
        co_await connection->become_ready();
        if (asks_listener) {
            DbusMessage question = connection->make_call("", kListenerPath, kProperties, "GetAll");
            append(question, "s", "org.qemu.Display1.Listener");
            connection->send(std::move(question), [this](sd_bus_message* answer) {
                if (answer != nullptr) {
                    const char* type = nullptr;
                    sd_bus_message_peek_type(answer, nullptr, &type);
                    const char* key = "";
                    sd_bus_message_enter_container(answer, 'a', "{sv}");
                    sd_bus_message_enter_container(answer, 'e', "sv");
                    sd_bus_message_read(answer, "s", &key);
                    offers_map_ = std::string(key) == "Interfaces";
                    attached_.set();
                }
            });
        }
        for (;;) {
            const DbusMessage ignored = co_await connection->next();
        }
    } catch (const DbusDisconnected&) {
        listener_ended_ = true;
    }
}

void FakeQemu::reply(sd_bus_message* call)
{
    sd_bus_message* raw = nullptr;
    REQUIRE(sd_bus_message_new_method_return(call, &raw) >= 0);
    main_->send_one_way(DbusMessage(raw));
}

void FakeQemu::refuse(sd_bus_message* call, const char* error)
{
    sd_bus_message* raw = nullptr;
    REQUIRE(sd_bus_message_new_method_errorf(call, &raw, error, "no") >= 0);
    main_->send_one_way(DbusMessage(raw));
}

DbusConnection& FakeQemu::listener()
{
    REQUIRE(listeners_.contains(console));
    return *listeners_.at(console);
}

DbusMessage FakeQemu::listener_call(const char* member, const char* interface)
{
    return listener().make_call("", kListenerPath, interface, member);
}

void FakeQemu::send_to_listener(DbusMessage message)
{
    REQUIRE(sd_bus_message_set_expect_reply(message.get(), 0) >= 0);
    listener().send_one_way(std::move(message));
}

Task<> FakeQemu::call_listener(DbusMessage message)
{
    co_await listener().call(std::move(message), std::chrono::seconds(5));
}

void FakeQemu::scanout(Size size, std::uint32_t colour)
{
    const auto bytes = filled(size, colour);
    DbusMessage message = listener_call("Scanout");
    append(message, "uuuu", size.width, size.height, row_bytes(size), kX8r8g8b8);
    REQUIRE(sd_bus_message_append_array(message.get(), 'y', bytes.data(), bytes.size()) >= 0);
    send_to_listener(std::move(message));
}

void FakeQemu::update(Rect area, std::uint32_t colour)
{
    const auto bytes = filled(area.size(), colour);
    DbusMessage message = listener_call("Update");
    append(message,
           "iiiiuu",
           area.x,
           area.y,
           area.width,
           area.height,
           row_bytes(area.size()),
           kX8r8g8b8);
    REQUIRE(sd_bus_message_append_array(message.get(), 'y', bytes.data(), bytes.size()) >= 0);
    send_to_listener(std::move(message));
}

void FakeQemu::close_listener()
{
    ::shutdown(sd_bus_get_fd(listener().bus()), SHUT_RDWR);
}

void FakeQemu::close_main()
{
    ::shutdown(sd_bus_get_fd(main_->bus()), SHUT_RDWR);
}

void FakeQemu::send_garbage()
{
    const std::string bytes(64, '\x7f');
    const int fd = sd_bus_get_fd(listener().bus());
    REQUIRE(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == 64);
}

void FakeQemu::change(const char* interface,
                      const char* property,
                      const char* type,
                      std::uint32_t value)
{
    const std::string path = kConsolePath + std::to_string(console);
    sd_bus_message* raw = nullptr;
    REQUIRE(sd_bus_message_new_signal(
                main_->bus(), &raw, path.c_str(), kProperties, "PropertiesChanged") >= 0);
    DbusMessage message(raw);
    append(message, "sa{sv}as", interface, 1, property, type, value, 0);
    main_->send_one_way(std::move(message));
}

void FakeQemu::resize(std::uint32_t new_width, std::uint32_t new_height)
{
    if (console == 0) {
        width = new_width;
        height = new_height;
    } else {
        second_size = {static_cast<std::int32_t>(new_width), static_cast<std::int32_t>(new_height)};
    }
    change("org.qemu.Display1.Console", "Width", "u", new_width);
    change("org.qemu.Display1.Console", "Height", "u", new_height);
}

} // namespace covnc::qemu_test
