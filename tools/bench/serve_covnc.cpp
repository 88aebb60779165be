#include "coroutine/combinators.h"
#include "coroutine/listener.h"
#include "src/server.h"
#include "tools/bench/fanout_server.h"
#include "tools/bench/player.h"

#include <spdlog/spdlog.h>

namespace covnc::bench {

namespace {

Task<> play(EventLoop& loop, Display& display, Player& player, Board& board)
{
    TimePoint next = loop.now();
    for (;;) {
        std::vector<CopyRect> moves;
        const Region damage = player.draw(display.back(), moves);
        display.frame(damage, moves);
        board.commits = display.framebuffer().version();
        board.encodings = display.cache().statistics().encodings;
        next += kFrameTime;
        co_await loop.sleep_until(next);
    }
}

Task<> serve(EventLoop& loop, FileDescriptor& listening, const ServerPlan& plan, Board& board)
{
    Player player(plan.sequence, board);
    ThreadPool pool(loop, plan.workers);
    const TaskContext context = co_await current_context();
    DisplaySettings settings;
    settings.size = player.size();
    Display display(context, pool, settings);
    AccessPolicy policy;
    policy.types = {plan.security};
    policy.tls = TlsCredentials::for_server(plan.tls);
    Server server(display, policy, ServerLimits{});
    std::vector<std::unique_ptr<Listener>> listeners;
    listeners.push_back(std::make_unique<Listener>(loop, std::move(listening)));
    co_await run_until_first_ends(
        display.run(), server.run(std::move(listeners)), play(loop, display, player, board));
}

} // namespace

void serve_with_covnc(FileDescriptor listening, const ServerPlan& plan, Board& board)
{
    spdlog::set_level(spdlog::level::off);
    EventLoop loop;
    loop.run(serve(loop, listening, plan, board));
}

} // namespace covnc::bench
