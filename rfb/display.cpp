#include "rfb/display.h"

#include "coroutine/combinators.h"
#include "rfb/session.h"

#include <algorithm>

namespace covnc {

namespace {

// A viewer that takes nothing for this long goes when memory is short.
constexpr Duration kStalledUnderPressure = std::chrono::seconds(2);
// How often viewers look for lossy pixels that are quiet by now.
constexpr Duration kRefreshInterval = std::chrono::milliseconds(250);

// Where one of the two has a single screen, only the size counts.
bool asks_for_nothing_new(const ScreenLayout& wanted, const ScreenLayout& current)
{
    const bool screens_count = wanted.screens.size() > 1 && current.screens.size() > 1;
    return screens_count ? wanted == current : wanted.size == current.size;
}

} // namespace

Display::Display(const TaskContext& context, WorkerPool& pool, DisplaySettings settings)
    : settings_(std::move(settings)),
      loop_(*context.loop),
      pool_(pool),
      jobs_(context),
      plain_(settings_.size, loop_, pool, jobs_, settings_.cache),
      input_(loop_, [this] { input_happened(); }),
      audio_([this] { wake_listeners(); })
{
    layout_.set(ScreenLayout::single(settings_.size));
    name_.set(settings_.name);
    pointer_absolute_.set(true);
    last_input_ = loop_.now() - kInputWindow;
    last_commit_ = loop_.now() - std::chrono::seconds(1);
    last_frame_ = last_commit_;
    last_bell_ = last_commit_;
    plain_.cache().on_pressure([this] { close_stalled(); });
}

Display::~Display() = default;

Task<> Display::run()
{
    std::exception_ptr error;
    try {
        co_await run_until_first_ends(commit_frames(), refresh_lossy());
    } catch (const Cancelled&) { // NOLINT(bugprone-empty-catch): joins below, then goes on throwing
    } catch (...) {
        error = std::current_exception();
    }
    co_await jobs_.cancel_and_join();
    if (error) {
        std::rethrow_exception(error);
    }
    throw Cancelled{};
}

Task<> Display::commit_frames()
{
    for (;;) {
        co_await frame_waits_.wait();
        co_await loop_.sleep_until(
            last_commit_ + std::chrono::nanoseconds(std::chrono::seconds(1)) / settings_.max_rate);
        if (frame_waits_.is_set()) {
            commit_now();
        }
    }
}

// Nothing to do while no viewer has lossy pixels: then nobody wakes up.
Task<> Display::refresh_lossy()
{
    for (;;) {
        co_await lossy_.wait();
        lossy_.reset();
        co_await loop_.sleep_for(kRefreshInterval);
        for (Session* session : sessions_) {
            if (!session->state().lossy.is_empty()) {
                lossy_.set();
                session->wake();
            }
        }
    }
}

void Display::frame(const Region& damage, std::span<const CopyRect> moves)
{
    // Moves are told against the last commit: with two frames in one they would be wrong.
    if (damage_.is_empty()) {
        moves_.assign(moves.begin(), moves.end());
    } else {
        moves_.clear();
    }
    damage_ |= damage;
    last_frame_ = loop_.now();
    if (is_after_input() || until_tick_after(last_commit_) == Duration()) {
        commit_now();
    } else if (!damage_.is_empty()) {
        frame_waits_.set();
    }
}

Duration Display::until_tick_after(TimePoint time) const
{
    const auto interval = std::chrono::nanoseconds(std::chrono::seconds(1)) / settings_.max_rate;
    return std::max(time + interval - loop_.now(), Duration());
}

Duration Display::until_next_frame() const
{
    return is_after_input() ? Duration() : until_tick_after(std::max(last_frame_, last_commit_));
}

void Display::commit_now()
{
    frame_waits_.reset();
    const bool frame_changed = commit_frame();
    Region changed;
    if (frame_changed) {
        changed = framebuffer().changed_since(framebuffer().version() - 1);
    }
    const bool pointer_changed = draw_pointer(changed);
    if (frame_changed || pointer_changed) {
        last_commit_ = loop_.now();
        wake_sessions();
    }
}

bool Display::commit_frame()
{
    const bool wanted =
        cache().takes_moves() || (with_pointer_ && with_pointer_->picture().cache().takes_moves());
    const bool changed =
        plain_.commit(damage_, moves_, wanted ? MoveSearch::kScrolling : MoveSearch::kNone);
    damage_.clear();
    moves_.clear();
    return changed;
}

// --- the picture with the pointer in it ----------------------------------------------------------

// Nobody looks at it: then it is brought up to date when somebody comes.
bool Display::draw_pointer(const Region& changed)
{
    if (!with_pointer_ || !with_pointer_->picture().cache().has_viewers()) {
        return false;
    }
    return with_pointer_->update(changed,
                                 framebuffer().latest_moves().copies,
                                 cursor_.value,
                                 pointer_position_.value.position);
}

Picture& Display::picture(bool with_pointer)
{
    if (!with_pointer || !pointer_was_visible_) {
        return plain_;
    }
    if (!with_pointer_) {
        with_pointer_ =
            std::make_unique<PointerPicture>(framebuffer(), loop_, pool_, jobs_, settings_.cache);
        with_pointer_->picture().cache().on_pressure([this] { close_stalled(); });
    }
    if (!with_pointer_->picture().cache().has_viewers()) {
        with_pointer_->update(
            Rect::of(size()), {}, cursor_.value, pointer_position_.value.position);
    }
    return with_pointer_->picture();
}

Rect Display::drawn_pointer() const
{
    return with_pointer_ ? with_pointer_->pointer_area() : Rect();
}

// Drawn anew at the next tick: it may move a thousand times a second.
void Display::pointer_changed()
{
    if (!with_pointer_ || !with_pointer_->picture().cache().has_viewers()) {
        return;
    }
    if (until_tick_after(last_commit_) == Duration()) {
        commit_now();
    } else {
        frame_waits_.set();
    }
}

void Display::pointer_is_at(Point position, const void* mover)
{
    if (position == pointer_position_.value.position) {
        return;
    }
    pointer_position_.set({position, mover});
    pointer_changed();
    for (Session* session : sessions_) {
        if (session->follows_pointer()) {
            session->wake();
        }
    }
}

void Display::set_layout(const ScreenLayout& layout)
{
    const Size size = layout.size;
    if (size.is_empty() || size.width > kMaxSide || size.height > kMaxSide ||
        size.area() > settings_.max_pixels) {
        throw std::length_error("a display cannot have " + std::to_string(size.width) + "x" +
                                std::to_string(size.height) + " pixels");
    }
    if (!is_valid(layout)) {
        throw std::length_error("a display's screens do not fit into it");
    }
    if (layout == layout_.value) {
        return;
    }
    resized_by_ = nullptr;
    if (size != framebuffer().size()) {
        damage_.clear();
        moves_.clear();
        frame_waits_.reset();
        plain_.resize(size);
        if (with_pointer_) {
            with_pointer_->resize(cursor_.value, pointer_position_.value.position);
        }
    }
    layout_.set(layout);
    wake_sessions();
}

void Display::set_cursor(Cursor cursor)
{
    pointer_was_visible_ |= !cursor.size.is_empty();
    cursor_.set(std::move(cursor));
    pointer_changed();
    wake_sessions();
}

void Display::set_leds(std::uint8_t leds)
{
    leds_.set(leds);
    wake_sessions();
}

void Display::set_name(std::string name)
{
    name_.set(std::move(name));
    wake_sessions();
}

void Display::set_clipboard(std::string text, const Session* owner)
{
    if (text.size() > kMaxCutText) {
        return;
    }
    clipboard_.set({std::move(text), owner});
    if (owner != nullptr && input_.sink() != nullptr) {
        input_.sink()->cut_text(clipboard_.value.text);
    }
    wake_sessions();
}

void Display::bell()
{
    if (until_tick_after(last_bell_) == Duration()) {
        last_bell_ = loop_.now();
        ++bells_;
        wake_sessions();
    }
}

void Display::wake_listeners()
{
    for (Session* session : sessions_) {
        if (session->listens()) {
            session->wake();
        }
    }
}

void Display::set_pointer_absolute(bool absolute)
{
    if (absolute != pointer_absolute_.value) {
        pointer_absolute_.set(absolute);
        wake_sessions();
    }
}

void Display::set_input_sink(InputSink* sink)
{
    input_.set_sink(sink);
}

void Display::join(Session& session)
{
    sessions_.push_back(&session);
    session.picture().cache().add_viewer(session.position());
    viewers_changed_.set();
}

void Display::leave(Session& session)
{
    std::erase(sessions_, &session);
    session.picture().cache().remove_viewer(session.position());
    input_.release(&session);
    if (clipboard_.value.owner == &session) {
        clipboard_.value.owner = nullptr;
    }
    if (resized_by_ == &session) {
        resized_by_ = nullptr;
    }
    viewers_changed_.set();
}

void Display::disconnect_others(const Session& keeper)
{
    for (Session* session : sessions_) {
        if (session != &keeper) {
            session->close("another viewer asked for the display alone");
        }
    }
}

LayoutDecision Display::request_layout(const Session& asker, const ScreenLayout& wanted)
{
    LayoutDecision decision = decide_layout(wanted, layout_.value, settings_.max_pixels);
    if (decision.status != ResizeStatus::kOk ||
        asks_for_nothing_new(decision.layout, layout_.value)) {
        return decision;
    }
    InputSink* const sink = input_.sink();
    decision.status =
        sink != nullptr ? sink->request_layout(decision.layout) : ResizeStatus::kProhibited;
    if (decision.status == ResizeStatus::kOk) {
        resized_by_ = &asker;
    }
    decision.layout = layout_.value;
    return decision;
}

void Display::input_happened()
{
    last_input_ = loop_.now();
    if (pointer_absolute_.value) { // a relative one is where the machine says
        pointer_is_at(input_.pointer_position(), input_.pointer_mover());
    }
}

void Display::close_stalled()
{
    for (Session* session : sessions_) {
        if (session->stalled_for() >= kStalledUnderPressure) {
            session->close("it takes no data while memory is short");
        }
    }
}

void Display::wake_sessions()
{
    for (Session* session : sessions_) {
        session->wake();
    }
}

} // namespace covnc
