#include "src/reverse.h"

#include "coroutine/combinators.h"

#include <algorithm>
#include <array>

namespace covnc {

namespace {

constexpr Duration kCallLimit = std::chrono::seconds(10);
constexpr std::size_t kIdSize = 250; // what a repeater reads, padded with NUL
constexpr std::string_view kIdPrefix = "ID:";
constexpr std::string_view kIdOption = ",id=";

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

Task<std::unique_ptr<Socket>> call_viewer(EventLoop& loop, const ReverseTarget& target)
{
    std::unique_ptr<Socket> socket =
        co_await with_timeout(kCallLimit, Socket::connect(loop, target.endpoint));
    if (!target.repeater_id.empty()) {
        std::array<std::uint8_t, kIdSize> id{};
        const std::string text = std::string(kIdPrefix) + target.repeater_id;
        std::copy(text.begin(), text.end(), id.begin());
        co_await with_timeout(kCallLimit, socket->write_all(ByteView(id)));
    }
    co_return socket;
}

} // namespace covnc
