#include "src/supervisor.h"

#include "src/no_signal.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace covnc {

namespace {

constexpr Duration kFirstPause = std::chrono::milliseconds(250);
constexpr Duration kLongestPause = std::chrono::seconds(5);

// Why the source ended; empty never.
Task<std::string> run_once(Source& source, Display& display)
{
    try {
        co_await source.run(display);
    } catch (const std::exception& error) {
        co_return error.what();
    }
    co_return "it has ended";
}

} // namespace

Task<> supervise(Source& source, Display& display)
{
    const TaskContext context = co_await current_context();
    Duration pause = kFirstPause;
    std::string last_reason;
    for (;;) {
        const TimePoint started = context.loop->now();
        const std::string reason = co_await run_once(source, display);
        if (context.loop->now() - started > kLongestPause) {
            pause = kFirstPause; // it had been well
        }
        if (reason != last_reason) {
            spdlog::warn("source {}: no signal: {}", source.describe(), reason);
            last_reason = reason;
        }
        show_no_signal(display, source.describe(), reason);
        co_await context.loop->sleep_for(pause);
        pause = std::min(pause * 2, kLongestPause);
    }
}

} // namespace covnc
