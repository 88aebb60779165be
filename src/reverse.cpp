#include "src/reverse.h"

#include "coroutine/combinators.h"

#include <algorithm>
#include <array>
#include <exception>
#include <vector>

namespace covnc {

namespace {

constexpr Duration kCallLimit = std::chrono::seconds(10);
constexpr std::size_t kIdSize = 250; // what a repeater reads, padded with NUL
constexpr std::string_view kIdPrefix = "ID:";
constexpr std::string_view kIdOption = ",id=";

// Each in turn; fails as the last one does.
Task<std::unique_ptr<Socket>> connect_to_any(EventLoop& loop, std::vector<SocketAddress> addresses)
{
    std::exception_ptr failure;
    for (const SocketAddress& address : addresses) {
        Endpoint endpoint = Endpoint::parse(address.text());
        try {
            co_return co_await with_timeout(kCallLimit, Socket::connect(loop, std::move(endpoint)));
        } catch (const std::exception&) {
            failure = std::current_exception();
        }
    }
    std::rethrow_exception(failure);
}

} // namespace

ReverseTarget ReverseTarget::parse(std::string_view text)
{
    const std::size_t option = text.find(kIdOption);
    ReverseTarget target{Endpoint::parse(text.substr(0, option)), {}};
    if (target.endpoint.kind() == Endpoint::Kind::kInherited) {
        throw EndpointError("'" + std::string(text) + "' is no address to call");
    }
    if (option != std::string_view::npos) {
        target.repeater_id = text.substr(option + kIdOption.size());
        if (target.repeater_id.empty() || target.repeater_id.size() + kIdPrefix.size() >= kIdSize) {
            throw EndpointError("'" + std::string(text) + "': an id has 1 to 246 bytes");
        }
    }
    return target;
}

std::string ReverseTarget::text() const
{
    return endpoint.text() + (repeater_id.empty() ? "" : " (repeater)");
}

Task<std::unique_ptr<Socket>>
call_viewer(EventLoop& loop, WorkerPool& workers, const ReverseTarget& target)
{
    auto look_up = [endpoint = target.endpoint] { return endpoint.resolve(); };
    std::vector<SocketAddress> addresses =
        co_await with_timeout(kCallLimit, workers.run(std::move(look_up)));
    std::unique_ptr<Socket> socket = co_await connect_to_any(loop, std::move(addresses));
    if (!target.repeater_id.empty()) {
        std::array<std::uint8_t, kIdSize> id{};
        const std::string text = std::string(kIdPrefix) + target.repeater_id;
        std::copy(text.begin(), text.end(), id.begin());
        co_await with_timeout(kCallLimit, socket->write_all(ByteView(id)));
    }
    co_return socket;
}

} // namespace covnc
