#include "src/sources/pattern_log.h"

#include "src/sources/bitmap_font.h"
#include "src/sources/pattern_draw.h"

#include <algorithm>

namespace covnc {

namespace {

constexpr std::size_t kMostLines = 250;
constexpr std::int32_t kPadding = 12;

} // namespace

void PatternLog::resize(const Rect& panel, int scale)
{
    scale_ = scale;
    row_height_ = kGlyphSize.height * scale;
    const Rect inner = inset(panel, kPadding * scale);
    rows_ = std::max(inner.height / row_height_ - 1, 0);
    heading_ = {inner.x, inner.y, inner.width, rows_ > 0 ? row_height_ : 0};
    lines_ = {inner.x, heading_.bottom(), inner.width, rows_ * row_height_};
    used_ = 0;
    new_ = history_.size();
}

void PatternLog::add(std::string text, std::uint32_t colour)
{
    history_.push_back({std::move(text), colour});
    new_ = std::min(new_ + 1, kMostLines);
    if (history_.size() > kMostLines) {
        history_.pop_front();
    }
}

Rect PatternLog::rows_at(std::int32_t first, std::int32_t count) const
{
    return {lines_.x, lines_.y + first * row_height_, lines_.width, count * row_height_};
}

void PatternLog::paint_heading(WritablePixelView back) const
{
    write_line(back, heading_, "events", pattern_colour::kFaint, scale_);
}

void PatternLog::paint(WritablePixelView back, Region& damage, std::vector<CopyRect>& moves)
{
    const auto count = std::min(static_cast<std::int32_t>(new_), rows_);
    new_ = 0;
    if (count == 0) {
        return;
    }
    const std::int32_t scroll = std::max(used_ + count - rows_, 0);
    const std::int32_t kept = std::max(used_ - scroll, 0);
    if (scroll > 0 && kept > 0) {
        const Rect to = rows_at(0, kept);
        const Rect from = rows_at(scroll, kept);
        for (std::int32_t y = 0; y < to.height; ++y) {
            std::copy_n(back.row(from.y + y) + from.x, to.width, back.row(to.y + y) + to.x);
        }
        moves.push_back({to, from.origin()});
        damage |= to;
    }
    const std::size_t first = history_.size() - static_cast<std::size_t>(count);
    for (std::int32_t i = 0; i < count; ++i) {
        const Line& line = history_[first + static_cast<std::size_t>(i)];
        write_line(back, rows_at(kept + i, 1), line.text, line.colour, scale_);
    }
    damage |= rows_at(kept, count);
    used_ = kept + count;
}

} // namespace covnc
