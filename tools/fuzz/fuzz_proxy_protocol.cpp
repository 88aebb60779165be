// What a proxy may say of whom it forwards: headers of the PROXY protocol, and, behind an 'F',
// X-Forwarded-For.
#include "rfb/transport/proxy_protocol.h"
#include "tools/fuzz/session_under_test.h"

namespace {

using namespace covnc;

Task<> read(ByteView input)
{
    fuzz::InputStream stream(input);
    try {
        co_await read_proxy_header(stream);
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): how most inputs end
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size > 0 && data[0] == 'F') {
        const TrustedProxies proxies({"192.168.0.0/16", "fd00::/8"});
        const std::string text(data + 1, data + size);
        forwarded_peer({text, text}, proxies);
        proxies.trusts_address(text);
        return 0;
    }
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run(read({data, size}));
    return 0;
}
