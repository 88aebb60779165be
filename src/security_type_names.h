// Security types by the names that viewers use. Pure.
#pragma once

#include "rfb/constants.h"

#include <optional>
#include <string>
#include <string_view>

namespace covnc {

// "VncAuth"; a type that is not ours by its number.
std::string name_of(SecurityType type);
std::optional<SecurityType> security_type_of(std::string_view name);
// "None, VncAuth, ..."
std::string names_of_security_types();

} // namespace covnc
