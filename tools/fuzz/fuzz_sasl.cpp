// What a viewer may send with SASL: lengths, names of mechanisms, and what mechanisms read
// themselves. There are no users. Not DIGEST-MD5: Debian 12's leaks what comes twice.
//
// The first byte says whether somebody else encrypts.
#include "rfb/security/sasl.h"
#include "rfb/security/sasl_server.h"
#include "tools/fuzz/session_under_test.h"

#include <memory>

namespace {

using namespace covnc;

class FuzzedStream final : public StreamLayer
{
public:
    using Stream::write_all;

    FuzzedStream(Stream& inner, bool is_confidential)
        : StreamLayer(inner),
          is_confidential_(is_confidential)
    {}
    Task<std::size_t> read_some(std::span<std::uint8_t> buffer) override
    {
        return inner().read_some(buffer);
    }
    Task<> write_all(std::span<const ByteView> pieces) override
    {
        return inner().write_all(pieces);
    }
    void shutdown_write() noexcept override { inner().shutdown_write(); }
    bool is_confidential() const override { return is_confidential_; }

private:
    bool is_confidential_;
};

std::shared_ptr<const SaslServer> make_server()
{
    SaslOptions options;
    options["auxprop_plugin"] = "sasldb";
    options["sasldb_path"] = "/nonexistent/sasldb2";
    const std::vector<std::string> mechanisms{"PLAIN", "SCRAM-SHA-256"};
    return std::make_shared<const SaslServer>(mechanisms, options);
}

Task<> log_in(EventLoop& loop, bool is_confidential, ByteView input)
{
    static const std::shared_ptr<const SaslServer> server = make_server();
    fuzz::InlinePool pool(loop);
    fuzz::InputStream stream(input);
    Channel channel(stream);
    channel.add<FuzzedStream>(is_confidential);
    AccessPolicy policy;
    policy.sasl = server;
    try {
        co_await log_in_sasl(channel, policy, pool);
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): how most inputs end
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) {
        return 0;
    }
    VirtualClock clock;
    EventLoop loop(&clock);
    loop.run(log_in(loop, data[0] % 2 == 1, {data + 1, size - 1}));
    return 0;
}
