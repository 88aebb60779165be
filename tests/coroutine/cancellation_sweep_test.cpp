// A session in small (a deadline, parallel halves, a lock, a job on a worker) is cancelled, and
// destroyed, after every number of turns that it takes: whatever it waits for at that moment,
// everything is given back and nobody is left behind.
#include "coroutine/buffered_reader.h"
#include "coroutine/combinators.h"
#include "coroutine/memory_stream.h"
#include "coroutine/mutex.h"
#include "coroutine/queue.h"
#include "coroutine/semaphore.h"
#include "coroutine/worker_pool.h"
#include "tests/support/coroutine_loop.h"
#include "tests/support/counted.h"

#include <catch2/catch.hpp>

#include <array>

using namespace covnc;
using namespace covnc::test;
using std::chrono::seconds;

namespace {

// Runs a job in the turn after it was submitted: a sweep must be the same each time.
class NextTurnPool final : public WorkerPool
{
public:
    explicit NextTurnPool(EventLoop& loop) : loop_(loop) {}
    std::size_t workers() const override { return 1; }

private:
    void submit(std::shared_ptr<Job> job) override
    {
        loop_.expect_post();
        loop_.post([&loop = loop_, job = std::move(job)] {
            loop.post_arrived();
            job->execute();
            job->complete();
        });
    }

    EventLoop& loop_;
};

class SmallSession
{
public:
    SmallSession(EventLoop& loop, Stream& stream)
        : loop_(loop),
          stream_(stream),
          reader_(stream),
          pool_(loop)
    {}

    Task<> run()
    {
        const Counted local(1);
        co_await with_timeout(seconds(10), greet());
        co_await run_until_first_ends(read(), write());
        co_await shielded(with_timeout(seconds(1), say_goodbye()));
    }

    bool is_clean() const { return !mutex_.is_locked() && slots_.free() == 1; }

private:
    Task<> greet()
    {
        std::array<std::uint8_t, 4> hello{};
        co_await reader_.read_exact(hello);
        co_await stream_.write_all(ByteView(hello));
    }

    Task<> read()
    {
        for (;;) {
            const std::uint8_t byte = co_await reader_.read_byte();
            if (byte == 0) {
                co_return;
            }
            const bool taken = co_await requests_.push(byte);
            CHECK(taken);
            co_await loop_.yield();
        }
    }

    Task<> write()
    {
        for (;;) {
            const std::optional<std::uint8_t> request = co_await requests_.pop();
            const Semaphore::Slot slot = co_await slots_.acquire();
            const Mutex::Guard guard = co_await mutex_.lock();
            const Counted local(*request);
            auto job = [value = Counted(*request)] { return Counted(value.value() + 1); };
            const Counted result = co_await pool_.run(std::move(job));
            const std::array<std::uint8_t, 1> answer{static_cast<std::uint8_t>(result.value())};
            co_await stream_.write_all(ByteView(answer));
            co_await loop_.sleep_for(std::chrono::milliseconds(1));
        }
    }

    Task<> say_goodbye()
    {
        const std::array<std::uint8_t, 3> bye{'b', 'y', 'e'};
        co_await stream_.write_all(ByteView(bye));
    }

    EventLoop& loop_;
    Stream& stream_;
    BufferedReader reader_;
    NextTurnPool pool_;
    Queue<std::uint8_t> requests_{2};
    Mutex mutex_;
    Semaphore slots_{1};
};

struct World
{
    World()
    {
        MemoryPipeScript short_steps;
        short_steps.capacity = 2;
        short_steps.step = [] { return std::size_t{1}; };
        std::tie(ours, theirs) = make_memory_streams(short_steps, short_steps);
        session.emplace(at.loop, *ours);
        peer = converse(*theirs);
        peer.start(at.context(&peer_scope));
    }
    ~World()
    {
        peer_scope.cancel();
        drain();
    }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    static Task<> converse(Stream& stream)
    {
        const std::array<std::uint8_t, 9> out{'c', 'o', 'v', 'n', 1, 2, 3, 4, 5};
        std::array<std::uint8_t, 9> in{};
        co_await when_all(stream.write_all(ByteView(out)), stream.read_exact(in));
        const std::array<std::uint8_t, 1> end{0};
        co_await stream.write_all(ByteView(end));
        std::array<std::uint8_t, 3> bye{};
        co_await stream.read_exact(bye);
    }
    // Until nobody has anything to do: jobs that were left behind included.
    void drain()
    {
        const auto pause = [](EventLoop& loop) -> Task<> { co_await loop.sleep_for(seconds(60)); };
        at.loop.run(pause(at.loop));
    }

    VirtualLoop at;
    CancelScope peer_scope;
    CancelScope scope;
    std::unique_ptr<MemoryStream> ours;
    std::unique_ptr<MemoryStream> theirs;
    std::optional<SmallSession> session;
    Task<> peer;
};

int turns_of_a_whole_session()
{
    World world;
    Task<> task = world.session->run();
    task.start(world.at.context(&world.scope));
    int turns = 0;
    while (!task.is_done()) {
        world.at.loop.turn();
        ++turns;
    }
    task.result();
    REQUIRE(world.session->is_clean());
    return turns;
}

} // namespace

TEST_CASE("a session that is cancelled at any of its suspensions gives everything back",
          "[cancellation]")
{
    const int turns = turns_of_a_whole_session();
    REQUIRE(turns > 20);
    REQUIRE(Counted::alive() == 0);
    int cancelled = 0;
    for (int at_turn = 0; at_turn <= turns; ++at_turn) {
        World world;
        Task<> task = world.session->run();
        task.start(world.at.context(&world.scope));
        for (int i = 0; i < at_turn && !task.is_done(); ++i) {
            world.at.loop.turn();
        }
        world.scope.cancel();
        for (int i = 0; i < 100 && !task.is_done(); ++i) {
            world.at.loop.turn();
        }
        REQUIRE(task.is_done());
        try {
            task.result();
        } catch (const Cancelled&) {
            ++cancelled;
        }
        CHECK(world.session->is_clean());
        world.drain();
        CHECK(Counted::alive() == 0);
    }
    CHECK(cancelled > turns / 2);
}

TEST_CASE("a session that is destroyed at any of its suspensions gives everything back",
          "[cancellation]")
{
    const int turns = turns_of_a_whole_session();
    for (int at_turn = 0; at_turn <= turns; ++at_turn) {
        World world;
        {
            Task<> task = world.session->run();
            task.start(world.at.context(&world.scope));
            for (int i = 0; i < at_turn && !task.is_done(); ++i) {
                world.at.loop.turn();
            }
        }
        CHECK(world.session->is_clean());
        world.drain();
        CHECK(Counted::alive() == 0);
    }
}
