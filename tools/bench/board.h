// What a server's process tells the process that loads it: memory that both share. The server
// writes, the other reads.
#pragma once

#include "coroutine/clock.h"
#include "coroutine/descriptor.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

namespace covnc::bench {

struct Board
{
    static constexpr std::size_t kPictures = 512; // the last ones

    struct Picture
    {
        std::atomic<std::uint64_t> fingerprint{0};
        std::atomic<std::int64_t> shown{0}; // nanoseconds of the steady clock
    };

    std::atomic<std::uint64_t> frames{0};
    std::atomic<std::uint64_t> commits{0}; // frames that changed something
    std::atomic<std::uint64_t> encodings{0};
    std::atomic<std::uint64_t> source_nanoseconds{0}; // CPU of drawing and fingerprints
    std::atomic<std::uint64_t> pictures_shown{0};
    std::array<Picture, kPictures> pictures{};

    // A picture is whole and about to be given to the server. One that equals the last is not new.
    void show(std::uint64_t fingerprint, TimePoint now);
    // When a picture was last shown; nothing: not of late.
    std::optional<TimePoint> last_shown(std::uint64_t fingerprint) const;
};

// A board in memory that a descriptor stands for, mapped for as long as this lives.
class SharedBoard
{
public:
    // A new one. Throws std::system_error.
    SharedBoard();
    // One that another process has made.
    explicit SharedBoard(FileDescriptor memory);
    ~SharedBoard();
    SharedBoard(const SharedBoard&) = delete;
    SharedBoard& operator=(const SharedBoard&) = delete;

    int fd() const { return memory_.get(); }
    Board& operator*() const { return *board_; }
    Board* operator->() const { return board_; }

private:
    void* map() const;

    FileDescriptor memory_;
    Board* board_ = nullptr;
};

} // namespace covnc::bench
