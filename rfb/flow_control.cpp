#include "rfb/flow_control.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr Duration kStandingQueue = std::chrono::milliseconds(30);
constexpr Duration kBaseLifetime = std::chrono::seconds(10);
constexpr Duration kClear = std::chrono::milliseconds(5);
constexpr Duration kShortest = std::chrono::microseconds(100);
constexpr Duration kPatience = std::chrono::seconds(3);
constexpr Duration kFenceInterval = std::chrono::milliseconds(100);
constexpr std::uint64_t kUntoldShare = 8; // of the window
constexpr double kStartGain = 2;
constexpr double kGrowth = 1.25;
constexpr int kRoundsWithoutGrowth = 3;
constexpr std::size_t kMostRemembered = 1024;

double seconds_of(Duration time)
{
    return std::chrono::duration<double>(time).count();
}

} // namespace

bool FlowControl::wants_fence(std::uint64_t bytes, TimePoint now) const
{
    return now >= fence_due_ || untold_bytes_ + bytes > window() / kUntoldShare;
}

std::uint32_t FlowControl::sent(std::uint64_t bytes, TimePoint now)
{
    const bool was_idle = in_flight() == untold_bytes_;
    if (was_idle) {
        answered_at_ = now; // a rate is not measured over time when nothing was to send
    }
    (bytes == 0 ? round_trip_due_ : fence_due_) = now + kFenceInterval;
    untold_bytes_ = 0;
    sent_bytes_ += bytes;
    under_way_.push_back(
        {++last_number_, now, bytes, sent_bytes_, answered_bytes_, answered_at_, was_idle});
    if (under_way_.size() > kMostRemembered) {
        under_way_.pop_front(); // of a viewer that does not answer
    }
    return last_number_;
}

void FlowControl::answered(std::uint32_t number, TimePoint now)
{
    const auto is_it = [number](const Message& message) { return message.number == number; };
    const auto found = std::find_if(under_way_.begin(), under_way_.end(), is_it);
    if (found == under_way_.end()) {
        return;
    }
    const Message message = *found;
    under_way_.erase(under_way_.begin(), found + 1);
    answered_bytes_ = message.end;
    answered_at_ = now;
    measure(message, now);
    look_at_base(now);
    if (answered_bytes_ >= round_end_) {
        round_end_ = sent_bytes_;
        look_for_growth();
    }
}

void FlowControl::measure(const Message& message, TimePoint now)
{
    const Duration took = std::max(now - message.at, kShortest);
    if (message.bytes == 0) {
        measure_round_trip(took, now);
        return;
    }
    const auto bytes = static_cast<double>(message.bytes);
    const Duration base = std::min(round_trip_.value().value_or(took), took);
    if (!message.was_idle) {
        const auto answered = static_cast<double>(answered_bytes_ - message.answered_before);
        const Duration time = std::max(now - message.answered_before_at, base);
        rate_.add(answered / seconds_of(time), now);
        return;
    }
    // Sent alone, it has taken the base and its own time, which tells little where it is short.
    const double least = bytes / seconds_of(took);
    const double own = bytes / seconds_of(std::max(took - base, kShortest));
    if (took - base > kClear || least > rate_.value().value_or(0)) {
        rate_.add(std::min(own, 4 * least), now);
    }
}

void FlowControl::measure_round_trip(Duration took, TimePoint now)
{
    const Duration base = round_trip_.value().value_or(took);
    if (took <= base) {
        base_seen_ = now;
    }
    if (took > base + base / 2 + kStandingQueue) {
        is_starting_ = false; // there is a queue: the link is full
    }
    round_trip_.add(took, now);
    if (*round_trip_.value() > base + base / 4) {
        is_starting_ = true; // another route: what is known of the rate is of the other one
        rounds_without_growth_ = 0;
        full_rate_ = 0;
    }
}

void FlowControl::look_for_growth()
{
    if (!is_starting_) {
        return;
    }
    const double rate = rate_.value().value_or(0);
    if (rate >= full_rate_ * kGrowth) {
        full_rate_ = rate;
        rounds_without_growth_ = 0;
    } else if (++rounds_without_growth_ >= kRoundsWithoutGrowth) {
        is_starting_ = false;
    }
}

void FlowControl::look_at_base(TimePoint now)
{
    if (is_draining_) {
        is_draining_ = answered_bytes_ < drained_at_;
        base_seen_ = is_draining_ ? base_seen_ : now;
    } else if (now - base_seen_ > kBaseLifetime) {
        is_draining_ = true;
        drained_at_ = sent_bytes_ + 1; // something that goes out behind what is under way now
    }
}

std::uint64_t FlowControl::window() const
{
    const std::optional<double> rate = rate_.value();
    const std::optional<Duration> base = round_trip_.value();
    if (!rate || !base) {
        return kFirstWindow;
    }
    double window = *rate * seconds_of(*base + kStandingQueue);
    if (is_draining_) {
        window = *rate * seconds_of(*base) / 2;
    } else if (is_starting_) {
        window *= kStartGain;
    }
    return std::max(kLeastWindow, static_cast<std::uint64_t>(window));
}

bool FlowControl::may_send(TimePoint now) const
{
    const bool awaits_answer = in_flight() > untold_bytes_;
    return in_flight() < window() || !awaits_answer || now - answered_at_ > kPatience;
}

} // namespace covnc
