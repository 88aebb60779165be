#include "src/sources/qemu/dbus_message.h"

#include <cstring>
#include <optional>
#include <string_view>

namespace covnc {

namespace {

std::vector<std::uint32_t> read_numbers(sd_bus_message* message)
{
    const void* data = nullptr;
    std::size_t bytes = 0;
    check_message(sd_bus_message_read_array(message, 'u', &data, &bytes), "cannot read numbers");
    std::vector<std::uint32_t> numbers(bytes / sizeof(std::uint32_t));
    if (!numbers.empty()) {
        std::memcpy(numbers.data(), data, bytes);
    }
    return numbers;
}

// Inside the variant.
std::optional<PropertyValue> read_value(sd_bus_message* message, std::string_view type)
{
    if (type == "u") {
        std::uint32_t number = 0;
        read(message, "u", &number);
        return number;
    }
    if (type == "b") {
        int truth = 0;
        read(message, "b", &truth);
        return truth != 0;
    }
    if (type == "s") {
        const char* text = nullptr;
        read(message, "s", &text);
        return std::string(text);
    }
    if (type == "au") {
        return read_numbers(message);
    }
    check_message(sd_bus_message_skip(message, std::string(type).c_str()), "cannot skip a value");
    return std::nullopt;
}

void read_property(sd_bus_message* message, PropertyMap& properties)
{
    const char* name = nullptr;
    read(message, "s", &name);
    const char* type = nullptr;
    check_message(sd_bus_message_peek_type(message, nullptr, &type), "cannot read a property");
    const std::string value_type = type == nullptr ? "" : type;
    check_message(sd_bus_message_enter_container(message, 'v', value_type.c_str()),
                  "cannot read a property");
    std::optional<PropertyValue> value = read_value(message, value_type);
    if (value) {
        properties.insert_or_assign(name, std::move(*value));
    }
    check_message(sd_bus_message_exit_container(message), "cannot read a property");
}

} // namespace

int check_message(int result, const char* doing)
{
    if (result < 0) {
        throw DbusBadMessage(std::string(doing) + ": " + std::strerror(-result));
    }
    return result;
}

void require_signature(sd_bus_message* message, const char* types)
{
    if (sd_bus_message_has_signature(message, types) <= 0) {
        throw DbusBadMessage(std::string("its body is not '") + types + "'");
    }
}

PropertyMap read_properties(sd_bus_message* message)
{
    constexpr const char* kDoing = "cannot read properties";
    PropertyMap properties;
    const int found = sd_bus_message_enter_container(message, 'a', "{sv}");
    if (check_message(found, kDoing) == 0) {
        throw DbusBadMessage("a message ends before its properties");
    }
    for (;;) {
        const int entered = sd_bus_message_enter_container(message, 'e', "sv");
        if (check_message(entered, kDoing) == 0) {
            break;
        }
        read_property(message, properties);
        check_message(sd_bus_message_exit_container(message), kDoing);
    }
    check_message(sd_bus_message_exit_container(message), kDoing);
    return properties;
}

} // namespace covnc
