// A position in a list of pieces that is being written bit by bit.
#pragma once

#include "coroutine/stream.h"

#include <algorithm>
#include <sys/uio.h>

namespace covnc {

class GatherCursor
{
public:
    explicit GatherCursor(std::span<const ByteView> pieces) : pieces_(pieces) { skip_empty(); }

    bool is_done() const { return index_ == pieces_.size(); }
    // What is left of the current piece. Not when done.
    ByteView front() const { return pieces_[index_].subspan(offset_); }
    // Fills `vectors` with what comes next; returns how many were filled.
    std::size_t fill(std::span<iovec> vectors) const
    {
        std::size_t count = 0;
        std::size_t offset = offset_;
        for (std::size_t i = index_; i < pieces_.size() && count < vectors.size(); ++i) {
            const ByteView rest = pieces_[i].subspan(offset);
            offset = 0;
            if (!rest.empty()) {
                // sendmsg only reads, but iovec knows no const.
                vectors[count++] = {const_cast<std::uint8_t*>(rest.data()), rest.size()};
            }
        }
        return count;
    }
    void advance(std::size_t count)
    {
        while (count > 0) {
            const std::size_t here = std::min(count, pieces_[index_].size() - offset_);
            offset_ += here;
            count -= here;
            skip_empty();
        }
    }

private:
    void skip_empty()
    {
        while (index_ < pieces_.size() && offset_ == pieces_[index_].size()) {
            ++index_;
            offset_ = 0;
        }
    }

    std::span<const ByteView> pieces_;
    std::size_t index_ = 0;
    std::size_t offset_ = 0;
};

} // namespace covnc
