// Time as the event loop sees it. Replaced by a virtual clock in tests.
#pragma once

#include <chrono>

namespace covnc {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// `duration` after `when`; TimePoint::max(), which never comes, where that is too far away.
constexpr TimePoint after(TimePoint when, Duration duration)
{
    return duration > TimePoint::max() - when ? TimePoint::max() : when + duration;
}

class Clock
{
public:
    virtual ~Clock() = default;
    virtual TimePoint now() const { return std::chrono::steady_clock::now(); }
    // Called when nothing can happen before `time`: a virtual clock jumps there, with a real one
    // the loop sleeps.
    virtual void skip_to(TimePoint /*time*/) {}
};

// Starts at zero and moves only when everybody waits.
class VirtualClock final : public Clock
{
public:
    TimePoint now() const override { return now_; }
    void skip_to(TimePoint time) override { now_ = time; }

private:
    TimePoint now_{};
};

} // namespace covnc
