#include "tools/load/abuse_attack.h"

#include "coroutine/task_scope.h"
#include "tools/load/abuse_peer.h"

#include <algorithm>

namespace covnc::load {

Task<> Attack::for_each(std::size_t count, std::size_t at_once, Job job)
{
    std::size_t next = 0;
    TaskScope scope(co_await current_context());
    for (std::size_t i = 0; i < std::min(at_once, count); ++i) {
        scope.spawn(work(next, count, job));
    }
    co_await scope.join();
}

Task<> Attack::work(std::size_t& next, std::size_t count, Job job)
{
    while (next < count) {
        const std::size_t mine = next++;
        co_await job(*this, mine);
    }
}

Task<> Attack::send_each(Stage stage, std::vector<Bytes> inputs, Bytes opening)
{
    Volley volley;
    volley.stage = stage;
    volley.inputs = std::move(inputs);
    volley.opening = std::move(opening);
    TaskScope scope(co_await current_context());
    for (std::size_t i = 0; i < std::min(kAtOnce, volley.inputs.size()); ++i) {
        scope.spawn(send_those(volley));
    }
    co_await scope.join();
}

Task<> Attack::send_those(Volley& volley)
{
    constexpr std::size_t kAnswer = std::size_t{1} << 20U;
    while (volley.next < volley.inputs.size()) {
        const Bytes& input = volley.inputs[volley.next++];
        HostilePeer peer(*this);
        const bool is_there = co_await peer.reach(volley.stage);
        if (!is_there) {
            continue;
        }
        if (!volley.opening.empty()) {
            co_await peer.send(volley.opening);
            co_await peer.read_within(kAnswer, kPatience / 6);
        }
        co_await peer.send(input);
        co_await peer.watch(kPatience);
    }
}

} // namespace covnc::load
