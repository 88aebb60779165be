// The writer half: what a viewer is sent, and when.
#include "rfb/cursor.h"
#include "rfb/fence.h"
#include "rfb/pseudo_rectangles.h"
#include "rfb/server_messages.h"
#include "rfb/session.h"
#include "rfb/update_cut.h"

#include <array>

namespace covnc {

namespace {

// How long a link may need for one update; see cut_to_link().
constexpr Duration kPartTime = std::chrono::milliseconds(40);
// An update is cut where it would take this many times as long. A little more is not worth
// two updates, which fewer can share.
constexpr double kWorthCutting = 2;
// After input, when somebody waits for its echo, parts are smaller for this long.
constexpr Duration kEchoTime = std::chrono::milliseconds(150);

Duration part_time(const Display& display)
{
    return display.since_input() <= kEchoTime ? kPartTime / 2 : kPartTime;
}

} // namespace

Task<> Session::write_updates()
{
    for (;;) {
        co_await work_.wait();
        work_.reset();
        notice_resize();
        co_await write_flow_messages();
        co_await write_clipboard();
        co_await write_sounds();
        if (state_.colour_map_due) {
            co_await write_colour_map();
        }
        if (!state_.may_update() || !link_takes_more()) {
            continue;
        }
        choose_picture();
        bool wrote = true;
        if (layout_is_due()) {
            co_await write_layout();
        } else {
            wrote = co_await write_update();
        }
        if (wrote && state_.continuous) {
            wake(); // there may be more, and nobody asks for it
        }
    }
}

// --- what is due -----------------------------------------------------------------------------

void Session::notice_resize()
{
    const Framebuffer& framebuffer = picture().framebuffer();
    const bool is_size_new = std::exchange(state_.size_version_told, framebuffer.size_version()) !=
                             framebuffer.size_version();
    const bool is_layout_new =
        std::exchange(state_.layout_told, display_.layout().count) != display_.layout().count;
    const bool is_news =
        is_size_new ||
        (is_layout_new && state_.encodings.has(PseudoEncoding::kExtendedDesktopSize));
    if (!is_news) {
        return;
    }
    if (state_.can_resize()) {
        const ResizeReason reason =
            display_.resized_by() == nullptr ? ResizeReason::kServer : ResizeReason::kOtherViewer;
        // The one who asked has its answer in the list already.
        if (display_.resized_by() != this) {
            state_.announce_layout(reason);
        }
        if (is_size_new) {
            state_.owe_everything(0);
        }
        return;
    }
    // A viewer that cannot resize keeps its size; the picture is padded or cropped to it.
    if (is_plain()) {
        state_.owe_everything(0);
    } else {
        state_.owe_everything(framebuffer.version());
        state_.owed = Rect::of(state_.size);
    }
}

// A viewer that can show no pointer gets one in the picture.
void Session::choose_picture()
{
    Picture& chosen = display_.picture(best_cursor_form(state_.encodings) == CursorForm::kNone);
    if (&chosen == picture_) {
        return;
    }
    // Both show the same moment, but for the pointer.
    if (state_.position.version != 0) {
        state_.owed = needed_pixels() | display_.drawn_pointer();
        state_.position.version = chosen.framebuffer().version();
    }
    state_.position.zlib_place = {}; // each has its own streams to go on with
    state_.size_version_told = chosen.framebuffer().size_version();
    ++state_.generation;
    picture().cache().remove_viewer(state_.position);
    chosen.cache().add_viewer(state_.position);
    picture_ = &chosen;
}

bool Session::layout_is_due() const
{
    return !state_.layout_replies.empty() && state_.can_resize();
}

// Whether viewer and display have the same size, so that whole versions can be sent.
bool Session::is_plain() const
{
    return state_.size == display_.size();
}

UpdateClass Session::update_class() const
{
    return {
        state_.format, state_.encodings.settings(state_.forbidden()), state_.encodings.copy_rect()};
}

// What the viewer does not have, of all that it can show.
Region Session::needed_pixels() const
{
    Region needed = state_.owed;
    if (state_.position.version < picture().framebuffer().version()) {
        needed |= picture().framebuffer().changed_since(state_.position.version);
    }
    return needed & Region(Rect::of(state_.size));
}

// --- writing ---------------------------------------------------------------------------------

// Announcements and answers of Fence, ContinuousUpdates and xvp.
Task<> Session::write_flow_messages()
{
    Bytes out;
    if (std::exchange(state_.fence_due, false)) {
        state_.extensions.fence = true;
        append_fence(out,
                     flow_.sent(0, display_.now())); // announces fences, and shows the round trip
    }
    if (state_.encodings.has(PseudoEncoding::kXvp) && !state_.extensions.xvp &&
        may_switch_power()) {
        append_xvp(out, XvpCode::kInit);
        state_.extensions.xvp = true;
    }
    if (std::exchange(state_.xvp_failure_due, false)) {
        append_xvp(out, XvpCode::kFail);
    }
    if (std::exchange(state_.continuous_due, false)) {
        append_end_of_continuous_updates(out);
        state_.extensions.continuous_updates = true;
    }
    for (const Fence& reply : std::exchange(state_.fence_replies, {})) {
        reply.write(out);
    }
    if (!out.empty()) {
        co_await stream().write_all(ByteView(out));
    }
}

Task<> Session::write_colour_map()
{
    state_.colour_map_due = false;
    Bytes out;
    append_colour_map(out, 0, fixed_colour_map());
    co_await stream().write_all(ByteView(out));
}

// Sizes go in an update of their own, which uses up the request: the viewer asks again for the
// framebuffer that it has then.
Task<> Session::write_layout()
{
    Bytes out;
    const ScreenLayout layout = display_.layout().value;
    if (state_.encodings.has(PseudoEncoding::kExtendedDesktopSize)) {
        const auto count = static_cast<std::uint32_t>(state_.layout_replies.size());
        append_update_head(out, count);
        for (const LayoutReply& reply : state_.layout_replies) {
            append_extended_desktop_size(out, reply.reason, reply.status, layout);
        }
        state_.extensions.desktop_size = true;
    } else {
        append_update_head(out, 1);
        append_desktop_size(out, layout.size);
    }
    if (layout.size != state_.size) {
        state_.size = layout.size;
        state_.owe_everything(0);
    }
    state_.layout_replies.clear();
    state_.request_pending = false;
    state_.requested.clear();
    co_await stream().write_all(ByteView(out));
}

// Whether the viewer takes pixels of its whole screen and is owed nothing besides newer versions:
// then it can be brought from one version to the next with what others get too.
bool Session::follows_versions() const
{
    return is_plain() && state_.owed.is_empty() && state_.wanted().contains(Rect::of(state_.size));
}

bool Session::uses_fences() const
{
    return state_.extensions.fence && state_.encodings.has(PseudoEncoding::kFence);
}

// An answer to a fence wakes the writer where this says no. Who has none asks when it is ready.
bool Session::link_takes_more() const
{
    return !state_.encodings.has(PseudoEncoding::kFence) || flow_.may_send(display_.now());
}

// False where there was nothing to write.
Task<bool> Session::write_update()
{
    std::optional<Region> part; // nothing: the whole of the newest version
    if (!follows_versions()) {
        part = needed_pixels() & state_.wanted();
    }
    const bool takes_all = is_plain() && state_.wanted().contains(Rect::of(state_.size));
    const bool has_pixels =
        part ? !part->is_empty() : state_.position.version < picture().framebuffer().version();
    // Beside a film, a refresh of what is quiet takes its turn.
    Region refresh;
    if (!has_pixels || !refreshed_last_) {
        refresh = refresh_due();
    }
    refreshed_last_ = !refresh.is_empty();
    if (!has_pixels && refresh.is_empty() && !has_news()) {
        co_return false;
    }
    // Used up now, not when it is written: viewers ask for the next update while this one arrives.
    const bool was_requested = std::exchange(state_.request_pending, false);
    Region requested = std::exchange(state_.requested, Region());
    bool sent = true;
    if (!refresh.is_empty()) {
        sent = co_await write_refresh(std::move(refresh));
    } else if (has_pixels) {
        cut_to_link(part);
        Region useful;
        if (part && takes_all) {
            useful = needed_pixels();
        }
        sent = co_await write_pixels(std::move(part), std::move(useful));
    } else {
        co_await send_update(CachedUpdate());
    }
    if (!sent) {
        state_.request_pending |= was_requested;
        state_.requested |= requested;
        wake();
    }
    co_return sent;
}

// What the link takes in a moment; nothing where that is not known, or no limit.
std::optional<double> Session::most_bytes() const
{
    if (!uses_fences()) {
        return pace_.budget(part_time(display_));
    }
    const std::optional<double> rate = flow_.rate();
    if (!rate) {
        return std::nullopt;
    }
    constexpr double kLeastBytes = 4096;
    // One that waits for a request between updates uses its link best with larger ones.
    const Duration idle = state_.continuous ? Duration() : flow_.round_trip().value_or(Duration());
    const std::chrono::duration<double> time = part_time(display_) + idle / 2;
    return std::max(*rate * time.count(), kLeastBytes);
}

// Pixels of an update to the newest version.
std::int64_t Session::area_of_next() const
{
    const Framebuffer& framebuffer = picture().framebuffer();
    const bool with_moves =
        state_.encodings.copy_rect() && moves_are_of_use(framebuffer, state_.position.version);
    return with_moves ? framebuffer.latest_moves().after.area()
                      : framebuffer.area_since(state_.position.version);
}

// Where the link would need long for all of it, sends a part: what is drawn meanwhile need not wait
// for the rest.
void Session::cut_to_link(std::optional<Region>& part)
{
    const std::optional<double> bytes = most_bytes();
    if (!bytes) {
        return;
    }
    const double most_area = *bytes / picture().cache().bytes_per_pixel(update_class());
    if (static_cast<double>(part ? part->area() : area_of_next()) <= most_area * kWorthCutting) {
        return;
    }
    part = cut_region(part ? *part : needed_pixels(),
                      picture().framebuffer().calm_since(0),
                      static_cast<std::int64_t>(most_area),
                      state_.next_cut);
}

// useful: what may come besides `part`, or instead. False where the viewer's wishes changed while
// the update was made: nothing was sent then.
Task<bool> Session::write_pixels(std::optional<Region> part, Region useful)
{
    const std::uint64_t base = state_.position.version;
    const std::uint64_t generation = state_.generation;
    const std::uint64_t size_version = picture().framebuffer().size_version();
    CachedUpdate update;
    if (part) {
        update = co_await picture().cache().region(update_class(), *part, useful);
    } else {
        update = co_await picture().cache().next(
            update_class(), base, state_.position.zlib_place, delivery());
    }
    if (state_.generation != generation || picture().framebuffer().size_version() != size_version) {
        co_return false;
    }
    if (part) {
        state_.owed = needed_pixels() - update.region;
        state_.position.version = update.version;
    } else {
        // A request for everything that came in meanwhile still stands.
        const bool asked_anew = state_.position.version < base;
        state_.position.version = asked_anew ? 0 : update.version;
    }
    co_await send_update(std::move(update));
    co_return true;
}

} // namespace covnc
