// A session behind a WebSocket: the fuzzer's bytes are frames. Then the same as a server's frames.
#include "rfb/transport/web_socket_stream.h"
#include "tools/fuzz/session_under_test.h"

namespace {

using namespace covnc;

Channel web_socket_channel(ByteView input)
{
    Channel channel(std::make_unique<fuzz::InputStream>(input));
    channel.add<WebSocketStream>(WebSocketRole::kServer);
    return channel;
}

Task<> read_as_client(ByteView input)
{
    fuzz::InputStream stream(input);
    WebSocketStream web_socket(stream, WebSocketRole::kClient);
    Bytes buffer(50);
    try {
        for (std::size_t count = 1; count > 0;) {
            count = co_await web_socket.read_some(buffer);
            co_await web_socket.write_all(ByteView(buffer).first(count));
        }
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): how every input ends
    }
    try {
        co_await web_socket.close(WebSocketClose::kNormal, "bye");
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): likewise
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const AccessPolicy policy;
    fuzz::feed({data, size}, policy, web_socket_channel);
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run(read_as_client({data, size}));
    return 0;
}
