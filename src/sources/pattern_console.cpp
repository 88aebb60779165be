#include "src/sources/pattern_console.h"

#include "src/sources/bitmap_font.h"

#include <xkbcommon/xkbcommon.h>

#include <algorithm>

namespace covnc {

namespace {

constexpr std::size_t kLongest = 4096;
constexpr std::int32_t kPadding = 12;
constexpr std::string_view kPrompt = "> ";
constexpr std::string_view kHint = " type something";
constexpr std::chrono::milliseconds kBlink{500};

} // namespace

void PatternConsole::resize(const Rect& panel, int scale)
{
    scale_ = scale;
    const std::int32_t height = kGlyphSize.height * scale;
    const std::int32_t padding = kPadding * scale;
    line_ = {panel.x + padding,
             panel.y + (panel.height - height) / 2,
             panel.width - 2 * padding,
             height};
    if (!panel.contains(line_)) {
        line_ = {};
    }
    is_changed_ = true;
}

void PatternConsole::key(std::uint32_t keysym)
{
    if (keysym == XKB_KEY_Return || keysym == XKB_KEY_KP_Enter) {
        typed_.clear();
    } else if (keysym == XKB_KEY_BackSpace) {
        if (!typed_.empty()) {
            typed_.pop_back();
        }
    } else {
        const std::uint32_t character = xkb_keysym_to_utf32(keysym); // 0: none
        if (character < 0x20 || character > 0x7e || typed_.size() >= kLongest) {
            return;
        }
        typed_.push_back(static_cast<char>(character));
    }
    is_changed_ = true;
}

void PatternConsole::paint(WritablePixelView back, std::chrono::nanoseconds time, Region& damage)
{
    if (is_changed_) {
        typed_at_ = time;
    }
    const bool caret = (time - typed_at_) / kBlink % 2 == 0;
    if (line_.is_empty() || (!is_changed_ && caret == caret_drawn_)) {
        return;
    }
    const std::int32_t glyph = kGlyphSize.width * scale_;
    // The end of the text and the caret stay in sight.
    const std::size_t columns = static_cast<std::size_t>(line_.width / glyph);
    const std::size_t room = columns - std::min(columns, kPrompt.size() + 1);
    const std::size_t shown = std::min(typed_.size(), room);
    std::string text(kPrompt);
    text.append(typed_, typed_.size() - shown, shown);
    const auto end = line_.x + static_cast<std::int32_t>(text.size()) * glyph;
    text.append(typed_.empty() ? kHint : "");
    write_line(back,
               line_,
               text,
               typed_.empty() ? pattern_colour::kFaint : pattern_colour::kBright,
               scale_);
    if (caret) {
        const Rect bar{end + scale_, line_.y + 2 * scale_, 2 * scale_, line_.height - 4 * scale_};
        fill(back, bar.intersected(line_), pattern_colour::kAccent);
    }
    damage |= line_;
    is_changed_ = false;
    caret_drawn_ = caret;
}

} // namespace covnc
