#include "rfb/security/security_types.h"

#include <algorithm>
#include <array>

namespace covnc {

namespace {

struct Row
{
    SecurityType type;
    const char* name;
};

constexpr std::array kRows{
    Row{SecurityType::kNone, "None"},
    Row{SecurityType::kVncAuth, "VncAuth"},
    Row{SecurityType::kTlsNone, "TLSNone"},
    Row{SecurityType::kTlsVnc, "TLSVnc"},
    Row{SecurityType::kTlsPlain, "TLSPlain"},
    Row{SecurityType::kX509None, "X509None"},
    Row{SecurityType::kX509Vnc, "X509Vnc"},
    Row{SecurityType::kX509Plain, "X509Plain"},
    Row{SecurityType::kSasl, "SASL"},
    Row{SecurityType::kTlsSasl, "TLSSASL"},
    Row{SecurityType::kX509Sasl, "X509SASL"},
    Row{SecurityType::kTight, "Tight"},
    Row{SecurityType::kRa2, "RA2"},
    Row{SecurityType::kRa2ne, "RA2ne"},
    Row{SecurityType::kRa2_256, "RA2_256"},
    Row{SecurityType::kRa2ne_256, "RA2ne_256"},
    Row{SecurityType::kPlain, "Plain"},
};

} // namespace

std::string name_of(SecurityType type)
{
    const auto* const row = std::find_if(
        kRows.begin(), kRows.end(), [type](const Row& one) { return one.type == type; });
    return row != kRows.end() ? row->name : std::to_string(static_cast<std::uint32_t>(type));
}

std::optional<SecurityType> security_type_of(std::string_view name)
{
    const auto* const row = std::find_if(
        kRows.begin(), kRows.end(), [name](const Row& one) { return one.name == name; });
    if (row == kRows.end()) {
        return std::nullopt;
    }
    return row->type;
}

std::string names_of_security_types()
{
    std::string names;
    for (const Row& row : kRows) {
        names += (names.empty() ? "" : ", ") + std::string(row.name);
    }
    return names;
}

bool is_vencrypt_subtype(SecurityType type)
{
    return static_cast<std::uint32_t>(type) >= static_cast<std::uint32_t>(SecurityType::kPlain);
}

std::optional<TlsKind> tls_kind_of(SecurityType type)
{
    if (!is_vencrypt_subtype(type) || type == SecurityType::kPlain) {
        return std::nullopt;
    }
    const bool is_anonymous = type < SecurityType::kX509None || type == SecurityType::kTlsSasl;
    return is_anonymous ? TlsKind::kAnonymous : TlsKind::kCertificate;
}

SecurityType login_of(SecurityType type)
{
    if (type == SecurityType::kTlsNone || type == SecurityType::kX509None) {
        return SecurityType::kNone;
    }
    if (type == SecurityType::kTlsVnc || type == SecurityType::kX509Vnc) {
        return SecurityType::kVncAuth;
    }
    if (type == SecurityType::kTlsPlain || type == SecurityType::kX509Plain) {
        return SecurityType::kPlain;
    }
    if (type == SecurityType::kTlsSasl || type == SecurityType::kX509Sasl) {
        return SecurityType::kSasl;
    }
    return type;
}

std::vector<std::uint8_t> listed_numbers(std::span<const SecurityType> types)
{
    std::vector<std::uint8_t> numbers;
    for (const SecurityType type : types) {
        const SecurityType listed = is_vencrypt_subtype(type) ? SecurityType::kVeNCrypt : type;
        const auto number = static_cast<std::uint8_t>(listed);
        if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) {
            numbers.push_back(number);
        }
    }
    return numbers;
}

} // namespace covnc
