#include "rfb/request_pace.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr std::uint64_t kSmall = 4096;
constexpr std::uint64_t kLeast = 8192;
constexpr Duration kClear = std::chrono::milliseconds(5); // longer than chance
constexpr Duration kSmallLifetime = std::chrono::seconds(5);
constexpr Duration kTooLong = std::chrono::seconds(1);

double seconds_of(Duration time)
{
    return std::chrono::duration<double>(time).count();
}

} // namespace

void RequestPace::sent(std::uint64_t bytes, TimePoint now)
{
    if (undelivered_ == 0) {
        busy_since_ = now;
        delivered_then_ = sent_bytes_;
    }
    sent_bytes_ += bytes;
    update_bytes_ = bytes;
    sent_at_ = now;
}

void RequestPace::sent_more(std::uint64_t bytes)
{
    sent_bytes_ += bytes;
    if (update_bytes_ != 0) { // the viewer has not asked for the next one yet
        update_bytes_ += bytes;
    }
}

void RequestPace::requested(std::uint64_t undelivered, TimePoint now)
{
    if (update_bytes_ == 0) {
        return;
    }
    took_ = now - sent_at_;
    undelivered_ = std::min(undelivered, sent_bytes_);
    if (undelivered_ > 0) {
        asked_early(now);
    } else if (update_bytes_ <= kSmall) {
        small_.add({took_, update_bytes_}, now);
        small_seen_ = now;
    } else if (small_.value()) {
        answered(*small_.value(), now);
    }
    const bool is_stale = !small_.value() || now - small_seen_ > kSmallLifetime;
    wants_small_ = took_ > kTooLong && is_stale;
    update_bytes_ = 0;
}

// Where the difference is too short to tell, it shows that the link is no narrower than so; that
// matters where it was thought to be.
void RequestPace::answered(const Answer& small, TimePoint now)
{
    const Duration longer = took_ - small.took;
    if (longer > kClear || rate_.value()) {
        const auto more = static_cast<double>(update_bytes_ - small.bytes);
        rate_.add(more / seconds_of(std::max(longer, kClear)), now);
    }
}

void RequestPace::asked_early(TimePoint now)
{
    const std::uint64_t delivered = sent_bytes_ - undelivered_;
    if (delivered > delivered_then_ && now - busy_since_ > kClear) {
        rate_.add(static_cast<double>(delivered - delivered_then_) / seconds_of(now - busy_since_),
                  now);
        busy_since_ = now;
        delivered_then_ = delivered;
    }
}

std::optional<std::uint64_t> RequestPace::budget(Duration time) const
{
    if (wants_small_) {
        // What takes long may be the link's delay, its rate, or a viewer that asks when it likes: a
        // part tells, and is not sent lightly, because the picture is of two moments then.
        return kSmall / 2;
    }
    const std::optional<double> rate = rate_.value();
    if (!rate) {
        return std::nullopt;
    }
    const Answer small = small_.value().value_or(Answer{});
    const double delay = seconds_of(small.took) - static_cast<double>(small.bytes) / *rate;
    const double bytes = *rate * (seconds_of(time) + std::max(delay, 0.0) / 2);
    return std::max(kLeast, static_cast<std::uint64_t>(bytes));
}

} // namespace covnc
