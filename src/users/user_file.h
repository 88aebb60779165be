// Users in a file, see user_line.h for its lines. It is read again whenever it has changed.
#pragma once

#include "rfb/security/user_directory.h"
#include "src/users/user_list.h"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <sys/stat.h>

namespace covnc {

class UserFile final : public UserDirectory
{
public:
    // Reads it. Throws UserFileError.
    explicit UserFile(std::string path);

    // Where the file has become unreadable, what it was still counts; the log is told once.
    Login check(const Credentials& credentials) const override;
    // Whoever has a line, be it one without a password.
    Login admit(const std::string& user, const std::string& peer_address) const override;

private:
    using Users = std::map<std::string, UserEntry>;

    static Users parse(const std::string& text, const std::string& path);
    std::shared_ptr<const Users> current() const;
    // As stat(2) tells; zero where there is none.
    struct stat state_of_file() const;

    std::string path_;
    mutable std::mutex mutex_; // for what follows
    mutable struct stat read_state_{};
    mutable std::shared_ptr<const Users> users_;
};

} // namespace covnc
