#include "src/sources/pattern_painter.h"

#include "src/sources/bitmap_font.h"

#include <spdlog/fmt/fmt.h>
#include <xkbcommon/xkbcommon.h>

#include <algorithm>
#include <cmath>

namespace covnc {

namespace {

constexpr std::uint32_t kPanel = 0x161d2b;
constexpr std::uint32_t kBright = 0xe5e9f0;
constexpr std::uint32_t kDim = 0x8793a8;
constexpr std::uint32_t kAccent = 0x88c0d0;
constexpr std::int32_t kPadding = 8;
constexpr std::int32_t kLine = kGlyphSize.height;
constexpr std::size_t kMostNewLines = 64;
constexpr std::array<std::uint32_t, 6> kDiscColours{
    0xbf616a, 0xd08770, 0xebcb8b, 0xa3be8c, 0x88c0d0, 0xb48ead};

void fill(WritablePixelView back, const Rect& rect, std::uint32_t colour)
{
    const Rect visible = rect.intersected(Rect::of(back.size()));
    for (std::int32_t y = visible.y; y < visible.bottom(); ++y) {
        std::fill_n(back.row(y) + visible.x, visible.width, colour);
    }
}

// Text cut to what fits into `panel`, on the panel's colour.
void write_line(WritablePixelView back,
                const Rect& panel,
                std::int32_t row,
                std::string_view text,
                std::uint32_t colour)
{
    const Rect line{panel.x, panel.y + kPadding / 2 + row * kLine, panel.width, kLine};
    const Rect visible = line.intersected(panel);
    fill(back, visible, kPanel);
    const auto fitting =
        static_cast<std::size_t>(std::max(panel.width - 2 * kPadding, 0) / kGlyphSize.width);
    if (visible.height == kLine) {
        draw_text(back, {panel.x + kPadding, line.y}, text.substr(0, fitting), colour);
    }
}

// From dark blue to nearly black, in steps, so that it is cheap to send.
std::uint32_t background_at(std::int32_t y, std::int32_t height)
{
    const auto depth = static_cast<std::uint32_t>(std::int64_t{y} * 24 / std::max(height, 1));
    return (30 - depth / 2) << 16U | (38 - depth * 2 / 3) << 8U | (58 - depth);
}

// The scene's own background: slow bands of colour.
std::uint32_t scene_at(Point point, const Rect& scene)
{
    const auto band =
        static_cast<std::uint32_t>((point.x - scene.x) / 16 + (point.y - scene.y) / 32);
    constexpr std::uint32_t kBands = 12; // brighter and darker again
    const std::uint32_t step = std::min(band % kBands, kBands - band % kBands);
    return 0x1b2740 + step * 0x030304;
}

// There and back again between 0 and `length`.
double bounce(double way, double length)
{
    const double phase = std::fmod(way, 2 * length);
    return phase < length ? phase : 2 * length - phase;
}

void draw_disc(WritablePixelView back, const Rect& clip, const Rect& disc, std::uint32_t colour)
{
    const double radius = disc.width / 2.0;
    const Rect visible = disc.intersected(clip);
    for (std::int32_t y = visible.y; y < visible.bottom(); ++y) {
        for (std::int32_t x = visible.x; x < visible.right(); ++x) {
            const double distance =
                std::hypot(x + 0.5 - disc.x - radius, y + 0.5 - disc.y - radius);
            const double edge = std::clamp(radius - distance, 0.0, 1.0);
            std::uint32_t& pixel = back.at(x, y);
            pixel = blend(pixel, colour, static_cast<unsigned>(edge * 215));
        }
    }
}

} // namespace

void PatternPainter::resize(Size size)
{
    size_ = size;
    layout_ = PatternLayout::of(size);
    is_new_ = true;
    discs_ = {};
    status_.clear();
    new_lines_.clear();
    log_used_ = 0;
    strokes_.clear();
    clear_canvas_ = false;
    typed_.clear();
    typed_drawn_.clear();
    caret_drawn_ = false;
}

PatternFrame PatternPainter::paint(WritablePixelView back, const PatternInfo& info)
{
    PatternFrame frame;
    if (is_new_) {
        paint_background(back);
        frame.damage = Rect::of(size_);
    }
    paint_scene(back, info.time, frame.damage);
    paint_status(back, info, frame.damage);
    paint_canvas(back, frame.damage);
    paint_console(back, info, frame.damage);
    paint_log(back, frame);
    is_new_ = false;
    return frame;
}

void PatternPainter::paint_background(WritablePixelView back)
{
    for (std::int32_t y = 0; y < size_.height; ++y) {
        std::fill_n(back.row(y), size_.width, background_at(y, size_.height));
    }
    const Rect& title = layout_.title;
    const int scale = title.height >= 3 * kLine ? 3 : 1;
    if (!title.is_empty()) {
        draw_text(back, title.origin(), "covnc", kBright, scale);
        const Size name = text_size("covnc ", scale);
        draw_text(back,
                  {title.x + name.width, title.bottom() - kLine - (scale > 1 ? 8 : 0)},
                  "encode once, deliver to many",
                  kDim);
    }
    for (const Rect& panel : {layout_.status, layout_.log, layout_.canvas, layout_.console}) {
        fill(back, panel, kPanel);
    }
    const Rect& scene = layout_.scene;
    for (std::int32_t y = scene.y; y < scene.bottom(); ++y) {
        for (std::int32_t x = scene.x; x < scene.right(); ++x) {
            back.at(x, y) = scene_at({x, y}, scene);
        }
    }
    if (layout_.canvas.height >= 2 * kLine) {
        write_line(back, layout_.canvas, 0, "draw here (Escape clears)", kDim);
    }
}

void PatternPainter::paint_scene(WritablePixelView back,
                                 std::chrono::nanoseconds time,
                                 Region& damage)
{
    const Rect& scene = layout_.scene;
    if (scene.is_empty()) {
        return;
    }
    for (const Rect& disc : discs_) {
        const Rect old = disc.intersected(scene);
        for (std::int32_t y = old.y; y < old.bottom(); ++y) {
            for (std::int32_t x = old.x; x < old.right(); ++x) {
                back.at(x, y) = scene_at({x, y}, scene);
            }
        }
        damage |= old;
    }
    const double seconds = std::chrono::duration<double>(time).count();
    const std::int32_t largest = std::clamp(std::min(scene.width, scene.height) / 4, 1, 96);
    for (std::size_t i = 0; i < kDiscs; ++i) {
        const auto order = static_cast<double>(i);
        const std::int32_t diameter =
            std::max(largest * static_cast<std::int32_t>(6 - i / 2) / 6, 1);
        const double room_x = std::max(scene.width - diameter, 1);
        const double room_y = std::max(scene.height - diameter, 1);
        const double x = bounce(seconds * (70 + 23 * order) + order * 97, room_x);
        const double y = bounce(seconds * (50 + 17 * order) + order * 61, room_y);
        discs_[i] = {scene.x + static_cast<std::int32_t>(x),
                     scene.y + static_cast<std::int32_t>(y),
                     diameter,
                     diameter};
        draw_disc(back, scene, discs_[i], kDiscColours[i]);
        damage |= discs_[i].intersected(scene);
    }
}

void PatternPainter::paint_status(WritablePixelView back, const PatternInfo& info, Region& damage)
{
    const Rect& panel = layout_.status;
    if (panel.is_empty()) {
        return;
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(info.time).count();
    const std::vector<std::string> lines{
        fmt::format("{} x {}", size_.width, size_.height),
        fmt::format("frame    {}", info.frame),
        fmt::format("rate     {:.1f}/s", info.frames_per_second),
        fmt::format("viewers  {}", info.viewers),
        fmt::format("running  {}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
        fmt::format("pointer  {},{}{}",
                    pointer_.x,
                    pointer_.y,
                    buttons_ != 0 ? fmt::format("  buttons {:#x}", buttons_) : ""),
    };
    status_.resize(lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (status_[i] != lines[i] || is_new_) {
            const auto row = static_cast<std::int32_t>(i);
            write_line(back, panel, row, lines[i], i == 0 ? kAccent : kBright);
            damage |=
                Rect{panel.x, panel.y + kPadding / 2 + row * kLine, panel.width, kLine}.intersected(
                    panel);
            status_[i] = lines[i];
        }
    }
}

// The newest line is at the bottom; older ones move up, which CopyRect makes cheap.
void PatternPainter::paint_log(WritablePixelView back, PatternFrame& frame)
{
    const Rect& panel = layout_.log;
    const std::int32_t rows = (panel.height - kPadding) / kLine;
    if (rows < 2) {
        new_lines_.clear();
        return;
    }
    while (static_cast<std::int32_t>(new_lines_.size()) > rows) {
        new_lines_.pop_front();
    }
    const auto count = static_cast<std::int32_t>(new_lines_.size());
    const std::int32_t scroll = std::max(log_used_ + count - rows, 0);
    const std::int32_t kept = std::min(log_used_, rows - count);
    if (scroll > 0 && kept > 0) {
        const Rect to{panel.x, panel.y + kPadding / 2, panel.width, kept * kLine};
        const Point from{to.x, to.y + scroll * kLine};
        for (std::int32_t y = 0; y < to.height; ++y) {
            std::copy_n(back.row(from.y + y) + from.x, to.width, back.row(to.y + y) + to.x);
        }
        if (!is_new_) {
            frame.moves.push_back({to, from});
        }
        frame.damage |= to;
    }
    for (std::int32_t i = 0; i < count; ++i) {
        write_line(back, panel, kept + i, new_lines_[static_cast<std::size_t>(i)], kDim);
    }
    if (count > 0) {
        frame.damage |=
            Rect{panel.x, panel.y + kPadding / 2 + kept * kLine, panel.width, count * kLine};
    }
    log_used_ = kept + count;
    new_lines_.clear();
}

void PatternPainter::paint_canvas(WritablePixelView back, Region& damage)
{
    const Rect& canvas = layout_.canvas;
    if (std::exchange(clear_canvas_, false)) {
        fill(back, canvas, kPanel);
        damage |= canvas;
    }
    constexpr std::int32_t kBrush = 7;
    for (const Stroke& stroke : strokes_) {
        const std::int32_t steps = std::max(
            {std::abs(stroke.to.x - stroke.from.x), std::abs(stroke.to.y - stroke.from.y), 1});
        const std::uint32_t colour = kDiscColours[stroke.buttons % kDiscColours.size()];
        for (std::int32_t i = 0; i <= steps; ++i) {
            const Rect dot{stroke.from.x + (stroke.to.x - stroke.from.x) * i / steps - kBrush / 2,
                           stroke.from.y + (stroke.to.y - stroke.from.y) * i / steps - kBrush / 2,
                           kBrush,
                           kBrush};
            draw_disc(back, canvas, dot, colour);
            damage |= dot.intersected(canvas);
        }
    }
    strokes_.clear();
}

void PatternPainter::paint_console(WritablePixelView back, const PatternInfo& info, Region& damage)
{
    const Rect& panel = layout_.console;
    if (panel.is_empty()) {
        return;
    }
    const bool caret =
        std::chrono::duration_cast<std::chrono::milliseconds>(info.time).count() / 500 % 2 == 0;
    if (typed_ == typed_drawn_ && caret == caret_drawn_ && !is_new_) {
        return;
    }
    const auto fitting = static_cast<std::size_t>(std::max(panel.width / kGlyphSize.width - 4, 1));
    std::string line = "> " + typed_.substr(typed_.size() - std::min(typed_.size(), fitting));
    if (typed_.empty() && !caret) {
        line += "type something";
    }
    line += caret ? "_" : " ";
    write_line(back, panel, 0, line, typed_.empty() ? kDim : kBright);
    damage |= panel;
    typed_drawn_ = typed_;
    caret_drawn_ = caret;
}

void PatternPainter::log(std::string line)
{
    new_lines_.push_back(std::move(line));
    if (new_lines_.size() > kMostNewLines) {
        new_lines_.pop_front();
    }
}

void PatternPainter::key(std::uint32_t keysym, bool down)
{
    std::array<char, 64> name{};
    xkb_keysym_get_name(keysym, name.data(), name.size());
    log(fmt::format("key {} {}", down ? "down" : "up  ", name.data()));
    if (!down) {
        return;
    }
    constexpr std::size_t kLongest = 4096;
    if (keysym == XKB_KEY_Escape) {
        clear_canvas_ = true;
    } else if (keysym == XKB_KEY_Return) {
        typed_.clear();
    } else if (keysym == XKB_KEY_BackSpace && !typed_.empty()) {
        typed_.pop_back();
    } else if (keysym >= 0x20 && keysym <= 0x7e && typed_.size() < kLongest) {
        typed_.push_back(static_cast<char>(keysym));
    }
}

void PatternPainter::pointer(Point position, std::uint16_t buttons)
{
    if (buttons != buttons_) {
        log(fmt::format("buttons {:#05x} at {},{}", buttons, position.x, position.y));
    }
    if (buttons != 0) {
        strokes_.push_back({buttons_ != 0 ? pointer_ : position, position, buttons});
    }
    pointer_ = position;
    buttons_ = buttons;
}

} // namespace covnc
