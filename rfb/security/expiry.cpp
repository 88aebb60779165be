#include "rfb/security/expiry.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

namespace covnc {

namespace {

// "YYYY-MM-DD", digits and two dashes.
bool has_form(std::string_view text)
{
    constexpr std::string_view kForm = "0000-00-00";
    return text.size() == kForm.size() &&
           std::equal(text.begin(), text.end(), kForm.begin(), [](char c, char form) {
               return form == '-' ? c == '-' : c >= '0' && c <= '9';
           });
}

unsigned number(std::string_view digits)
{
    unsigned result = 0;
    for (const char c : digits) {
        result = result * 10 + static_cast<unsigned>(c - '0');
    }
    return result;
}

} // namespace

Expiry Expiry::parse(std::string_view text)
{
    if (!has_form(text)) {
        throw std::invalid_argument("'" + std::string(text) + "' is no date like 2027-01-31");
    }
    const std::chrono::year_month_day date{
        std::chrono::year(static_cast<int>(number(text.substr(0, 4)))),
        std::chrono::month(number(text.substr(5, 2))),
        std::chrono::day(number(text.substr(8, 2)))};
    if (!date.ok()) {
        throw std::invalid_argument("there is no " + std::string(text) + " in the calendar");
    }
    Expiry expiry;
    expiry.last_day_ = std::chrono::sys_days(date);
    return expiry;
}

bool Expiry::has_passed(std::chrono::system_clock::time_point now) const
{
    return last_day_ && std::chrono::floor<std::chrono::days>(now) > *last_day_;
}

std::string Expiry::text() const
{
    if (!last_day_) {
        return {};
    }
    const std::chrono::year_month_day date(*last_day_);
    std::array<char, 32> text{};
    std::snprintf(text.data(),
                  text.size(),
                  "%04d-%02u-%02u",
                  static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()));
    return text.data();
}

} // namespace covnc
