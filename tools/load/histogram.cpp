#include "tools/load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace covnc::load {

namespace {

// Each power of two is cut into this many buckets.
constexpr unsigned kBits = 7;
constexpr std::uint64_t kSlices = 1U << kBits;

} // namespace

std::size_t Histogram::bucket_of(std::uint64_t value)
{
    if (value < kSlices) {
        return value;
    }
    const auto power = static_cast<unsigned>(std::bit_width(value)) - 1 - kBits;
    return (std::size_t{power} + 1) * kSlices + ((value >> power) - kSlices);
}

std::uint64_t Histogram::highest_of(std::size_t bucket)
{
    if (bucket < kSlices) {
        return bucket;
    }
    const std::size_t power = bucket / kSlices - 1;
    return ((kSlices + bucket % kSlices + 1) << power) - 1;
}

void Histogram::add(Duration value, std::uint64_t count)
{
    if (count == 0) {
        return;
    }
    value = std::max(value, Duration::zero());
    const std::size_t bucket = bucket_of(static_cast<std::uint64_t>(value.count()));
    if (bucket >= buckets_.size()) {
        buckets_.resize(bucket + 1);
    }
    buckets_[bucket] += count;
    min_ = count_ == 0 ? value : std::min(min_, value);
    max_ = std::max(max_, value);
    sum_ += static_cast<double>(value.count()) * static_cast<double>(count);
    count_ += count;
}

void Histogram::add_corrected(Duration value, Duration interval)
{
    add(value);
    for (value -= interval; value >= interval; value -= interval) {
        add(value);
    }
}

void Histogram::add(const Histogram& other)
{
    if (other.count_ == 0) {
        return;
    }
    buckets_.resize(std::max(buckets_.size(), other.buckets_.size()));
    for (std::size_t i = 0; i < other.buckets_.size(); ++i) {
        buckets_[i] += other.buckets_[i];
    }
    min_ = count_ == 0 ? other.min_ : std::min(min_, other.min_);
    max_ = std::max(max_, other.max_);
    sum_ += other.sum_;
    count_ += other.count_;
}

Duration Histogram::mean() const
{
    return count_ == 0 ? Duration{}
                       : Duration(static_cast<std::int64_t>(sum_ / static_cast<double>(count_)));
}

Duration Histogram::percentile(double percent) const
{
    const double wanted = std::ceil(percent / 100 * static_cast<double>(count_));
    const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
        seen += buckets_[i];
        if (seen >= rank) {
            const auto highest = static_cast<std::int64_t>(highest_of(i));
            return std::clamp(Duration(highest), min_, max_);
        }
    }
    return max_;
}

} // namespace covnc::load
