#include "src/sources/qemu/dbus_connection.h"

#include "coroutine/combinators.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <utility>

namespace covnc {

namespace {

int check(int result, const std::string& doing)
{
    if (result < 0) {
        throw DbusDisconnected(doing + ": " + std::strerror(-result));
    }
    return result;
}

BusHandle new_bus()
{
    sd_bus* raw = nullptr;
    check(sd_bus_new(&raw), "cannot make a D-Bus connection");
    return BusHandle(raw);
}

FileDescriptor duplicate_descriptor(sd_bus* bus)
{
    const int fd = check(sd_bus_get_fd(bus), "a D-Bus connection has no socket");
    FileDescriptor copy(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!copy) {
        check(-errno, "cannot watch a D-Bus connection");
    }
    return copy;
}

std::string reason(int error)
{
    switch (error) {
    case -ECONNRESET:
    case -ENOTCONN:
    case -EPIPE:
        return "the D-Bus connection was closed by the other side";
    case -EBADMSG:
        return "the other side does not speak D-Bus as it should";
    case -ENOBUFS:
        return "the other side sends a D-Bus message that is too large";
    case -EPERM:
    case -EACCES:
        return "the other side refused our D-Bus authentication";
    default:
        return std::string("the D-Bus connection failed: ") + std::strerror(-error);
    }
}

} // namespace

BusHandle open_peer(FileDescriptor socket)
{
    BusHandle bus = new_bus();
    check(sd_bus_set_fd(bus.get(), socket.get(), socket.get()), "cannot use a socket for D-Bus");
    socket.release(); // sd-bus closes it
    check(sd_bus_set_bus_client(bus.get(), 0), "cannot set up a D-Bus connection");
    check(sd_bus_negotiate_fds(bus.get(), 1), "cannot set up a D-Bus connection");
    check(sd_bus_set_trusted(bus.get(), 1), "cannot set up a D-Bus connection");
    check(sd_bus_start(bus.get()), "cannot start a D-Bus connection");
    return bus;
}

BusHandle open_bus(const std::string& address)
{
    BusHandle bus = new_bus();
    check(sd_bus_set_address(bus.get(), address.c_str()), "bus address '" + address + "'");
    check(sd_bus_set_bus_client(bus.get(), 1), "cannot set up a D-Bus connection");
    check(sd_bus_negotiate_fds(bus.get(), 1), "cannot set up a D-Bus connection");
    check(sd_bus_start(bus.get()), "cannot connect to the bus at '" + address + "'");
    return bus;
}

// One call() under way: known to the connection by its cookie for as long as this lives.
class DbusConnection::PendingCall
{
public:
    PendingCall(DbusConnection& connection, DbusMessage call) : connection_(connection)
    {
        cookie_ =
            connection_.send(std::move(call), [this](sd_bus_message* reply) { answered(reply); });
        if (cookie_ == 0) {
            throw DbusDisconnected("a D-Bus call could not be sent");
        }
    }
    ~PendingCall() { connection_.pending_.erase(cookie_); }
    PendingCall(const PendingCall&) = delete;
    PendingCall& operator=(const PendingCall&) = delete;

    Task<> wait() { co_await done_.wait(); }

    DbusMessage take()
    {
        if (!reply_) {
            throw DbusDisconnected(connection_.failure_);
        }
        if (const sd_bus_error* error = sd_bus_message_get_error(reply_.get())) {
            throw DbusCallError(error->name, error->message != nullptr ? error->message : "");
        }
        return std::move(reply_);
    }

private:
    void answered(sd_bus_message* reply)
    {
        reply_.reset(sd_bus_message_ref(reply)); // which takes null for null
        done_.set();
    }

    DbusConnection& connection_;
    std::uint64_t cookie_ = 0;
    DbusMessage reply_;
    Event done_;
};

DbusConnection::DbusConnection(EventLoop& loop, BusHandle bus)
    : loop_(loop),
      bus_(std::move(bus)),
      descriptor_(loop, duplicate_descriptor(bus_.get()))
{}

Task<> DbusConnection::become_ready()
{
    for (;;) {
        const int progress = sd_bus_process(bus_.get(), nullptr);
        if (progress < 0) {
            end(progress);
        }
        const int ready = sd_bus_is_ready(bus_.get());
        if (ready < 0) {
            end(ready);
        }
        if (ready > 0) {
            co_return;
        }
        if (progress == 0) {
            co_await wait();
        }
    }
}

DbusMessage DbusConnection::try_next()
{
    if (!failure_.empty()) {
        throw DbusDisconnected(failure_);
    }
    while (burst_ < kBurst) {
        sd_bus_message* raw = nullptr;
        const int progress = sd_bus_process(bus_.get(), &raw);
        DbusMessage message(raw);
        if (progress < 0) {
            end(progress);
        }
        if (progress == 0) {
            burst_ = 0;
            break;
        }
        ++burst_;
        if (!message || take_reply(message)) {
            continue;
        }
        if (sd_bus_message_is_signal(message.get(), "org.freedesktop.DBus.Local", "Disconnected") >
            0) {
            end(-ECONNRESET);
        }
        return message;
    }
    return nullptr;
}

Task<> DbusConnection::wait()
{
    if (burst_ >= kBurst || !failure_.empty()) {
        burst_ = 0;
        co_await loop_.yield();
        co_return;
    }
    // Writable too: what could not be sent at once is sent by sd_bus_process().
    co_await run_until_first_ends(wait_readable(), wait_writable(), wait_for_failed_send());
    send_failed_.reset();
}

Task<DbusMessage> DbusConnection::next()
{
    for (;;) {
        DbusMessage message = try_next();
        if (message) {
            co_return message;
        }
        co_await wait();
    }
}

Task<> DbusConnection::wait_readable()
{
    co_await descriptor_.readable();
}

Task<> DbusConnection::wait_writable()
{
    co_await descriptor_.writable();
}

Task<> DbusConnection::wait_for_failed_send()
{
    co_await send_failed_.wait();
}

DbusMessage DbusConnection::make_call(const std::string& destination,
                                      const std::string& path,
                                      const std::string& interface,
                                      const char* member) const
{
    sd_bus_message* raw = nullptr;
    check(sd_bus_message_new_method_call(bus_.get(),
                                         &raw,
                                         destination.empty() ? nullptr : destination.c_str(),
                                         path.c_str(),
                                         interface.c_str(),
                                         member),
          "cannot make a D-Bus call");
    return DbusMessage(raw);
}

std::uint64_t DbusConnection::send(DbusMessage call, ReplyHandler handler)
{
    std::uint64_t cookie = 0;
    if (sd_bus_send(bus_.get(), call.get(), &cookie) < 0) {
        // No edge need follow: the reader has to look by itself.
        send_failed_.set();
        return 0;
    }
    pending_.emplace(cookie, std::move(handler));
    return cookie;
}

void DbusConnection::send_one_way(DbusMessage message)
{
    if (sd_bus_send(bus_.get(), message.get(), nullptr) < 0) {
        send_failed_.set();
    }
}

DbusMessage DbusConnection::make_answer(sd_bus_message* call)
{
    sd_bus_message* raw = nullptr;
    check_message(sd_bus_message_new_method_return(call, &raw), "cannot answer");
    return DbusMessage(raw);
}

void DbusConnection::accept(sd_bus_message* call)
{
    if (sd_bus_message_get_expect_reply(call) > 0) {
        send_one_way(make_answer(call));
    }
}

void DbusConnection::refuse(sd_bus_message* call, const char* text)
{
    if (sd_bus_message_get_expect_reply(call) <= 0) {
        return;
    }
    sd_bus_message* raw = nullptr;
    const int made = sd_bus_message_new_method_errorf(
        call, &raw, "org.freedesktop.DBus.Error.UnknownMethod", "%s", text);
    if (made >= 0) {
        send_one_way(DbusMessage(raw));
    }
}

Task<DbusMessage> DbusConnection::call(DbusMessage message, Duration limit)
{
    PendingCall pending(*this, std::move(message));
    co_await with_timeout(limit, pending.wait());
    co_return pending.take();
}

bool DbusConnection::take_reply(const DbusMessage& message)
{
    std::uint64_t cookie = 0;
    if (sd_bus_message_get_reply_cookie(message.get(), &cookie) < 0) {
        return false;
    }
    const auto found = pending_.find(cookie);
    if (found != pending_.end()) {
        const ReplyHandler handler = std::move(found->second);
        pending_.erase(found);
        if (handler) {
            handler(message.get());
        }
    }
    return true;
}

void DbusConnection::end(int error)
{
    failure_ = reason(error);
    const auto pending = std::exchange(pending_, {});
    for (const auto& [cookie, handler] : pending) {
        if (handler) {
            handler(nullptr);
        }
    }
    throw DbusDisconnected(failure_);
}

} // namespace covnc
