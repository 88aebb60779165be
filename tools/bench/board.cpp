#include "tools/bench/board.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

namespace covnc::bench {

void Board::show(std::uint64_t fingerprint, TimePoint now)
{
    const std::uint64_t count = pictures_shown.load(std::memory_order_relaxed);
    if (count > 0 && pictures[(count - 1) % kPictures].fingerprint == fingerprint) {
        return;
    }
    Picture& picture = pictures[count % kPictures];
    picture.fingerprint = fingerprint;
    picture.shown = now.time_since_epoch().count();
    pictures_shown.store(count + 1, std::memory_order_release);
}

std::optional<TimePoint> Board::last_shown(std::uint64_t fingerprint) const
{
    const std::uint64_t count = pictures_shown.load(std::memory_order_acquire);
    // One less than there are: the oldest may be being overwritten.
    for (std::uint64_t back = 1; back <= std::min<std::uint64_t>(count, kPictures - 1); ++back) {
        const Picture& picture = pictures[(count - back) % kPictures];
        if (picture.fingerprint == fingerprint) {
            return TimePoint(Duration(picture.shown.load()));
        }
    }
    return {};
}

SharedBoard::SharedBoard() : memory_(::memfd_create("covnc-bench", MFD_CLOEXEC))
{
    if (memory_.get() < 0 || ::ftruncate(memory_.get(), sizeof(Board)) != 0) {
        throw std::system_error(errno, std::generic_category(), "memory to share");
    }
    board_ = new (map()) Board;
}

SharedBoard::SharedBoard(FileDescriptor memory)
    : memory_(std::move(memory)),
      board_(static_cast<Board*>(map()))
{}

SharedBoard::~SharedBoard()
{
    ::munmap(board_, sizeof(Board));
}

void* SharedBoard::map() const
{
    void* const memory =
        ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0);
    if (memory == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(), "memory to share");
    }
    return memory;
}

} // namespace covnc::bench
