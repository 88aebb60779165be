// The lines of a users' file, comments and all: to be read, or changed and written again. Pure.
#pragma once

#include "src/users/user_line.h"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace covnc {

// A file that cannot be read or understood; the text names it and the line.
class UserFileError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

class UserList
{
public:
    // path: for errors. Throws UserFileError: a wrong line, or a second one of the same user.
    UserList(std::string_view text, const std::string& path);

    std::vector<UserEntry> users() const;
    // Null where there is none.
    const UserEntry* find(const std::string& name) const;
    // In the place of the user's line; at the end where there is none.
    void set(const UserEntry& entry);
    // False where there is no such user.
    bool remove(const std::string& name);
    std::string text() const;

private:
    struct Line
    {
        std::string text;
        std::optional<UserEntry> entry; // nothing: a comment, or blank
    };

    std::vector<Line>::iterator line_of(const std::string& name);

    std::vector<Line> lines_;
};

} // namespace covnc
