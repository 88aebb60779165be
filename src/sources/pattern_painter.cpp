#include "src/sources/pattern_painter.h"

#include "src/sources/bitmap_font.h"

#include <spdlog/fmt/fmt.h>
#include <xkbcommon/xkbcommon.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace covnc {

namespace {

using namespace std::string_view_literals;

constexpr std::int32_t kCorner = 8;
constexpr std::int32_t kSceneBorder = 3;
constexpr std::uint16_t kDrawingButtons = 7;
constexpr std::array kButtonNames{"left"sv,
                                  "middle"sv,
                                  "right"sv,
                                  "wheel up"sv,
                                  "wheel down"sv,
                                  "wheel left"sv,
                                  "wheel right"sv,
                                  "back"sv,
                                  "forward"sv};

// From dark blue to nearly black, in steps, so that it is cheap to send.
std::uint32_t background_at(std::int32_t y, std::int32_t height)
{
    return blend(0x20283e, 0x0c0f17, static_cast<unsigned>(std::int64_t{y} * 255 / height));
}

std::uint32_t colour_of(std::uint16_t buttons)
{
    if ((buttons & 1U) != 0) {
        return 0x7fd1e0;
    }
    return (buttons & 2U) != 0 ? 0xf2d16b : 0xf0716e;
}

void paint_title(WritablePixelView back, const PatternLayout& layout)
{
    const Rect& title = layout.title;
    const std::int32_t line = kGlyphSize.height * layout.scale;
    const int scale = title.height / kGlyphSize.height;
    if (title.is_empty()) {
        return;
    }
    constexpr std::string_view kName = "covnc";
    draw_text(back, title.origin(), kName, pattern_colour::kBright, scale);
    const std::int32_t used = text_size(kName, scale).width + line;
    constexpr std::string_view kMotto = "encode once, deliver to many";
    if (used + text_size(kMotto, layout.scale).width <= title.width) {
        // On the same baseline: at three quarters of a line, whatever the scale.
        const std::int32_t y = title.y + (title.height - line) * 3 / 4;
        draw_text(back, {title.x + used, y}, kMotto, pattern_colour::kDim, layout.scale);
    }
}

// Leaves only moves that say all about their destination: the ring moves on its own.
void drop_moves_at(const Region& marker, PatternFrame& frame)
{
    std::erase_if(frame.moves, [&](const CopyRect& move) {
        const Rect source{
            move.source.x, move.source.y, move.destination.width, move.destination.height};
        return marker.intersects(source) || marker.intersects(move.destination);
    });
}

} // namespace

void PatternPainter::resize(Size size)
{
    size_ = size;
    layout_ = PatternLayout::of(size);
    is_new_ = true;
    const int scale = layout_.scale;
    hue_.resize(layout_.hue);
    const bool is_framed = !layout_.title.is_empty();
    scene_.resize(is_framed ? inset(layout_.scene, kSceneBorder * scale) : layout_.scene, scale);
    status_.resize(size, layout_.status, scale);
    log_.resize(layout_.log, scale);
    canvas_.resize(layout_.canvas, scale);
    console_.resize(layout_.console, scale);
    marker_.forget();
    pointer_ = {std::min(pointer_.x, size.width - 1), std::min(pointer_.y, size.height - 1)};
}

PatternFrame PatternPainter::paint(WritablePixelView back, const PatternInfo& info)
{
    PatternFrame frame;
    Region marker(marker_.covered());
    marker_.remove(back, frame.damage);
    if (is_new_) {
        paint_background(back);
    }
    hue_.paint(back, info.time, frame.damage, frame.moves);
    scene_.paint(back, info.time, frame.damage);
    status_.paint(back, info, pointer_, frame.damage);
    canvas_.paint(back, frame.damage);
    console_.paint(back, info.time, frame.damage);
    log_.paint(back, frame.damage, frame.moves);
    if (pointer_is_known_) {
        const std::uint32_t colour = buttons_ == 0 ? pattern_colour::kBright : colour_of(buttons_);
        marker_.draw(back, pointer_, layout_.scale, colour, frame.damage);
        marker |= marker_.covered();
    }
    drop_moves_at(marker, frame);
    if (is_new_) {
        frame.damage = Rect::of(size_);
        frame.moves.clear();
        is_new_ = false;
    }
    return frame;
}

void PatternPainter::paint_background(WritablePixelView back)
{
    for (std::int32_t y = 0; y < size_.height; ++y) {
        std::fill_n(back.row(y), size_.width, background_at(y, size_.height));
    }
    paint_title(back, layout_);
    const bool is_framed = !layout_.title.is_empty();
    for (const Rect& panel :
         {layout_.scene, layout_.status, layout_.log, layout_.canvas, layout_.console}) {
        if (is_framed && !panel.is_empty()) {
            draw_panel(back, panel, kCorner * layout_.scale);
        }
    }
    scene_.paint_background(back);
    log_.paint_heading(back);
}

void PatternPainter::key(std::uint32_t keysym, bool down)
{
    std::array<char, 64> name{};
    xkb_keysym_get_name(keysym, name.data(), name.size());
    log_.add(fmt::format("{} {}", down ? "key down" : "key up  ", name.data()),
             down ? pattern_colour::kBright : pattern_colour::kDim);
    if (!down) {
        return;
    }
    if (keysym == XKB_KEY_Escape) {
        canvas_.clear();
    } else {
        console_.key(keysym);
    }
}

void PatternPainter::pointer(Point position, std::uint16_t buttons)
{
    const Point inside{std::clamp(position.x, 0, size_.width - 1),
                       std::clamp(position.y, 0, size_.height - 1)};
    log_buttons(inside, buttons);
    if ((buttons & kDrawingButtons) != 0) {
        const bool goes_on = (buttons_ & kDrawingButtons) != 0;
        canvas_.stroke(goes_on ? pointer_ : inside, inside, colour_of(buttons), goes_on);
    }
    pointer_ = inside;
    pointer_is_known_ = true;
    buttons_ = buttons;
}

void PatternPainter::log_buttons(Point position, std::uint16_t buttons)
{
    for (std::size_t i = 0; i < kButtonNames.size(); ++i) {
        const unsigned bit = 1U << i;
        if (((buttons ^ buttons_) & bit) == 0) {
            continue;
        }
        const bool down = (buttons & bit) != 0;
        const std::string_view change = down ? "down" : "up";
        log_.add(fmt::format("{} {} {},{}", kButtonNames[i], change, position.x, position.y),
                 down ? colour_of(buttons) : pattern_colour::kDim);
    }
}

} // namespace covnc
