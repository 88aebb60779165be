// Our end of org.qemu.Display1.Listener: QEMU calls us, over a socket of its own, with every change
// of one console's picture. Loop thread only.
//
// QEMU's main loop stands still until we have authenticated and answered its GetAll, and it queues
// without bound what we do not read. So everything is answered in the turn in which it arrives, and
// the socket is drained whatever viewers do.
#pragma once

#include "src/sources/qemu/dbus_connection.h"
#include "src/sources/qemu/screen.h"
#include "src/sources/shared_surface.h"

#include <deque>
#include <functional>
#include <optional>

namespace covnc {

class QemuListener
{
public:
    // socket: our end, connected; authentication starts here. screen: the console's. ask_size: asks
    // the machine how large the console is; console_size() is called with the answer. Throws
    // DbusDisconnected.
    QemuListener(EventLoop& loop,
                 FileDescriptor socket,
                 QemuScreen screen,
                 std::function<void()> ask_size);

    // Takes what comes, until the machine closes the connection. Throws DbusDisconnected,
    // Cancelled.
    Task<> run();
    // Set when QEMU has got what it blocks on.
    Event& attached() { return attached_; }
    // The console's size, as its properties tell it. They do not come in order with pictures.
    void console_size(Size size);

    // Messages that were not understood and dropped.
    std::uint64_t dropped() const { return dropped_; }

private:
    // Updates that wait for the size they belong to.
    static constexpr std::size_t kMaxWaiting = 1024;
    static constexpr std::size_t kMaxWaitingBytes = std::size_t{64} << 20U;

    void handle(DbusMessage message);
    void dispatch(DbusMessage& message);
    void answer_properties(sd_bus_message* call);
    void drop(sd_bus_message* message, const char* why);

    void scanout(sd_bus_message* message);
    bool update(sd_bus_message* message);
    void update_or_wait(DbusMessage& message);
    void scanout_map(sd_bus_message* message);
    void update_map(sd_bus_message* message);
    void define_cursor(sd_bus_message* message);
    void scanout_dmabuf(sd_bus_message* message);
    void check_console_size();
    void forget_waiting();

    struct Waiting
    {
        DbusMessage message;
        std::size_t bytes = 0;
    };

    DbusConnection connection_;
    QemuScreen screen_;
    std::function<void()> ask_size_;
    Event attached_;
    Size console_size_;
    std::optional<SharedSurface> shared_;
    std::deque<Waiting> waiting_; // updates that reach outside of the picture we know
    std::size_t waiting_bytes_ = 0;
    std::uint64_t dropped_ = 0;
    bool dmabuf_refused_ = false;
};

} // namespace covnc
