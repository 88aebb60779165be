// Expiry: the last day on which a password opens anything, by the calendar of UTC. A value.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace covnc {

class Expiry
{
public:
    Expiry() = default; // never

    // "2027-01-31". Throws std::invalid_argument, whose text says what is wrong.
    static Expiry parse(std::string_view text);

    bool has_passed(std::chrono::system_clock::time_point now) const;
    // As parse() takes it; empty for never.
    std::string text() const;

    bool operator==(const Expiry&) const = default;

private:
    std::optional<std::chrono::sys_days> last_day_;
};

} // namespace covnc
