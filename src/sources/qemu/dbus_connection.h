// A D-Bus connection on our event loop: sd-bus in pull mode.
//
// No object, filter or match is registered with sd-bus, so every message comes out of try_next();
// answers to our own calls are sorted out there by their cookies. Somebody must therefore read all
// the time (next() in a loop). No call of sd-bus that blocks is ever made. Loop thread only.
#pragma once

#include "coroutine/descriptor.h"
#include "coroutine/event.h"
#include "coroutine/task.h"
#include "src/sources/qemu/dbus_message.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace covnc {

struct BusCloseUnref
{
    void operator()(sd_bus* bus) const noexcept { sd_bus_close_unref(bus); }
};
using BusHandle = std::unique_ptr<sd_bus, BusCloseUnref>;

// Starts a connection without a bus over a connected socket, as the side that authenticates; what
// we say for that is in the socket already when this returns. Throws DbusDisconnected.
BusHandle open_peer(FileDescriptor socket);
// Connects to a message bus by its D-Bus address. Throws DbusDisconnected: no socket there.
BusHandle open_bus(const std::string& address);

class DbusConnection
{
public:
    // What to do with an answer, an error too; null when the connection ended before it came.
    using ReplyHandler = std::function<void(sd_bus_message*)>;

    // bus: started. Throws std::system_error, DbusDisconnected.
    DbusConnection(EventLoop& loop, BusHandle bus);
    DbusConnection(const DbusConnection&) = delete;
    DbusConnection& operator=(const DbusConnection&) = delete;

    sd_bus* bus() const { return bus_.get(); }

    // Suspends until both sides are authenticated. Nobody else may read meanwhile. A message with a
    // descriptor may be sent only after this. Throws DbusDisconnected, Cancelled.
    Task<> become_ready();

    // The next message that is there; null where there is none, or it is somebody else's turn: then
    // wait() at once, before anything else is awaited. Throws DbusDisconnected, and at its end
    // calls what waits for answers.
    DbusMessage try_next();
    // Suspends until try_next() is worth calling. Throws Cancelled.
    Task<> wait();
    // Both in one. Throws DbusDisconnected, Cancelled.
    Task<DbusMessage> next();

    // A method call; throws DbusDisconnected where memory or a name is bad.
    //   destination: empty without a bus.
    DbusMessage make_call(const std::string& destination,
                          const std::string& path,
                          const std::string& interface,
                          const char* member) const;

    // Sends a call without waiting; `handler` (may be empty) is called from try_next(). Returns the
    // cookie; 0 where it could not be sent, and then the handler is not called.
    std::uint64_t send(DbusMessage call, ReplyHandler handler = {});
    // Sends something that gets no answer.
    void send_one_way(DbusMessage message);
    // Answers to the other side's calls; nothing where none is expected.
    void accept(sd_bus_message* call);
    void refuse(sd_bus_message* call, const char* text);
    // An answer to be filled and sent. Throws DbusBadMessage.
    static DbusMessage make_answer(sd_bus_message* call);
    // Sends a call and suspends until its answer is there. Throws DbusCallError for an error,
    // TimedOut after `limit` (wall time), DbusDisconnected, Cancelled.
    Task<DbusMessage> call(DbusMessage message, Duration limit);

    // Calls that were sent and not answered yet.
    std::size_t unanswered() const { return pending_.size(); }

private:
    class PendingCall;
    // Steps of sd-bus in one turn: a message each, of up to some MB.
    static constexpr int kBurst = 16;

    [[noreturn]] void end(int error);
    bool take_reply(const DbusMessage& message);
    Task<> wait_readable();
    Task<> wait_writable();
    Task<> wait_for_failed_send();

    EventLoop& loop_;
    BusHandle bus_;
    Descriptor descriptor_; // a duplicate: sd-bus closes its own
    std::map<std::uint64_t, ReplyHandler> pending_;
    Event send_failed_;
    int burst_ = 0;
    std::string failure_; // not empty: it has ended
};

} // namespace covnc
