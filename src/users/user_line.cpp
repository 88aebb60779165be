#include "src/users/user_line.h"

#include "src/users/password_hash.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace covnc {

namespace {

constexpr std::size_t kLongestName = 255; // what RSA-AES has room for
constexpr const char* kFullWord = "full";
constexpr const char* kViewOnlyWord = "view-only";

std::vector<std::string> fields_of(std::string_view line)
{
    std::vector<std::string> fields(1);
    for (const char c : line) {
        if (c == ':') {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

Access access_of(const std::string& word)
{
    if (word == kFullWord || word.empty()) {
        return Access::kFull;
    }
    if (word == kViewOnlyWord) {
        return Access::kViewOnly;
    }
    throw std::invalid_argument("the third field is neither 'full' nor 'view-only'");
}

bool is_blank_or_comment(std::string_view line)
{
    const std::size_t first = line.find_first_not_of(" \t\r");
    return first == std::string_view::npos || line[first] == '#';
}

bool opens_nothing(const std::string& hash)
{
    return hash == "*" || hash.front() == '!';
}

} // namespace

void check_user_name(std::string_view name)
{
    if (name.empty() || name.size() > kLongestName) {
        throw std::invalid_argument("a user name has 1 to 255 bytes");
    }
    if (name.front() == '#' || std::any_of(name.begin(), name.end(), [](char c) {
            return c == ':' || (c >= '\0' && c < ' ');
        })) {
        throw std::invalid_argument(
            "a user name has no ':', no control characters, and no '#' at its start");
    }
}

std::optional<UserEntry> parse_user_line(std::string_view line)
{
    if (is_blank_or_comment(line)) {
        return std::nullopt;
    }
    if (line.back() == '\r') {
        line.remove_suffix(1);
    }
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() < 2 || fields.size() > 4) {
        throw std::invalid_argument("a line is NAME:HASH[:full|view-only[:LAST-DAY]]");
    }
    UserEntry entry;
    check_user_name(fields[0]);
    entry.name = fields[0];
    entry.hash = fields[1];
    if (entry.hash.empty() || (!opens_nothing(entry.hash) && !is_good_hash(entry.hash))) {
        throw std::invalid_argument("the second field is no hash of libcrypt that is still safe "
                                    "(covnc-passwd writes them)");
    }
    entry.access = access_of(fields.size() > 2 ? fields[2] : std::string());
    if (fields.size() > 3 && !fields[3].empty()) {
        entry.expiry = Expiry::parse(fields[3]);
    }
    return entry;
}

std::string user_line(const UserEntry& entry)
{
    const bool is_view_only = entry.access == Access::kViewOnly;
    std::string line = entry.name + ":" + entry.hash;
    const std::string expiry = entry.expiry.text();
    if (is_view_only || !expiry.empty()) {
        line += std::string(":") + (is_view_only ? kViewOnlyWord : kFullWord);
    }
    return expiry.empty() ? line : line + ":" + expiry;
}

} // namespace covnc
