// Counts of durations in buckets whose width grows with the value, so that each percentile is right
// to 1 % from nanoseconds to hours in little memory (after Gil Tene's HdrHistogram). Values.
#pragma once

#include "coroutine/clock.h"

#include <cstdint>
#include <vector>

namespace covnc::load {

class Histogram
{
public:
    void add(Duration value, std::uint64_t count = 1);
    void add(const Histogram& other);
    // For something that is tried every `interval`, but not while it lasts: what the tries that
    // were left out would have measured counts as well (no coordinated omission).
    void add_corrected(Duration value, Duration interval);

    std::uint64_t count() const { return count_; }
    bool is_empty() const { return count_ == 0; }
    Duration min() const { return min_; }
    Duration max() const { return max_; }
    Duration mean() const;
    // The smallest value that `percent` of all are at most; zero where there are none.
    Duration percentile(double percent) const;

private:
    static std::size_t bucket_of(std::uint64_t value);
    static std::uint64_t highest_of(std::size_t bucket);

    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    double sum_ = 0;
    Duration min_{};
    Duration max_{};
};

} // namespace covnc::load
