#include "src/security_type_names.h"

#include <array>

namespace covnc {

namespace {

struct NamedType
{
    const char* name;
    SecurityType type;
};

constexpr std::array kTypes{NamedType{"None", SecurityType::kNone},
                            NamedType{"VncAuth", SecurityType::kVncAuth},
                            NamedType{"RA2", SecurityType::kRa2},
                            NamedType{"RA2ne", SecurityType::kRa2ne},
                            NamedType{"RA2_256", SecurityType::kRa2_256},
                            NamedType{"RA2ne_256", SecurityType::kRa2ne_256}};

} // namespace

std::string name_of(SecurityType type)
{
    for (const NamedType& known : kTypes) {
        if (known.type == type) {
            return known.name;
        }
    }
    return std::to_string(static_cast<std::uint32_t>(type));
}

std::optional<SecurityType> security_type_of(std::string_view name)
{
    for (const NamedType& known : kTypes) {
        if (known.name == name) {
            return known.type;
        }
    }
    return std::nullopt;
}

std::string names_of_security_types()
{
    std::string names;
    for (const NamedType& known : kTypes) {
        names += (names.empty() ? "" : ", ") + std::string(known.name);
    }
    return names;
}

} // namespace covnc
