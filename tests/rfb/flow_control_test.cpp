// Flow control against a link that is arithmetic: a narrow place with a queue, and a delay.
#include "rfb/flow_control.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>

using namespace covnc;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// Sends whenever it may, in pieces of `piece` bytes, over a link with these properties.
class Model
{
public:
    FlowControl flow;
    double bandwidth = 250'000; // bytes a second
    Duration round_trip = milliseconds(200);
    std::uint64_t piece = 10'000;
    Duration pause{}; // the application has nothing to send so often

    std::uint64_t delivered = 0;
    Duration longest_queue{}; // that a new byte would have met, since reset()

    void run(Duration time)
    {
        const TimePoint end = now_ + time;
        while (now_ < end) {
            answer();
            if (flow.may_send(now_) && now_ >= next_send_) {
                send();
            }
            now_ += milliseconds(1);
        }
    }
    void reset()
    {
        delivered = 0;
        longest_queue = {};
    }
    TimePoint now() const { return now_; }

private:
    static constexpr std::uint32_t kNone = 0; // the number of an update without a fence

    struct Answer
    {
        std::uint32_t number;
        TimePoint at;
        std::uint64_t bytes;
    };

    void send()
    {
        longest_queue = std::max(longest_queue, free_at_ - now_);
        if (!flow.wants_fence(piece, now_)) {
            flow.sent_without_fence(piece);
            carry(piece);
            answers_.push_back({kNone, free_at_ + round_trip, piece});
        } else {
            if (flow.wants_round_trip(now_)) {
                send_one(0);
            }
            send_one(piece);
        }
        next_send_ = now_ + pause;
    }
    void send_one(std::uint64_t bytes)
    {
        const std::uint32_t number = flow.sent(bytes, now_);
        carry(bytes);
        answers_.push_back({number, free_at_ + round_trip, bytes});
    }
    void carry(std::uint64_t bytes)
    {
        free_at_ = std::max(free_at_, now_) +
                   std::chrono::duration_cast<Duration>(
                       std::chrono::duration<double>(static_cast<double>(bytes) / bandwidth));
    }
    void answer()
    {
        while (!answers_.empty() && answers_.front().at <= now_) {
            if (answers_.front().number != kNone) {
                flow.answered(answers_.front().number, now_);
            }
            delivered += answers_.front().bytes;
            answers_.pop_front();
        }
    }

    TimePoint now_{seconds(1)};
    TimePoint free_at_{};
    TimePoint next_send_{};
    std::deque<Answer> answers_;
};

} // namespace

TEST_CASE("a link is used, and no queue builds in front of it", "[flow]")
{
    for (const double bandwidth : {30e3, 250e3, 2.5e6, 12.5e6}) {
        for (const int round_trip : {1, 20, 100, 300}) {
            CAPTURE(bandwidth, round_trip);
            Model model;
            model.bandwidth = bandwidth;
            model.round_trip = milliseconds(round_trip);
            model.piece = std::max<std::uint64_t>(4096, static_cast<std::uint64_t>(bandwidth / 25));
            model.run(seconds(10));
            model.reset();
            model.run(seconds(40));
            CHECK(static_cast<double>(model.delivered) > 0.8 * 40 * bandwidth);
            // The standing queue, and what one update and a growing window add.
            const double one = static_cast<double>(model.piece) / bandwidth;
            const double least = FlowControl::kLeastWindow / bandwidth;
            CHECK(std::chrono::duration<double>(model.longest_queue).count() < 0.12 + one + least);
        }
    }
}

TEST_CASE("a wider link is found within seconds, a narrower one as well", "[flow]")
{
    Model model;
    model.run(seconds(10));
    model.bandwidth = 2.5e6;
    model.piece = 50'000;
    model.run(seconds(10));
    model.reset();
    model.run(seconds(10));
    CHECK(static_cast<double>(model.delivered) > 0.85 * 10 * 2.5e6);
    model.bandwidth = 250e3;
    model.piece = 10'000;
    model.run(seconds(6));
    model.reset();
    model.run(seconds(10));
    CHECK(model.longest_queue < milliseconds(250));
    CHECK(static_cast<double>(model.delivered) > 0.85 * 10 * 250e3);
}

TEST_CASE("a longer route is not taken for congestion for ever", "[flow]")
{
    Model model;
    model.round_trip = milliseconds(20);
    model.run(seconds(10));
    model.round_trip = milliseconds(300);
    model.run(seconds(30));
    model.reset();
    model.run(seconds(20));
    CHECK(static_cast<double>(model.delivered) > 0.85 * 20 * model.bandwidth);
}

TEST_CASE("a display with little news does not make the link look narrow", "[flow]")
{
    Model model;
    model.bandwidth = 2.5e6;
    model.piece = 30'000;
    model.pause = milliseconds(500);
    model.run(seconds(20));
    CHECK(*model.flow.rate() > 0.5e6);
    CHECK(model.flow.may_send(model.now()));
}

TEST_CASE("who answers no fence gets a little at first, and then all; nothing is kept for ever",
          "[flow]")
{
    FlowControl flow;
    flow.sent(10'000, TimePoint{seconds(0)});
    CHECK(flow.may_send(TimePoint{seconds(0)}));
    flow.sent(100'000, TimePoint{seconds(0)});
    CHECK_FALSE(flow.may_send(TimePoint{seconds(1)}));
    for (int i = 5; i < 5000; ++i) {
        CHECK(flow.may_send(TimePoint{seconds(i)}));
        flow.sent(100'000, TimePoint{seconds(i)});
    }
    CHECK_FALSE(flow.rate());
    // An answer that was forgotten, or invented, is nothing.
    flow.answered(1, TimePoint{seconds(5000)});
    flow.answered(77'777, TimePoint{seconds(5000)});
    CHECK_FALSE(flow.rate());
    flow.answered(4997, TimePoint{seconds(5000)});
    CHECK(flow.rate());
    CHECK(flow.in_flight() == 0);
}

TEST_CASE("who answers no longer is soon sent what it asks for", "[flow]")
{
    FlowControl flow;
    flow.answered(flow.sent(0, TimePoint{seconds(1)}), TimePoint{seconds(1)});
    flow.answered(flow.sent(10'000, TimePoint{seconds(1)}), TimePoint{seconds(2)});
    flow.sent(100'000, TimePoint{seconds(100)});
    CHECK_FALSE(flow.may_send(TimePoint{seconds(102)}));
    CHECK(flow.may_send(TimePoint{seconds(104)}));
}

TEST_CASE("with nothing under way something may always be sent", "[flow]")
{
    FlowControl flow;
    TimePoint now{seconds(1)};
    for (int i = 0; i < 100; ++i) { // a terribly slow viewer
        CHECK(flow.may_send(now));
        const std::uint32_t number = flow.sent(1'000'000, now);
        now += seconds(100);
        flow.answered(number, now);
    }
    CHECK(flow.window() >= FlowControl::kLeastWindow);
}
