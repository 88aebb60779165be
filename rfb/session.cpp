#include "rfb/session.h"

#include "coroutine/combinators.h"
#include "rfb/handshake_messages.h"
#include "rfb/security/tight.h"

#include <algorithm>

namespace covnc {

namespace {

std::string seconds_text(Duration duration)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) +
           " seconds";
}

} // namespace

Session::Session(Channel channel, Display& display, const AccessPolicy& policy, LoginGuard* guard)
    : channel_(std::move(channel)),
      display_(display),
      picture_(&display.picture(false)),
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
    greeting_.view_only |= policy_.view_only;
    if (policy_.sharing == SharingPolicy::kNever && display_.viewer_count() > 0) {
        throw ProtocolError("another viewer is there, and one is allowed at a time");
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
    state_.layout_told = display_.layout().count;
    append_server_init(init, state_.size, state_.format, display_.name().value);
    if (greeting_.is_tight) {
        append_tight_capabilities(init);
    }
    co_await stream().write_all(ByteView(init));
}

Task<> Session::serve()
{
    state_.clipboard_told = display_.clipboard().count; // its own is not overwritten by coming
    state_.bells_told = display_.bells();               // what rang before is over
    state_.pointer_position_told = display_.pointer_position().count;
    last_input_ = display_.now();
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

// Until close(), or until one of the limits. Where there is none, nobody wakes up for it.
Task<> Session::wait_for_close()
{
    const Duration idle = greeting_.view_only ? Duration::max() : policy_.limits.idle;
    const TimePoint end = after(display_.now(), policy_.limits.session);
    while (!closed_.is_set()) {
        const TimePoint deadline = std::min(end, after(last_input_, idle));
        if (deadline == TimePoint::max()) {
            co_await closed_.wait();
            break;
        }
        const TimePoint now = display_.now();
        if (now >= end) {
            throw ClosedByServer("its time is over: " + seconds_text(policy_.limits.session));
        }
        if (now >= deadline) {
            throw ClosedByServer("it neither typed nor pointed for " + seconds_text(idle));
        }
        try {
            co_await with_timeout(deadline - now, wait_for(closed_));
        } catch (const TimedOut&) {
            continue;
        }
    }
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
