// Counts the bytes that encoded updates and copies of pixels hold, whoever holds them. Loop thread.
#pragma once

#include "coroutine/event.h"

#include <cstddef>
#include <memory>
#include <utility>

namespace covnc {

class MemoryBudget
{
public:
    explicit MemoryBudget(std::size_t limit) : limit_(limit) {}

    // Bytes held; given back when it goes, which may be after the budget itself has gone.
    class Share
    {
    public:
        Share() = default;
        Share(Share&& other) noexcept
            : used_(std::move(other.used_)),
              bytes_(std::exchange(other.bytes_, 0))
        {}
        Share(const Share&) = delete;
        Share& operator=(const Share&) = delete;
        Share& operator=(Share&& other) noexcept
        {
            std::swap(used_, other.used_);
            std::swap(bytes_, other.bytes_);
            return *this;
        }
        ~Share()
        {
            if (used_ != nullptr) {
                used_->bytes -= bytes_;
                used_->freed.set();
            }
        }

    private:
        friend class MemoryBudget;
        struct Used
        {
            std::size_t bytes = 0;
            Event freed;
        };
        Share(std::shared_ptr<Used> used, std::size_t bytes) : used_(std::move(used)), bytes_(bytes)
        {
            used_->bytes += bytes_;
        }

        std::shared_ptr<Used> used_;
        std::size_t bytes_ = 0;
    };

    // Never refuses: whoever can wait asks has_room() first.
    Share take(std::size_t bytes) { return Share(used_, bytes); }
    // Whether `bytes` more fit; always where nothing is held, so that somebody can go on.
    bool has_room(std::size_t bytes) const
    {
        // Small updates (a line of text) get through while large ones wait.
        const std::size_t limit = bytes <= kSmall ? limit_ + limit_ / 4 : limit_;
        return used_->bytes == 0 || used_->bytes + bytes <= limit;
    }
    std::size_t used() const { return used_->bytes; }
    std::size_t limit() const { return limit_; }
    // Set when something was given back. Reset it before waiting.
    Event& freed() { return used_->freed; }

private:
    static constexpr std::size_t kSmall = 65536;

    std::size_t limit_;
    std::shared_ptr<Share::Used> used_ = std::make_shared<Share::Used>();
};

} // namespace covnc
