#include "src/users/user_list.h"

#include <algorithm>
#include <set>

namespace covnc {

UserList::UserList(std::string_view text, const std::string& path)
{
    std::set<std::string> names;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        Line line;
        line.text = text.substr(begin, end - begin);
        try {
            line.entry = parse_user_line(line.text);
            if (line.entry && !names.insert(line.entry->name).second) {
                throw std::invalid_argument("a second line for the same user");
            }
        } catch (const std::invalid_argument& error) {
            throw UserFileError(path + ":" + std::to_string(lines_.size() + 1) + ": " +
                                error.what());
        }
        lines_.push_back(std::move(line));
        begin = end + 1;
    }
}

std::vector<UserEntry> UserList::users() const
{
    std::vector<UserEntry> users;
    for (const Line& line : lines_) {
        if (line.entry) {
            users.push_back(*line.entry);
        }
    }
    return users;
}

std::vector<UserList::Line>::iterator UserList::line_of(const std::string& name)
{
    return std::find_if(lines_.begin(), lines_.end(), [&name](const Line& line) {
        return line.entry && line.entry->name == name;
    });
}

const UserEntry* UserList::find(const std::string& name) const
{
    for (const Line& line : lines_) {
        if (line.entry && line.entry->name == name) {
            return &*line.entry;
        }
    }
    return nullptr;
}

void UserList::set(const UserEntry& entry)
{
    Line line;
    line.text = user_line(entry);
    line.entry = entry;
    const auto place = line_of(entry.name);
    if (place != lines_.end()) {
        *place = std::move(line);
    } else {
        lines_.push_back(std::move(line));
    }
}

bool UserList::remove(const std::string& name)
{
    const auto place = line_of(name);
    if (place == lines_.end()) {
        return false;
    }
    lines_.erase(place);
    return true;
}

std::string UserList::text() const
{
    std::string text;
    for (const Line& line : lines_) {
        text += line.text + "\n";
    }
    return text;
}

} // namespace covnc
