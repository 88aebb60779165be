// A machine as QEMU's D-Bus display shows it, for tests: sd-bus as the server side, on the test's
// own loop. Loop thread only.
#pragma once

#include "coroutine/task_scope.h"
#include "encodings/geometry.h"
#include "src/sources/qemu/dbus_connection.h"
#include "tests/src/qemu/fake_audio.h"
#include "tests/src/qemu/fake_clipboard.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace covnc::qemu_test {

// The server's end of a connection without a bus.
BusHandle serve_peer(FileDescriptor socket);

class FakeQemu
{
public:
    explicit FakeQemu(EventLoop& loop) : loop_(loop) {}

    // What it says of itself; set before serve().
    std::string name = "testvm";
    std::vector<std::uint32_t> consoles{0};
    std::uint32_t width = 64;
    std::uint32_t height = 48;
    Size second_size{32, 60};             // of its other consoles
    std::vector<std::uint32_t> terminals; // those of `consoles` that are no graphic ones
    std::uint32_t modifiers = 0;
    bool is_absolute = true;
    bool can_resize = false;
    FakeClipboard clipboard;
    FakeAudio audio;
    // What it does wrong.
    bool answers_register = true; // or RegisterListener gets an error
    bool authenticates_listener = true;
    bool asks_listener = true; // GetAll on the listener

    // Serves the main connection over this socket, and a listener once there is one, until
    // cancelled. A connection that the other side closes ends only itself.
    Task<> serve(FileDescriptor socket);
    // As serve(), for a connection that is on a bus already.
    Task<> serve_on(BusHandle bus);
    // A call to be sent once serve_on() is ready; `answered` is set by its answer.
    void on_ready(DbusMessage call, Event& answered)
    {
        first_call_ = std::move(call);
        first_answered_ = &answered;
    }

    // Suspends until a listener was registered and has answered.
    Event& attached() { return attached_; }
    bool offers_map() const { return offers_map_; }
    bool listener_has_ended() const { return listener_ended_; }
    // Input and SetUIInfo as "Keyboard.Press 30", "Console_1 Keyboard.Press 30", in order.
    const std::vector<std::string>& calls() const { return calls_; }

    // The console that everything below is about.
    std::uint32_t console = 0;

    // A call on the listener without a reply, to be filled and sent.
    DbusMessage listener_call(const char* member,
                              const char* interface = "org.qemu.Display1.Listener");
    void send_to_listener(DbusMessage message);
    // Sends and waits for the answer; throws as DbusConnection::call.
    Task<> call_listener(DbusMessage message);
    void scanout(Size size, std::uint32_t colour);
    void update(Rect area, std::uint32_t colour);
    // Bytes that are no D-Bus at all.
    void send_garbage();
    void close_listener();
    void close_main();
    // PropertiesChanged with one value; types "u" or "b".
    void change(const char* interface, const char* property, const char* type, std::uint32_t value);
    void resize(std::uint32_t new_width, std::uint32_t new_height);

private:
    Task<> serve_main();
    Task<> answer_calls(TaskScope& scope);
    Task<> serve_listener(std::uint32_t number);
    DbusConnection& listener();
    void answer(sd_bus_message* call, TaskScope& scope);
    void answer_get_all(sd_bus_message* call);
    void answer_register(sd_bus_message* call, TaskScope& scope);
    void answer_register_audio(sd_bus_message* call, TaskScope& scope);
    void reply(sd_bus_message* call);
    void refuse(sd_bus_message* call, const char* error);

    EventLoop& loop_;
    std::optional<DbusConnection> main_;
    std::map<std::uint32_t, std::unique_ptr<DbusConnection>> listeners_; // by console
    FileDescriptor silent_; // a listener's socket on which nobody speaks
    DbusMessage first_call_;
    Event* first_answered_ = nullptr;
    Event attached_;
    std::vector<std::string> calls_;
    bool offers_map_ = false;
    bool listener_ended_ = false;
};

} // namespace covnc::qemu_test
