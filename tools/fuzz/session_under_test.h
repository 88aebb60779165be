// A real session on a small display, fed with the fuzzer's bytes on virtual time.
#pragma once

#include "coroutine/combinators.h"
#include "rfb/session.h"

#include <algorithm>

namespace covnc::fuzz {

// Hands out `input` in pieces of up to 100 bytes, then ends. Takes whatever is written.
class InputStream final : public Stream
{
public:
    using Stream::write_all;

    explicit InputStream(ByteView input) : rest_(input) {}
    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override
    {
        constexpr std::size_t kPiece = 100;
        const std::size_t count = std::min({buffer.size(), rest_.size(), kPiece});
        std::copy_n(rest_.begin(), count, buffer.begin());
        rest_ = rest_.subspan(count);
        const TaskContext context = co_await current_context();
        co_await context.loop->yield(); // the writer half gets its turn
        co_return count;
    }
    Task<> write_all(std::span<const ByteView> pieces) override
    {
        for (const ByteView piece : pieces) {
            count_written(piece.size());
        }
        co_return;
    }
    void shutdown_write() noexcept override {}
    std::string peer() const override { return "fuzzer"; }

private:
    ByteView rest_;
};

// Runs jobs at once; they end in the next turn.
class InlinePool final : public WorkerPool
{
public:
    explicit InlinePool(EventLoop& loop) : loop_(loop) {}
    std::size_t workers() const override { return 1; }

private:
    void submit(std::shared_ptr<Job> job) override
    {
        loop_.expect_post();
        job->execute();
        loop_.post([&loop = loop_, job] {
            loop.post_arrived();
            job->complete();
        });
    }

    EventLoop& loop_;
};

inline Task<> converse(Session& session)
{
    try {
        co_await session.greet();
        co_await session.serve();
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): how every input ends
    }
}

// What a session talks through, over the fuzzer's bytes.
using MakeChannel = Channel (*)(ByteView input);

inline Channel plain_channel(ByteView input)
{
    return std::make_unique<InputStream>(input);
}

// A machine that plays, and rings.
inline Task<> sound(EventLoop& loop, Display& display)
{
    const Bytes pcm(1000, 0x40);
    for (;;) {
        display.audio().start(PcmFormat{});
        display.audio().play(pcm);
        display.bell();
        co_await loop.sleep_for(std::chrono::milliseconds(100));
    }
}

inline Task<> run(EventLoop& loop, ByteView input, const AccessPolicy& policy, MakeChannel channel)
{
    const TaskContext context = co_await current_context();
    InlinePool pool(loop);
    DisplaySettings settings;
    settings.size = {70, 40};
    Display display(context, pool, settings);
    for (std::int32_t i = 0; i < 40; ++i) {
        display.back().at(i, i) = 0xffffff;
    }
    display.frame(Rect::of(settings.size));
    Session session(channel(input), display, policy);
    co_await run_until_first_ends(converse(session), display.run(), sound(loop, display));
}

inline void feed(ByteView input, const AccessPolicy& policy, MakeChannel channel = plain_channel)
{
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run(run(loop, input, policy, channel));
}

} // namespace covnc::fuzz
