// Finding a machine on a message bus. Loop thread only.
#pragma once

#include "src/sources/qemu/dbus_connection.h"

#include <string>

namespace covnc {

// Asks the bus who owns `name`, and has the bus tell us of its properties' changes and of its end.
// Returns its unique name. Throws SourceError: nobody does; DbusDisconnected, DbusCallError,
// TimedOut, Cancelled. connection: ready, read by nobody else meanwhile.
Task<std::string> find_bus_owner(DbusConnection& connection, std::string name);

} // namespace covnc
