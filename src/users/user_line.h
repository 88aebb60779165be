// One line of a users' file: NAME:HASH[:full|view-only[:LAST-DAY]]. Pure; any thread.
#pragma once

#include "rfb/security/expiry.h"
#include "rfb/security/login.h"

#include <optional>
#include <string>
#include <string_view>

namespace covnc {

struct UserEntry
{
    UserEntry() = default;

    std::string name;
    std::string hash; // as libcrypt writes it; "*" or one that begins with "!": no password opens
    Access access = Access::kFull;
    Expiry expiry;
};

// Throws std::invalid_argument: empty, over 255 bytes, with ':', or bytes below 0x20, or with '#'
// at its start.
void check_user_name(std::string_view name);

// Nothing for a comment or a blank line. Throws std::invalid_argument, whose text says what is
// wrong and quotes no hash.
std::optional<UserEntry> parse_user_line(std::string_view line);

// The line, without its end.
std::string user_line(const UserEntry& entry);

} // namespace covnc
