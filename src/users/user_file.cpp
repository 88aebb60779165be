#include "src/users/user_file.h"

#include "src/private_file.h"
#include "src/users/password_hash.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <system_error>

namespace covnc {

namespace {

// Opens nothing; costs what libcrypt's own choice costs, where the file has nothing to compare.
constexpr const char* kNobody =
    "$y$j9T$JqrRz5QWGWLBcoeU8bkRJ/$P/GTHwGbdSsQ95derAQdIL8BclKYCyjculXu9eL5R.6";

bool is_same(const struct stat& a, const struct stat& b)
{
    return a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_size == b.st_size &&
           a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

bool can_be_compared(const UserEntry& entry)
{
    return entry.hash != "*" && entry.hash.front() != '!';
}

Login unless_expired(const UserEntry& entry, const char* what)
{
    if (entry.expiry.has_passed(std::chrono::system_clock::now())) {
        return Login::denied(what + entry.name + " has expired");
    }
    return Login(entry.access, entry.name);
}

} // namespace

UserFile::UserFile(std::string path) : path_(std::move(path))
{
    read_state_ = state_of_file();
    try {
        const std::optional<std::string> text = read_file(path_);
        if (!text) {
            throw UserFileError(path_ + ": there is no such file");
        }
        users_ = std::make_shared<const Users>(parse(*text, path_));
    } catch (const std::system_error& error) {
        throw UserFileError(error.what());
    }
}

UserFile::Users UserFile::parse(const std::string& text, const std::string& path)
{
    Users users;
    for (UserEntry& entry : UserList(text, path).users()) {
        const std::string name = entry.name;
        users.emplace(name, std::move(entry));
    }
    return users;
}

struct stat UserFile::state_of_file() const
{
    struct stat state{};
    if (stat(path_.c_str(), &state) != 0) {
        return {};
    }
    return state;
}

std::shared_ptr<const UserFile::Users> UserFile::current() const
{
    const std::lock_guard lock(mutex_);
    const struct stat state = state_of_file();
    if (!is_same(state, read_state_)) {
        read_state_ = state;
        try {
            const std::optional<std::string> text = read_file(path_);
            if (!text) {
                throw UserFileError(path_ + ": it is gone");
            }
            users_ = std::make_shared<const Users>(parse(*text, path_));
            spdlog::info("{}: read again, {} users", path_, users_->size());
        } catch (const std::exception& error) {
            spdlog::error("{} (users stay as they were)", error.what());
        }
    }
    return users_;
}

Login UserFile::check(const Credentials& credentials) const
{
    const std::shared_ptr<const Users> users = current();
    const auto found = users->find(credentials.user);
    const bool is_known = found != users->end() && can_be_compared(found->second);
    // Without such a user, the same work for nothing: with a hash like the others'.
    std::string hash = kNobody;
    if (is_known) {
        hash = found->second.hash;
    } else {
        for (const auto& [name, entry] : *users) {
            if (can_be_compared(entry)) {
                hash = entry.hash;
                break;
            }
        }
    }
    const bool fits = fits_hash(credentials.password, hash);
    if (!is_known) {
        return Login::denied("unknown user, or one without a password");
    }
    const UserEntry& entry = found->second;
    if (!fits) {
        return Login::denied("wrong password of user " + entry.name);
    }
    return unless_expired(entry, "the password of user ");
}

Login UserFile::admit(const std::string& user, const std::string&) const
{
    const std::shared_ptr<const Users> users = current();
    const auto found = users->find(user);
    if (found == users->end()) {
        return Login::denied("who logged in is not in the users' file");
    }
    return unless_expired(found->second, "user ");
}

} // namespace covnc
