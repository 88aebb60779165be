#include "src/sources/qemu/bus_owner.h"

#include "coroutine/combinators.h"
#include "src/source.h"

namespace covnc {

namespace {

constexpr const char* kBus = "org.freedesktop.DBus";
constexpr Duration kLimit = std::chrono::seconds(5); // wall time, for the bus to answer

// What we asked to be told may come before the answers: nothing of it matters yet.
Task<> drop_signals(DbusConnection& connection)
{
    for (;;) {
        const DbusMessage dropped = co_await connection.next();
    }
}

Task<DbusMessage> ask(DbusConnection& connection, const char* member, std::string argument)
{
    DbusMessage call = connection.make_call(kBus, "/org/freedesktop/DBus", kBus, member);
    append(call, "s", argument.c_str());
    co_return co_await connection.call(std::move(call), kLimit);
}

Task<> find_owner(DbusConnection& connection, std::string name, std::string& owner)
{
    // First the match, then the question: no change falls between them.
    co_await ask(connection,
                 "AddMatch",
                 "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" +
                     name + "'");
    try {
        const DbusMessage reply = co_await ask(connection, "GetNameOwner", name);
        const char* text = nullptr;
        read(reply.get(), "s", &text);
        owner = text;
    } catch (const DbusCallError&) {
        throw SourceError("there is no " + name +
                          " on the bus (is the machine run with -display "
                          "dbus,addr=...?)");
    }
    co_await ask(connection,
                 "AddMatch",
                 "type='signal',sender='" + owner +
                     "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'");
}

} // namespace

Task<std::string> find_bus_owner(DbusConnection& connection, std::string name)
{
    std::string owner;
    co_await run_until_first_ends(drop_signals(connection), find_owner(connection, name, owner));
    co_return owner;
}

} // namespace covnc
