// Who may type and point: many viewers, one machine. Loop thread only.
//
// Remembers which keys and buttons each viewer holds and lets go of them when it leaves; a key that
// two viewers hold goes up when the second one lets go. While a viewer holds a button the pointer
// is its own, for a limited time.
#pragma once

#include "coroutine/event_loop.h"
#include "rfb/input_sink.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>

namespace covnc {

class InputRouter
{
public:
    // Something that stands for a viewer; only its address counts.
    using Viewer = const void*;

    // A viewer that holds a button but sends nothing for this long loses the pointer.
    static constexpr Duration kGrabLimit = std::chrono::seconds(10);

    InputRouter(EventLoop& loop, std::function<void()> on_input)
        : loop_(loop),
          on_input_(std::move(on_input))
    {}

    // Null: input is dropped. What viewers hold is let go on the old sink first.
    void set_sink(InputSink* sink);
    InputSink* sink() const { return sink_; }

    void key(Viewer viewer, const KeyInput& input);
    // position: pixels as the viewer sent them; clamped to `size`. relative: position is a distance
    // from (0x7fff, 0x7fff).
    void pointer(Viewer viewer, Point position, std::uint16_t buttons, Size size, bool relative);
    // Lets go of all that this viewer holds.
    void release(Viewer viewer);
    // Where viewers pointed last, in absolute mode.
    Point pointer_position() const { return pointer_.position; }
    // Who moved it last; only for comparing, it may be gone.
    Viewer pointer_mover() const { return pointer_mover_; }

private:
    // A key by its place where the viewer tells it, else by its keysym.
    using Key = std::pair<bool, std::uint32_t>;
    static Key identity(const KeyInput& input);
    bool is_held_by_other(Viewer viewer, const Key& key) const;
    void release_keys(Viewer viewer);

    EventLoop& loop_;
    std::function<void()> on_input_;
    InputSink* sink_ = nullptr;
    std::map<Viewer, std::map<Key, KeyInput>> held_;
    Viewer pointer_owner_ = nullptr; // holds a button
    Viewer pointer_mover_ = nullptr;
    TimePoint last_pointer_{};
    PointerInput pointer_;
};

} // namespace covnc
