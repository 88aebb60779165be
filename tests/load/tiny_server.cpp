#include "tests/load/tiny_server.h"

#include "coroutine/combinators.h"
#include "rfb/client_messages.h"
#include "rfb/handshake_messages.h"
#include "rfb/version.h"

#include <algorithm>
#include <array>

namespace covnc::test {

namespace {

constexpr Size kSize{8, 4};

} // namespace

class TinyServer::Connection
{
public:
    Connection(TinyServer& server, Stream& stream)
        : server_(server),
          stream_(stream),
          reader_(stream)
    {}

    Task<> run()
    {
        constexpr Duration kLimit = std::chrono::seconds(10);
        co_await with_timeout(kLimit, greet());
        for (;;) {
            co_await read_message();
        }
    }

private:
    Task<> greet()
    {
        Bytes version;
        ByteWriter(version).text(version_text(ProtocolVersion::k3_8));
        co_await stream_.write_all(ByteView(version));
        std::array<std::uint8_t, kVersionSize> theirs{};
        co_await reader_.read_exact(theirs);
        const ProtocolVersion agreed = parse_version(theirs).protocol;
        Bytes offer{1, 1};
        if (agreed == ProtocolVersion::k3_3) {
            offer = Bytes{0, 0, 0, 1};
        }
        co_await stream_.write_all(ByteView(offer));
        if (agreed != ProtocolVersion::k3_3) {
            const std::uint8_t type = co_await reader_.read_byte();
            if (type != 1 && !server_.faults_.lets_anybody_in) {
                throw ProtocolError("not offered");
            }
        }
        if (agreed == ProtocolVersion::k3_8) {
            Bytes result;
            append_security_ok(result);
            co_await stream_.write_all(ByteView(result));
        }
        co_await reader_.read_byte();
        Bytes out;
        append_server_init(out, kSize, PixelFormat(), "tiny");
        co_await stream_.write_all(ByteView(out));
    }

    Task<> read_message()
    {
        const std::uint8_t type = co_await reader_.read_byte();
        switch (type) {
        case 0:
            co_await read_format();
            break;
        case 2:
            co_await skip_counted(1, 2, 4);
            break;
        case 3:
            co_await answer();
            break;
        case 4:
            co_await reader_.skip(7);
            break;
        case 5:
            co_await reader_.skip(5);
            break;
        case 6:
            co_await skip_counted(3, 4, 1);
            break;
        default:
            throw ProtocolError("unknown");
        }
    }

    Task<> read_format()
    {
        Bytes body(3 + PixelFormat::kWireSize);
        co_await reader_.read_exact(body);
        SetPixelFormat::parse(body); // complains
    }

    // Padding, a count of so many bytes, and what it counts.
    Task<> skip_counted(std::size_t padding, std::size_t count_size, std::uint64_t each)
    {
        Bytes head(padding + count_size);
        co_await reader_.read_exact(head);
        std::uint64_t count = 0;
        for (std::size_t i = padding; i < head.size(); ++i) {
            count = count << 8U | head[i];
        }
        co_await reader_.skip(count * each);
    }

    Task<> answer()
    {
        Bytes body(9);
        co_await reader_.read_exact(body);
        const Rect area = FramebufferUpdateRequest::parse(body).area.intersected(Rect::of(kSize));
        if (body[0] == 0 && !area.is_empty() && server_.connections_ < server_.faults_.stops_at) {
            co_await server_.loop_.sleep_for(server_.faults_.delay);
            const Bytes update = server_.update(area);
            co_await stream_.write_all(ByteView(update));
        }
    }

    TinyServer& server_;
    Stream& stream_;
    BufferedReader reader_;
};

TinyServer::TinyServer(EventLoop& loop, const std::string& path, Faults faults)
    : loop_(loop),
      faults_(faults),
      listeners_(Listener::open(loop, Endpoint::parse("unix:" + path)))
{}

Task<> TinyServer::run()
{
    co_await run_until_first_ends(accept_all(), wait_for_death());
    listeners_.clear();
    Event never;
    co_await never.wait();
}

Task<> TinyServer::wait_for_death()
{
    co_await death_.wait();
}

Task<> TinyServer::accept_all()
{
    TaskScope scope(co_await current_context());
    for (;;) {
        std::unique_ptr<Socket> socket = co_await listeners_.front()->accept();
        ++connections_;
        if (connections_ >= faults_.dies_at) {
            death_.set();
        }
        if (connections_ == faults_.throws_out_at) {
            everybody_out_.set();
            co_await loop_.sleep_for(std::chrono::milliseconds(1));
            everybody_out_.reset();
        }
        if (connections_ < faults_.refuses_at) {
            scope.spawn(serve(std::move(socket)));
        }
    }
}

Task<> TinyServer::serve(std::unique_ptr<Socket> socket)
{
    try {
        Connection connection(*this, *socket);
        co_await run_until_first_ends(connection.run(), wait_for(everybody_out_));
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): its connection ends
    }
    if (faults_.leaks) {
        socket->shutdown_write();
        leaked_.push_back(std::move(socket));
    }
}

Bytes TinyServer::update(const Rect& area)
{
    Bytes out;
    ByteWriter writer(out);
    writer.u16(0);
    writer.u16(1);
    writer.rect(area);
    writer.s32(0);
    ++pictures_;
    for (std::int64_t i = 0; i < area.area(); ++i) {
        const bool is_other = (i == 0 && connections_ >= faults_.is_wrong_at) || faults_.moves;
        writer.u32(is_other ? static_cast<std::uint32_t>(pictures_) << 8U : 0x11223300U);
    }
    return out;
}

} // namespace covnc::test
