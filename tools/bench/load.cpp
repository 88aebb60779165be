#include "tools/bench/load.h"

#include "coroutine/buffered_reader.h"
#include "coroutine/combinators.h"
#include "coroutine/socket.h"
#include "rfb/client_handshake.h"
#include "rfb/client_messages.h"
#include "rfb/pseudo_rectangles.h"
#include "rfb/server_messages.h"
#include "tools/bench/scene.h"

#include <array>

namespace covnc::bench {

namespace {

struct Tally
{
    LoadResult result;
    bool counting = false;
};

class Watcher
{
public:
    Watcher(std::unique_ptr<Socket> socket, Duration delay, Tally& tally)
        : socket_(std::move(socket)),
          reader_(*socket_),
          delay_(delay),
          tally_(tally)
    {}

    Task<> run()
    {
        co_await greet();
        co_await request(false);
        const TaskContext context = co_await current_context();
        for (;;) {
            co_await read_update();
            if (delay_ > Duration::zero()) {
                co_await context.loop->sleep_for(delay_);
            }
            co_await request(true);
        }
    }

private:
    Task<> greet()
    {
        const ClientIdentity identity;
        co_await client_handshake(*socket_, reader_, identity);
        Bytes out;
        const SetPixelFormat native;
        native.write(out);
        const std::array<std::int32_t, 2> encodings{16, 1};
        write_set_encodings(out, encodings);
        co_await socket_->write_all(ByteView(out));
    }

    Task<> request(bool incremental)
    {
        request_.clear();
        const FramebufferUpdateRequest message{incremental, Rect::of(Scene::kSize)};
        message.write(request_);
        co_await socket_->write_all(ByteView(request_));
    }

    Task<> read_update()
    {
        std::array<std::uint8_t, 4> head{};
        co_await reader_.read_exact(head);
        const std::uint32_t count = parse_update_head(ByteView(head).subspan(1));
        std::uint64_t bytes = head.size();
        for (std::uint32_t i = 0; i < count; ++i) {
            std::array<std::uint8_t, RectangleHead::kSize + 4> rect{};
            co_await reader_.read_exact(rect);
            const RectangleHead parsed =
                RectangleHead::parse(ByteView(rect).first(RectangleHead::kSize));
            ByteReader tail(ByteView(rect).subspan(RectangleHead::kSize), "rectangle");
            const std::uint32_t length = parsed.encoding == 16 ? tail.u32() : 0;
            co_await reader_.skip(length);
            bytes += rect.size() + length;
        }
        if (tally_.counting) {
            ++tally_.result.updates;
            tally_.result.bytes += bytes;
        }
    }

    std::unique_ptr<Socket> socket_;
    BufferedReader reader_;
    Duration delay_;
    Tally& tally_;
    Bytes request_;
};

Task<> connect_and_run(EventLoop& loop, Endpoint server, Duration delay, Tally& tally)
{
    Watcher watcher(co_await Socket::connect(loop, std::move(server)), delay, tally);
    co_await watcher.run();
}

Task<> count(EventLoop& loop, Tally& tally, Duration warm_up, Duration time)
{
    co_await loop.sleep_for(warm_up);
    tally.counting = true;
    co_await loop.sleep_for(time);
    tally.counting = false;
}

Task<> run_all(EventLoop& loop,
               Endpoint server,
               std::size_t viewers,
               Duration longest_delay,
               Task<> end,
               Tally& tally)
{
    TaskScope scope(co_await current_context());
    for (std::size_t i = 0; i < viewers; ++i) {
        const auto share = static_cast<std::int64_t>(i);
        const Duration delay = longest_delay * share / static_cast<std::int64_t>(viewers);
        scope.spawn(connect_and_run(loop, server, delay, tally));
    }
    co_await std::move(end);
    co_await scope.cancel_and_join();
}

} // namespace

LoadResult watch(const Endpoint& server,
                 std::size_t viewers,
                 Duration longest_delay,
                 Duration warm_up,
                 Duration time)
{
    EventLoop loop;
    Tally tally;
    loop.run(
        run_all(loop, server, viewers, longest_delay, count(loop, tally, warm_up, time), tally));
    return tally.result;
}

} // namespace covnc::bench
