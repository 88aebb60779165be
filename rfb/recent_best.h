// A measure that ages. Values and a given time; no waiting.
#pragma once

#include "coroutine/clock.h"

#include <optional>

namespace covnc {

// The greatest (or least) of what was seen lately: in the current period or the one before.
template <typename T>
class RecentBest
{
public:
    RecentBest(Duration period, bool wants_least) : period_(period), wants_least_(wants_least) {}

    void add(T value, TimePoint now)
    {
        if (now - since_ > period_) {
            before_ = now - since_ > 2 * period_ ? std::nullopt : current_;
            current_.reset();
            since_ = now;
        }
        if (!current_ || is_better(value, *current_)) {
            current_ = value;
        }
    }
    std::optional<T> value() const
    {
        if (!before_ || !current_) {
            return current_ ? current_ : before_;
        }
        return is_better(*before_, *current_) ? before_ : current_;
    }

private:
    bool is_better(T a, T b) const { return wants_least_ ? a < b : a > b; }

    Duration period_;
    bool wants_least_;
    TimePoint since_{};
    std::optional<T> before_;
    std::optional<T> current_;
};

} // namespace covnc
