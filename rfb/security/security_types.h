// Security types by name and by what they are made of. Pure.
#pragma once

#include "rfb/constants.h"
#include "rfb/transport/tls_credentials.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace covnc {

// As viewers write it: "X509Vnc"; a type that is not ours by its number.
std::string name_of(SecurityType type);
std::optional<SecurityType> security_type_of(std::string_view name);
// "None, VncAuth, ..."
std::string names_of_security_types();

// Whether it is agreed on inside of VeNCrypt.
bool is_vencrypt_subtype(SecurityType type);
// What its TLS is; nothing for one without.
std::optional<TlsKind> tls_kind_of(SecurityType type);
// How the viewer logs in: of X509Vnc it is VncAuth, of plain types themselves.
SecurityType login_of(SecurityType type);

// The numbers that a server lists: each type once, VeNCrypt where the first of its subtypes is.
std::vector<std::uint8_t> listed_numbers(std::span<const SecurityType> types);

} // namespace covnc
