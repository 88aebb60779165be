// One console of a QEMU machine: has its picture drawn, passes input on, knows its properties. Loop
// thread only.
#pragma once

#include "src/sources/qemu/listener.h"
#include "src/sources/qemu/machine_input.h"

namespace covnc {

inline constexpr const char* kConsoleInterface = "org.qemu.Display1.Console";

// Where the machine has its console of this number.
std::string console_path(std::uint32_t number);
// The properties of one of the machine's objects. Throws DbusCallError, TimedOut, DbusDisconnected,
// Cancelled.
Task<PropertyMap> get_properties(DbusConnection& connection,
                                 std::string destination,
                                 std::string path,
                                 std::string interface);
// A call whose argument, a descriptor, is still missing: adds it, and suspends until it is
// answered. Throws as get_properties.
Task<> hand_over(DbusConnection& connection, FileDescriptor descriptor, DbusMessage call);

class QemuConsole
{
public:
    // As QemuMachine. number: QEMU's. place: which of `consoles` this one is.
    QemuConsole(EventLoop& loop,
                DbusConnection& connection,
                std::string owner,
                std::uint32_t number,
                std::shared_ptr<const Keymap> keymap,
                SideBySide& consoles,
                std::size_t place);
    QemuConsole(const QemuConsole&) = delete;
    QemuConsole& operator=(const QemuConsole&) = delete;

    // What it says of itself; before open(). Throws as get_properties.
    Task<> read();
    // Makes a listener; from now on the console has a place among the others. Before follow() and
    // attach(), which run beside each other.
    void open();
    // Throws SourceError when the console's picture ends; Cancelled.
    Task<> follow();
    // Suspends until QEMU shows the picture to us. Throws SourceError, or as get_properties.
    Task<> attach();
    // PropertiesChanged, of the object at `path`. Throws DbusBadMessage.
    void properties_changed(std::string_view path, sd_bus_message* signal);

    MachineInput& input() { return input_; }
    // It has said that it keeps its size.
    bool cannot_resize() const { return cannot_resize_; }
    // The guest may follow later. place: among all screens.
    ResizeStatus request_size(const Rect& place);

private:
    // Wall time, for what QEMU's main loop waits for.
    static constexpr Duration kAttachLimit = std::chrono::seconds(1);

    void apply(const PropertyMap& properties);
    void ask_size();

    EventLoop& loop_;
    DbusConnection& connection_;
    std::string owner_;
    std::uint32_t number_;
    std::string path_;
    SideBySide& consoles_;
    std::size_t place_;
    MachineInput input_;
    FileDescriptor their_end_; // of the listener's socket, until attach()
    std::optional<QemuListener> listener_;
    Size size_; // by its properties
    bool size_is_asked_ = false;
    bool cannot_resize_ = false;
};

} // namespace covnc
