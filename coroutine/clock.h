// Time as the event loop sees it. Replaced by a virtual clock in tests.
#pragma once

#include <chrono>

namespace covnc {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

class Clock
{
public:
    virtual ~Clock() = default;
    virtual TimePoint now() const { return std::chrono::steady_clock::now(); }
    // Called when nothing can happen before `time`: a virtual clock jumps there and returns true,
    // a real one returns false and the loop sleeps.
    virtual bool skip_to(TimePoint /*time*/) { return false; }
};

// Starts at zero and moves only when everybody waits.
class VirtualClock final : public Clock
{
public:
    TimePoint now() const override { return now_; }
    bool skip_to(TimePoint time) override
    {
        now_ = time;
        return true;
    }

private:
    TimePoint now_{};
};

} // namespace covnc
