#include "rfb/display.h"

#include "coroutine/combinators.h"
#include "rfb/session.h"

#include <algorithm>

namespace covnc {

namespace {

// A viewer that takes nothing for this long goes when memory is short.
constexpr Duration kStalledUnderPressure = std::chrono::seconds(2);
// Pixels that have not changed for so long are quiet, and how often viewers look for such.
constexpr Duration kQuietTime = std::chrono::milliseconds(500);
constexpr Duration kRefreshInterval = std::chrono::milliseconds(250);

} // namespace

Display::Display(const TaskContext& context, WorkerPool& pool, DisplaySettings settings)
    : settings_(std::move(settings)),
      loop_(*context.loop),
      pool_(pool),
      jobs_(context),
      framebuffer_(settings_.size),
      cache_(framebuffer_, pool, jobs_, settings_.cache_bytes),
      input_(loop_, [this] { input_happened(); })
{
    name_.set(settings_.name);
    pointer_absolute_.set(true);
    last_input_ = loop_.now() - kInputWindow;
    last_commit_ = loop_.now() - std::chrono::seconds(1);
    last_frame_ = last_commit_;
    cache_.on_pressure([this] { close_stalled(); });
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

Region Display::restless_pixels() const
{
    std::uint64_t quiet = quiet_since_;
    for (const CommitTime& commit : commits_) {
        if (commit.time + kQuietTime > loop_.now()) {
            break;
        }
        quiet = commit.version;
    }
    return framebuffer_.changed_since(quiet);
}

void Display::note_commit()
{
    commits_.push_back({loop_.now(), framebuffer_.version()});
    while (commits_.front().time + kQuietTime <= loop_.now()) {
        quiet_since_ = commits_.front().version;
        commits_.pop_front();
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
    const MoveSearch search = cache_.takes_moves() ? MoveSearch::kScrolling : MoveSearch::kNone;
    const bool changed = framebuffer_.commit(damage_, moves_, search);
    damage_.clear();
    moves_.clear();
    if (changed) {
        last_commit_ = loop_.now();
        note_commit();
        cache_.committed();
        wake_sessions();
    }
}

void Display::resize(Size size)
{
    if (size.is_empty() || size.width > kMaxSide || size.height > kMaxSide ||
        size.area() > settings_.max_pixels) {
        throw std::length_error("a display cannot have " + std::to_string(size.width) + "x" +
                                std::to_string(size.height) + " pixels");
    }
    if (size == framebuffer_.size()) {
        return;
    }
    damage_.clear();
    moves_.clear();
    frame_waits_.reset();
    resized_by_ = nullptr;
    framebuffer_.resize(size);
    note_commit();
    cache_.committed();
    wake_sessions();
}

void Display::set_cursor(Cursor cursor)
{
    cursor_.set(std::move(cursor));
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
    cache_.add_viewer(session.position());
    viewers_changed_.set();
}

void Display::leave(Session& session)
{
    std::erase(sessions_, &session);
    cache_.remove_viewer(session.position());
    input_.release(&session);
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

ScreenLayout Display::layout() const
{
    return ScreenLayout::single(framebuffer_.size());
}

LayoutDecision Display::request_layout(const Session& asker, const ScreenLayout& wanted)
{
    LayoutDecision decision = decide_layout(wanted, layout(), settings_.max_pixels);
    if (decision.status != ResizeStatus::kOk || decision.layout.size == framebuffer_.size()) {
        return decision;
    }
    InputSink* const sink = input_.sink();
    decision.status =
        sink != nullptr ? sink->request_size(decision.layout.size) : ResizeStatus::kProhibited;
    if (decision.status == ResizeStatus::kOk) {
        resized_by_ = &asker;
    }
    decision.layout = layout();
    return decision;
}

void Display::input_happened()
{
    last_input_ = loop_.now();
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
