// The source of a benchmark's server: draws a sequence and keeps its own cost apart.
#pragma once

#include "coroutine/clock.h"
#include "tools/bench/board.h"
#include "tools/bench/sequence.h"

namespace covnc::bench {

constexpr int kFramesASecond = 30;
constexpr Duration kFrameTime = std::chrono::nanoseconds(std::chrono::seconds(1)) / kFramesASecond;

class Player
{
public:
    // board must live longer. Throws RecordingError.
    Player(const std::string& sequence, Board& board)
        : sequence_(Sequence::open(sequence)),
          board_(board)
    {}

    Size size() const { return sequence_->size(); }
    // As Sequence::draw(), and puts the picture on the board.
    Region draw(WritablePixelView back, std::vector<CopyRect>& moves);

private:
    std::unique_ptr<Sequence> sequence_;
    Board& board_;
};

} // namespace covnc::bench
