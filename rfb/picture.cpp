#include "rfb/picture.h"

namespace covnc {

namespace {

// Pixels that have not changed for so long are quiet.
constexpr Duration kQuietTime = std::chrono::milliseconds(500);

} // namespace

bool Picture::commit(const Region& damage, std::span<const CopyRect> moves, MoveSearch search)
{
    const bool changed = framebuffer_.commit(damage, moves, search);
    if (changed) {
        note_version();
    }
    return changed;
}

void Picture::resize(Size size)
{
    framebuffer_.resize(size);
    note_version();
}

void Picture::note_version()
{
    commits_.push_back({loop_.now(), framebuffer_.version()});
    while (commits_.front().time + kQuietTime <= loop_.now()) {
        quiet_since_ = commits_.front().version;
        commits_.pop_front();
    }
    cache_.committed();
}

Region Picture::restless_pixels() const
{
    std::uint64_t quiet = quiet_since_;
    for (const CommitTime& commit : commits_) {
        if (commit.time + kQuietTime > loop_.now()) {
            break;
        }
        quiet = commit.version;
    }
    return framebuffer_.changed_since(quiet);
}

} // namespace covnc
