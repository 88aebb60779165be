#include "src/private_file.h"

#include "coroutine/file_descriptor.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace covnc {

namespace {

[[noreturn]] void fail(const std::string& path)
{
    throw std::system_error(errno, std::generic_category(), path);
}

// Where a link leads; the path itself where nothing is there yet.
std::string real_path(const std::string& path)
{
    const std::unique_ptr<char, void (*)(void*)> resolved(realpath(path.c_str(), nullptr),
                                                          &std::free);
    return resolved != nullptr ? std::string(resolved.get()) : path;
}

void write_whole(int fd, std::string_view text, const std::string& path)
{
    while (!text.empty()) {
        const ssize_t count = write(fd, text.data(), text.size());
        if (count < 0 && errno != EINTR) {
            fail(path);
        }
        if (count > 0) {
            text.remove_prefix(static_cast<std::size_t>(count));
        }
    }
}

// Best effort: only root may give files away.
void keep_owner(int fd, const std::string& path)
{
    struct stat before{};
    if (stat(path.c_str(), &before) == 0 && fchown(fd, before.st_uid, before.st_gid) != 0 &&
        before.st_uid == geteuid() && fchown(fd, before.st_uid, getegid()) != 0) {
        fail(path);
    }
}

} // namespace

std::optional<std::string> read_file(const std::string& path)
{
    const FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        fail(path);
    }
    std::string text;
    std::vector<char> piece(65536);
    for (;;) {
        const ssize_t count = read(fd.get(), piece.data(), piece.size());
        if (count < 0 && errno != EINTR) {
            fail(path);
        }
        if (count == 0) {
            return text;
        }
        if (count > 0) {
            text.append(piece.data(), static_cast<std::size_t>(count));
        }
    }
}

void write_private_file(const std::string& path, std::string_view text)
{
    const std::string place = real_path(path);
    std::string temporary = place + ".XXXXXX";
    const FileDescriptor fd(mkostemp(temporary.data(), O_CLOEXEC)); // with mode 0600
    if (fd.get() < 0) {
        fail(path);
    }
    try {
        keep_owner(fd.get(), place);
        write_whole(fd.get(), text, path);
        if (fsync(fd.get()) != 0 || rename(temporary.c_str(), place.c_str()) != 0) {
            fail(path);
        }
    } catch (...) {
        unlink(temporary.c_str());
        throw;
    }
}

} // namespace covnc
