// covnc-passwd: keeps the users of covncd.
#include "coroutine/file_descriptor.h"
#include "src/private_file.h"
#include "src/users/password_hash.h"
#include "src/users/user_list.h"
#include "tools/passwd/passwd_options.h"
#include "tools/passwd/prompt.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <sys/file.h>

namespace {

using namespace covnc;
using namespace covnc::passwd;

constexpr int kUsageError = 2;
constexpr std::size_t kVncLength = 8; // what counts of a VNC password

// While it lives no other covnc-passwd changes a file in the same folder.
class FolderLock
{
public:
    explicit FolderLock(const std::string& file)
    {
        const std::filesystem::path folder = std::filesystem::path(file).parent_path();
        const std::string name = folder.empty() ? "." : folder.string();
        fd_ = FileDescriptor(open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (fd_) {
            flock(fd_.get(), LOCK_EX);
        }
    }

private:
    FileDescriptor fd_;
};

UserList read_list(const std::string& file, bool may_be_missing)
{
    const std::optional<std::string> text = read_file(file);
    if (!text && !may_be_missing) {
        throw UserFileError(file + ": there is no such file");
    }
    return UserList(text.value_or(""), file);
}

Secret password_of(const PasswdOptions& options, const std::string& question)
{
    return options.from_stdin ? read_line() : ask_twice(question);
}

std::string new_hash(const PasswdOptions& options)
{
    const Secret password = password_of(options, "Password of " + options.user);
    if (password.text().empty()) {
        throw PromptError("an empty password is none");
    }
    return hash_password(password);
}

void set_user(const PasswdOptions& options)
{
    check_user_name(options.user);
    UserEntry entry;
    entry.name = options.user;
    bool is_new = false;
    {
        const UserList list = read_list(options.file, true);
        is_new = list.find(options.user) == nullptr;
    }
    const bool changes_only_rights = !is_new && (options.access || options.expiry) &&
                                     !options.from_stdin && !options.asks_password;
    // Asked before the lock is taken: somebody may type for long.
    const std::string hash = changes_only_rights ? "" : new_hash(options);

    const FolderLock lock(options.file);
    UserList list = read_list(options.file, true);
    const UserEntry* const before = list.find(options.user);
    if (before != nullptr) {
        entry = *before;
    }
    entry.hash = hash.empty() ? entry.hash : hash;
    entry.access = options.access.value_or(entry.access);
    entry.access = entry.access == Access::kDenied ? Access::kFull : entry.access;
    entry.expiry = options.expiry.value_or(entry.expiry);
    list.set(entry);
    write_private_file(options.file, list.text());
    std::cout << options.file << ": " << (is_new ? "added " : "changed ") << options.user << "\n";
}

void delete_user(const PasswdOptions& options)
{
    const FolderLock lock(options.file);
    UserList list = read_list(options.file, false);
    if (!list.remove(options.user)) {
        throw UserFileError(options.file + ": there is no user " + options.user);
    }
    write_private_file(options.file, list.text());
    std::cout << options.file << ": deleted " << options.user << "\n";
}

void list_as_json(const std::vector<UserEntry>& users)
{
    nlohmann::ordered_json all = nlohmann::ordered_json::array();
    for (const UserEntry& user : users) {
        nlohmann::ordered_json one;
        one["name"] = user.name;
        one["view_only"] = user.access == Access::kViewOnly;
        one["expires"] = user.expiry.text().empty() ? nlohmann::ordered_json(nullptr)
                                                    : nlohmann::ordered_json(user.expiry.text());
        one["expired"] = user.expiry.has_passed(std::chrono::system_clock::now());
        one["locked"] = user.hash == "*" || user.hash.front() == '!';
        all.push_back(one);
    }
    std::cout << all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void list_users(const PasswdOptions& options)
{
    const std::vector<UserEntry> users = read_list(options.file, false).users();
    if (options.json) {
        list_as_json(users);
        return;
    }
    for (const UserEntry& user : users) {
        std::cout << user.name << (user.access == Access::kViewOnly ? "  view-only" : "  full");
        if (!user.expiry.text().empty()) {
            std::cout << "  until " << user.expiry.text();
        }
        std::cout << (user.hash == "*" || user.hash.front() == '!' ? "  locked\n" : "\n");
    }
}

void write_vnc_file(const PasswdOptions& options)
{
    const Secret full = password_of(options, "VNC password");
    const Secret view_only = password_of(options, "View-only VNC password (may be empty)");
    if (full.text().empty()) {
        throw PromptError("an empty password is none");
    }
    if (full.text().substr(0, kVncLength) == view_only.text().substr(0, kVncLength)) {
        throw PromptError("the view-only password equals the full one (only the first 8 "
                          "characters of a VNC password count)");
    }
    if (full.text().size() > kVncLength || view_only.text().size() > kVncLength) {
        std::cerr << "covnc-passwd: only the first 8 characters of a VNC password count\n";
    }
    const FolderLock lock(options.file);
    Secret text(full.text().size() + view_only.text().size() + 2);
    std::string_view parts[] = {full.text(), "\n", view_only.text(), "\n"};
    auto* place = text.bytes().data();
    for (const std::string_view part : parts) {
        place = std::copy(part.begin(), part.end(), place);
    }
    write_private_file(options.file, text.text());
    std::cout << options.file << ": written\n";
}

void act(const PasswdOptions& options)
{
    switch (options.action) {
    case Action::kSet:
        set_user(options);
        return;
    case Action::kDelete:
        delete_user(options);
        return;
    case Action::kList:
        list_users(options);
        return;
    case Action::kWriteVncFile:
        write_vnc_file(options);
        return;
    }
}

} // namespace

int main(int argc, char** argv)
{
    try {
        const std::optional<PasswdOptions> options = parse_passwd_options(argc, argv);
        if (options) {
            act(*options);
        }
        return EXIT_SUCCESS;
    } catch (const UsageError& error) {
        std::cerr << "covnc-passwd: " << error.what()
                  << "\n(covnc-passwd --help lists the options)\n";
        return kUsageError;
    } catch (const std::exception& error) {
        std::cerr << "covnc-passwd: " << error.what() << "\n";
        return EXIT_FAILURE;
    }
}
