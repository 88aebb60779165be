// D-Bus messages of sd-bus with an owner, what they carry as values, and the errors of a D-Bus
// peer. Loop thread only: sd-bus counts references without atomics.
#pragma once

#include <systemd/sd-bus.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace covnc {

// The connection has ended or cannot go on; the text says why.
class DbusDisconnected : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

// A message that does not hold what it should.
class DbusBadMessage : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

// The peer answered a call with an error.
class DbusCallError : public std::runtime_error
{
public:
    // name: as D-Bus names errors, "org.qemu.Display1.Error.Unsupported".
    DbusCallError(std::string name, const std::string& text)
        : std::runtime_error(name + ": " + text),
          name_(std::move(name))
    {}
    const std::string& name() const { return name_; }

private:
    std::string name_;
};

struct DbusMessageUnref
{
    void operator()(sd_bus_message* message) const noexcept { sd_bus_message_unref(message); }
};
// Owns a reference; descriptors that came with a message go with it.
using DbusMessage = std::unique_ptr<sd_bus_message, DbusMessageUnref>;

// Throws DbusBadMessage where an sd-bus function returned an error.
int check_message(int result, const char* doing);

// As sd_bus_message_append: `types` in D-Bus's letters, then C values of just those types.
template <typename... Values>
void append(const DbusMessage& message, const char* types, Values... values)
{
    check_message(sd_bus_message_append(message.get(), types, values...), "cannot fill a message");
}

// As sd_bus_message_read, into pointers. Throws DbusBadMessage.
template <typename... Pointers>
void read(sd_bus_message* message, const char* types, Pointers... pointers)
{
    check_message(sd_bus_message_read(message, types, pointers...), "cannot read a message");
}

// Throws DbusBadMessage unless the whole body is of these types.
void require_signature(sd_bus_message* message, const char* types);

// Properties of the types that QEMU's display uses; those of others are left out.
using PropertyValue = std::variant<std::uint32_t, bool, std::string, std::vector<std::uint32_t>>;
using PropertyMap = std::map<std::string, PropertyValue, std::less<>>;

// Reads an a{sv} at the message's position. Throws DbusBadMessage.
PropertyMap read_properties(sd_bus_message* message);

// Null where there is none of that name and type. Valid as long as the map is.
template <typename T>
const T* find_property(const PropertyMap& properties, std::string_view name)
{
    const auto found = properties.find(name);
    return found == properties.end() ? nullptr : std::get_if<T>(&found->second);
}

} // namespace covnc
