#include "coroutine/combinators.h"
#include "src/supervisor.h"

#include <catch2/catch.hpp>

using namespace covnc;

namespace {

// A machine that is there for some seconds, then gone.
class FlakySource final : public Source
{
public:
    FlakySource(EventLoop& loop, Duration lifetime) : loop_(loop), lifetime_(lifetime) {}

    Task<> run(Display& display) override
    {
        started.push_back(loop_.now());
        if (lifetime_ > Duration::zero()) {
            display.back().at(0, 0) = 0x123456;
            display.frame(Rect{0, 0, 1, 1});
        }
        co_await loop_.sleep_for(lifetime_);
        throw SourceError("it went away");
    }
    std::string describe() const override { return "flaky"; }
    void key(const KeyInput& /*input*/) override {}
    void pointer(const PointerInput& /*input*/) override {}
    ResizeStatus request_size(Size /*size*/) override { return ResizeStatus::kProhibited; }

    std::vector<TimePoint> started;

private:
    EventLoop& loop_;
    Duration lifetime_;
};

Task<> supervise_for(WorkerPool& pool, Source& source, Duration time, std::uint32_t& corner)
{
    const TaskContext context = co_await current_context();
    Display display(context, pool, DisplaySettings());
    try {
        co_await with_timeout(time,
                              run_until_first_ends(display.run(), supervise(source, display)));
    } catch (const TimedOut&) { // NOLINT(bugprone-empty-catch): this is how the test ends
    }
    corner = display.framebuffer().front().at(0, 0);
}

} // namespace

TEST_CASE("a machine that cannot be reached is tried again, less and less often", "[supervisor]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    ThreadPool pool(loop, 1);
    FlakySource source(loop, Duration::zero());
    std::uint32_t corner = 0;
    loop.run(supervise_for(pool, source, std::chrono::seconds(30), corner));
    REQUIRE(source.started.size() > 6);
    CHECK(source.started[1] - source.started[0] == std::chrono::milliseconds(250));
    CHECK(source.started[2] - source.started[1] == std::chrono::milliseconds(500));
    const std::size_t last = source.started.size() - 1;
    CHECK(source.started[last] - source.started[last - 1] == std::chrono::seconds(5));
}

TEST_CASE("when the machine goes, the display shows no signal instead of its last picture",
          "[supervisor]")
{
    VirtualClock clock;
    EventLoop loop(&clock);
    ThreadPool pool(loop, 1);
    FlakySource source(loop, std::chrono::seconds(8));
    std::uint32_t corner = 0;
    loop.run(supervise_for(pool, source, std::chrono::milliseconds(8100), corner));
    CHECK(corner == 0x10141c);
    // It had been well: the next try comes soon.
    std::uint32_t later = 0;
    FlakySource again(loop, std::chrono::seconds(8));
    loop.run(supervise_for(pool, again, std::chrono::seconds(9), later));
    REQUIRE(again.started.size() == 2);
    CHECK(again.started[1] - again.started[0] == std::chrono::milliseconds(8250));
    CHECK(later == 0x123456);
}
