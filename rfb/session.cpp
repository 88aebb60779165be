#include "rfb/session.h"

#include "coroutine/combinators.h"
#include "rfb/handshake_messages.h"

namespace covnc {

Session::Session(Channel channel, Display& display, const AccessPolicy& policy, LoginGuard* guard)
    : channel_(std::move(channel)),
      display_(display),
      policy_(policy),
      guard_(guard)
{
    stream().set_write_stall(policy_.limits.write_stall);
}

Session::~Session()
{
    if (joined_) {
        display_.leave(*this);
    }
}

Task<> Session::greet()
{
    std::exception_ptr refused;
    try {
        greeting_ = co_await handshake(channel_, policy_, display_.pool(), guard_);
    } catch (const ProtocolError&) {
        refused = std::current_exception();
    }
    if (refused) {
        co_await farewell();
        std::rethrow_exception(refused);
    }
    if (!greeting_.shared && policy_.sharing == SharingPolicy::kRefuse &&
        display_.viewer_count() > 0) {
        throw ProtocolError("it asks for the display alone while others are connected");
    }
    Bytes init;
    state_.size = display_.size();
    state_.name_told = display_.name().count;
    state_.pointer_mode_told =
        display_.pointer_absolute().value ? display_.pointer_absolute().count : 0;
    state_.size_version_told = display_.framebuffer().size_version();
    append_server_init(init, state_.size, state_.format, display_.name().value);
    co_await stream().write_all(ByteView(init));
}

Task<> Session::serve()
{
    display_.join(*this);
    joined_ = true;
    if (!greeting_.shared && policy_.sharing == SharingPolicy::kDisconnect) {
        display_.disconnect_others(*this);
    }
    // The first to end ends the others, and all are joined.
    co_await run_until_first_ends(read_messages(), write_updates(), wait_for_close());
}

// Closing with unread input would reset the connection and lose the reason on its way.
Task<> Session::farewell()
{
    try {
        co_await with_timeout(policy_.limits.farewell, end_in_order());
    } catch (const std::exception&) { // NOLINT(bugprone-empty-catch): it goes in any case
    }
}

Task<> Session::end_in_order()
{
    constexpr std::uint64_t kAtMost = 65536;
    co_await stream().finish();
    co_await reader().skip(kAtMost);
}

Task<> Session::wait_for_close()
{
    co_await closed_.wait();
    throw ClosedByServer(close_reason_);
}

void Session::close(std::string reason)
{
    close_reason_ = std::move(reason);
    closed_.set();
}

Duration Session::stalled_for()
{
    const TimePoint now = display_.now();
    if (!writing_ || stream().bytes_written() != progress_seen_) {
        progress_seen_ = stream().bytes_written();
        progress_at_ = now;
    }
    return now - progress_at_;
}

} // namespace covnc
