#include "rfb/input_router.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr std::int32_t kRelativeOrigin = 0x7fff;

} // namespace

void InputRouter::set_sink(InputSink* sink)
{
    while (!held_.empty()) {
        release_keys(held_.begin()->first);
    }
    pointer_owner_ = nullptr;
    pointer_.buttons = 0;
    sink_ = sink;
}

InputRouter::Key InputRouter::identity(const KeyInput& input)
{
    return input.scancode ? Key{true, *input.scancode} : Key{false, input.keysym};
}

bool InputRouter::is_held_by_other(Viewer viewer, const Key& key) const
{
    return std::any_of(held_.begin(), held_.end(), [&](const auto& entry) {
        return entry.first != viewer && entry.second.contains(key);
    });
}

void InputRouter::key(Viewer viewer, const KeyInput& input)
{
    on_input_();
    const Key key = identity(input);
    auto& mine = held_[viewer];
    const bool was_held = mine.contains(key);
    if (input.down) {
        mine[key] = input;
    } else {
        mine.erase(key);
    }
    if (mine.empty()) {
        held_.erase(viewer);
    }
    // A keysym may go up as another one than it went down (Shift was let go in between): the sink
    // knows which key that is. A place on the keyboard cannot change its name.
    const bool stray_release = !input.down && !was_held && input.scancode;
    if (sink_ == nullptr || stray_release || (!input.down && is_held_by_other(viewer, key))) {
        return;
    }
    sink_->key(input);
}

void InputRouter::pointer(
    Viewer viewer, Point position, std::uint16_t buttons, Size size, bool relative)
{
    const TimePoint now = loop_.now();
    const bool grabbed = pointer_owner_ != nullptr && pointer_owner_ != viewer;
    if (grabbed && now - last_pointer_ < kGrabLimit) {
        return;
    }
    last_pointer_ = now;
    pointer_owner_ = buttons != 0 ? viewer : nullptr;
    if (relative) {
        pointer_.motion = {position.x - kRelativeOrigin, position.y - kRelativeOrigin};
    } else {
        const Point clamped{std::clamp(position.x, 0, std::max(size.width - 1, 0)),
                            std::clamp(position.y, 0, std::max(size.height - 1, 0))};
        pointer_.motion = {clamped.x - pointer_.position.x, clamped.y - pointer_.position.y};
        pointer_.position = clamped;
    }
    pointer_.buttons = buttons;
    pointer_mover_ = viewer;
    on_input_();
    if (sink_ != nullptr) {
        sink_->pointer(pointer_);
    }
}

void InputRouter::release_keys(Viewer viewer)
{
    const auto found = held_.find(viewer);
    if (found == held_.end()) {
        return;
    }
    const auto keys = std::move(found->second);
    held_.erase(found);
    for (const auto& [key, input] : keys) {
        if (sink_ != nullptr && !is_held_by_other(viewer, key)) {
            KeyInput up = input;
            up.down = false;
            sink_->key(up);
        }
    }
}

void InputRouter::release(Viewer viewer)
{
    release_keys(viewer);
    if (pointer_owner_ == viewer) {
        pointer_owner_ = nullptr;
        pointer_.buttons = 0;
        pointer_.motion = {};
        if (sink_ != nullptr) {
            sink_->pointer(pointer_);
        }
    }
}

} // namespace covnc
