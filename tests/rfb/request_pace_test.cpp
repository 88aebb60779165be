// A viewer without fences behind a link that is arithmetic: a delay, and a narrow place.
#include "rfb/request_pace.h"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace covnc;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

Duration time_of(double seconds)
{
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

// Asks, gets an update of all that is wanted or of the budget, and asks again.
class Model
{
public:
    RequestPace pace;
    double bandwidth = 250'000; // bytes a second
    Duration round_trip = milliseconds(200);
    bool asks_early = false; // when an update begins, not when it is there
    std::uint64_t wanted = 500'000;
    int small_every = 8; // updates; a caret blinks. 0: never

    // The time that the link needs for the last update.
    double run(int updates)
    {
        std::uint64_t bytes = 0;
        for (int i = 0; i < updates; ++i) {
            const bool is_small = small_every > 0 && ++count_ % small_every == 0;
            const std::uint64_t all = is_small ? 1000 : wanted;
            bytes = std::min(all, pace.budget(milliseconds(40)).value_or(all));
            pace.sent(bytes - bytes / 3, now_);
            pace.sent_more(bytes / 3);
            free_at_ = std::max(free_at_, now_) + time_of(static_cast<double>(bytes) / bandwidth);
            const Duration begun = round_trip + time_of(100 / bandwidth);
            now_ = asks_early ? now_ + begun : free_at_ + round_trip;
            pace.requested(undelivered(), now_);
        }
        return static_cast<double>(bytes) / bandwidth;
    }

private:
    std::uint64_t undelivered() const
    {
        const double seconds = std::chrono::duration<double>(free_at_ - now_).count();
        return static_cast<std::uint64_t>(std::max(seconds, 0.0) * bandwidth);
    }

    int count_ = 0;
    TimePoint now_{seconds(100)};
    TimePoint free_at_{};
};

} // namespace

TEST_CASE("without fences an update takes a narrow link no longer than a moment", "[pace]")
{
    Model model;
    model.bandwidth = GENERATE(25'000.0, 250'000.0, 2'500'000.0);
    model.round_trip = GENERATE(milliseconds(2), milliseconds(50), milliseconds(200));
    const double took = model.run(41);
    const double idle = std::chrono::duration<double>(model.round_trip).count();
    CAPTURE(model.bandwidth, idle, took);
    const double moment = std::max({0.1 + idle, 1.5 * 8192 / model.bandwidth});
    CHECK(took <= moment);
    CHECK(took >= std::min(0.03, 2048 / model.bandwidth)); // it does not dwindle
    CHECK(model.run(2002) <= moment);                      // nor creep up
}

TEST_CASE("where all updates are large, none takes the link much more than a second", "[pace]")
{
    Model model;
    model.small_every = 0;
    model.bandwidth = GENERATE(25'000.0, 250'000.0, 2'500'000.0);
    model.run(20);
    CHECK(model.run(1) < 1);
    CHECK(model.run(2000) < 1);
}

TEST_CASE("a viewer that asks when it likes gets whole pictures", "[pace]")
{
    Model model;
    model.bandwidth = 1e9;
    model.round_trip = milliseconds(700); // it thinks
    for (int i = 0; i < 50; ++i) {
        model.run(1);
        CHECK(model.pace.budget(milliseconds(40)).value_or(model.wanted) >= model.wanted);
    }
}

TEST_CASE("a wide link's updates are not cut", "[pace]")
{
    Model model;
    model.bandwidth = 1e9;
    model.round_trip = milliseconds(1);
    model.run(40);
    CHECK_FALSE(model.pace.budget(milliseconds(40)).has_value());
}

TEST_CASE("a viewer that asks before an update is there does not make its link look wide", "[pace]")
{
    Model model;
    model.asks_early = true;
    model.round_trip = GENERATE(milliseconds(2), milliseconds(20), milliseconds(200));
    const double took = model.run(201);
    CAPTURE(took);
    CHECK(took < 0.3);
    CHECK(took >= 0.008); // 2 kB
}

TEST_CASE("a link that becomes narrow, or longer, is noticed", "[pace]")
{
    Model model;
    model.bandwidth = 2'500'000;
    model.round_trip = milliseconds(20);
    model.run(100);
    SECTION("narrow")
    {
        model.bandwidth = 100'000;
        CHECK(model.run(43) < 0.2);
    }
    SECTION("longer")
    {
        model.round_trip = milliseconds(300);
        model.run(100);
        CHECK(model.run(5) > 0.02); // it has not dwindled to almost nothing
    }
}

TEST_CASE("a request with nothing under way answers for nothing", "[pace]")
{
    RequestPace pace;
    pace.requested(0, TimePoint(seconds(1)));
    pace.sent(1000, TimePoint(seconds(1)));
    pace.requested(5000, TimePoint(seconds(2))); // more than was sent
    pace.requested(0, TimePoint(seconds(9)));
    CHECK(pace.budget(milliseconds(40)).value_or(0) <= 8192);
}
