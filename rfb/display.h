// A display: the picture of one machine, those who look at it, and what they do to it.
//
// A source draws into back(), tells what it touched with frame(), and keeps cursor, LEDs, name and
// pointer mode up to date; input comes to it through an InputSink. Sessions join and leave. All
// state that viewers are told about is latest-value with a version, never queued. Loop thread only.
#pragma once

#include "coroutine/event.h"
#include "coroutine/task_scope.h"
#include "coroutine/worker_pool.h"
#include "rfb/audio.h"
#include "rfb/clipboard.h"
#include "rfb/cursor.h"
#include "rfb/input_router.h"
#include "rfb/picture.h"
#include "rfb/pointer_picture.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace covnc {

class Session;

// A value and how often it was set: a session remembers the count it has told its viewer.
template <typename T>
struct Latest
{
    T value{};
    std::uint64_t count = 0;

    void set(T new_value)
    {
        value = std::move(new_value);
        ++count;
    }
};

// Where the pointer's hotspot is.
struct PointerPlace
{
    Point position;
    const void* mover = nullptr; // the session whose viewer moved it; null: the machine
};

struct DisplaySettings
{
    // Declared so that this is no aggregate: g++ 12 destroys those twice in co_await expressions.
    DisplaySettings() = default;

    std::string name = "covnc";
    Size size{1024, 768};
    std::int64_t max_pixels = std::int64_t{16384} * 16384; // larger wishes of viewers are refused
    int max_rate = 60;                                     // commits a second
    CacheSettings cache; // once more for the picture with the pointer in it, where viewers need one
    // What viewers are allowed, for sources: one need not ask its machine for texts that go
    // nowhere.
    ClipboardPolicy clipboard;
};

class Display
{
public:
    // The pool must live longer.
    Display(const TaskContext& context, WorkerPool& pool, DisplaySettings settings);
    ~Display();
    Display(const Display&) = delete;
    Display& operator=(const Display&) = delete;

    // Commits frames in time and runs encoding jobs, until cancelled; then joins the jobs.
    Task<> run();

    // --- for the source ---
    Size size() const { return framebuffer().size(); }
    WritablePixelView back() { return plain_.back(); }
    // A frame is whole: `damage` of back() was touched, moves as in Framebuffer::commit. It is
    // committed now, or at the next tick of max_rate.
    void frame(const Region& damage, std::span<const CopyRect> moves = {});
    // How long a source had better wait before it draws another frame: until the next tick of
    // max_rate, whether the last one changed anything or not. Zero for a moment after input.
    Duration until_next_frame() const;
    // The machine has another size. back() is black and new; a frame() should follow soon.
    // Throws std::length_error for an empty size or one above max_pixels or kMaxSide.
    void resize(Size size) { set_layout(ScreenLayout::single(size)); }
    // The same for a machine with several screens. Where only they change and the size does not,
    // back() is as it was. Throws std::length_error too where is_valid() does not hold.
    void set_layout(const ScreenLayout& layout);
    void set_cursor(Cursor cursor);
    // Where the machine has its pointer, for sources that know better than where viewers point.
    void set_pointer_position(Point position) { pointer_is_at(position, nullptr); }
    void set_leds(std::uint8_t leds); // kLedScrollLock | kLedNumLock | kLedCapsLock
    void set_name(std::string name);
    // The machine copied a text: UTF-8, LF line ends, at most kMaxCutText bytes, or it is ignored.
    void set_clipboard(std::string text) { set_clipboard(std::move(text), nullptr); }
    void set_pointer_absolute(bool absolute);
    // The machine rings. Viewers hear it once a tick of max_rate, however often that is.
    void bell();
    // What the machine plays.
    Audio& audio() { return audio_; }
    std::size_t viewer_count() const { return sessions_.size(); }
    // Where input goes from now on; null: nowhere. Whoever sets it unsets it before it goes.
    void set_input_sink(InputSink* sink);
    // Suspends until the number of viewers changes. Throws Cancelled.
    Event& viewers_changed() { return viewers_changed_; }

    // --- for sessions ---
    void join(Session& session);
    void leave(Session& session);
    // Everybody but `keeper` is told to go: it asked for the display alone.
    void disconnect_others(const Session& keeper);
    // What viewers follow: the display as it is, or, for those that can show no pointer, with the
    // pointer in it; while none was ever visible those follow the other too.
    Picture& picture(bool with_pointer);
    // Where the two differ.
    Rect drawn_pointer() const;
    // Of the picture without pointer.
    const Framebuffer& framebuffer() const { return plain_.framebuffer(); }
    UpdateCache& cache() { return plain_.cache(); }
    InputRouter& input() { return input_; }
    WorkerPool& pool() { return pool_; }
    const DisplaySettings& settings() const { return settings_; }
    TimePoint now() const { return loop_.now(); }
    // A viewer has pixels that are not quite right: it is woken from time to time to look at
    // Picture::restless_pixels(), until none has.
    void lossy_pixels_sent() { lossy_.set(); }
    // A viewer copied a text: the machine gets it, and so do the others.
    void set_clipboard(std::string text, const Session* owner);
    const Latest<Clipboard>& clipboard() const { return clipboard_; }
    // Since the last key or pointer event of any viewer.
    Duration since_input() const { return loop_.now() - last_input_; }
    const Latest<ScreenLayout>& layout() const { return layout_; }
    // A viewer's SetDesktopSize: decided, passed on, answered.
    LayoutDecision request_layout(const Session& asker, const ScreenLayout& wanted);
    // The session that asked for the size that is there now; null where the machine chose it.
    const Session* resized_by() const { return resized_by_; }
    const Latest<Cursor>& cursor() const { return cursor_; }
    const Latest<PointerPlace>& pointer_position() const { return pointer_position_; }
    const Latest<std::uint8_t>& leds() const { return leds_; }
    const Latest<std::string>& name() const { return name_; }
    const Latest<bool>& pointer_absolute() const { return pointer_absolute_; }
    std::uint64_t bells() const { return bells_; } // that were heard so far

private:
    // After a viewer's input, frames are committed at once for this long: typing waits for no tick.
    static constexpr Duration kInputWindow = std::chrono::milliseconds(50);

    Task<> commit_frames();
    Task<> refresh_lossy();
    bool commit_frame();
    bool draw_pointer(const Region& changed);
    void pointer_is_at(Point position, const void* mover);
    void pointer_changed();
    bool is_after_input() const { return since_input() <= kInputWindow; }
    Duration until_tick_after(TimePoint time) const;
    void commit_now();
    void input_happened();
    void close_stalled();
    void wake_sessions();
    void wake_listeners();

    DisplaySettings settings_;
    EventLoop& loop_;
    WorkerPool& pool_;
    TaskScope jobs_;
    Picture plain_;
    std::unique_ptr<PointerPicture> with_pointer_; // once some viewer needed it
    Latest<ScreenLayout> layout_;                  // of the size that plain_ has
    bool pointer_was_visible_ = false;
    Latest<PointerPlace> pointer_position_;
    InputRouter input_;
    std::vector<Session*> sessions_;
    Latest<Cursor> cursor_;
    Latest<std::uint8_t> leds_;
    Latest<std::string> name_;
    Latest<bool> pointer_absolute_;
    Latest<Clipboard> clipboard_;
    std::uint64_t bells_ = 0;
    Audio audio_;
    const Session* resized_by_ = nullptr;
    Region damage_;               // of frames that are not committed yet
    std::vector<CopyRect> moves_; // of the one frame that is not committed yet
    Event lossy_;
    Event frame_waits_;
    Event viewers_changed_;
    TimePoint last_frame_{};
    TimePoint last_commit_{}; // of one that changed something
    TimePoint last_input_{};
    TimePoint last_bell_{};
};

} // namespace covnc
