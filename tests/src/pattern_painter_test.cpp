#include "src/sources/pattern_painter.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <limits>
#include <random>
#include <vector>

using namespace covnc;

namespace {

constexpr std::uint32_t kGuard = 0xdeadbeef;

// A surface with a margin all around that nobody may touch, and a stride of its own.
class GuardedSurface
{
public:
    explicit GuardedSurface(Size size)
        : size_(size),
          stride_(size.width + 7),
          pixels_(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(size.height + 4),
                  kGuard)
    {}
    WritablePixelView view() { return {pixels_.data() + 2 * stride_ + 3, size_, stride_}; }
    Size size() const { return size_; }
    // False when a pixel outside of the surface was written.
    bool is_intact() const
    {
        std::vector<std::uint32_t> outside = pixels_;
        for (std::int32_t y = 0; y < size_.height; ++y) {
            const auto row = outside.begin() + (y + 2) * stride_ + 3;
            std::fill_n(row, size_.width, kGuard);
        }
        return std::count(outside.begin(), outside.end(), kGuard) ==
               static_cast<std::ptrdiff_t>(outside.size());
    }
    std::vector<std::uint32_t> copy()
    {
        std::vector<std::uint32_t> out;
        for (std::int32_t y = 0; y < size_.height; ++y) {
            out.insert(out.end(), view().row(y), view().row(y) + size_.width);
        }
        return out;
    }

private:
    Size size_;
    std::ptrdiff_t stride_;
    std::vector<std::uint32_t> pixels_;
};

PatternInfo info_at(int frame)
{
    PatternInfo info;
    info.time = std::chrono::milliseconds(33) * frame;
    info.frame = static_cast<std::uint64_t>(frame);
    info.frames_per_second = 30;
    info.viewers = static_cast<std::size_t>(frame / 7);
    return info;
}

// One event of any kind, with positions that a well-behaved session would not let through.
void random_input(PatternPainter& painter, std::mt19937& random, Size size)
{
    const auto position = [&](std::int32_t side) {
        return static_cast<std::int32_t>(random() % static_cast<unsigned>(side + 40)) - 20;
    };
    switch (random() % 5) {
    case 0:
        painter.key(0x20 + static_cast<std::uint32_t>(random() % 96), random() % 2 == 0);
        break;
    case 1:
        painter.key(0xff00 + static_cast<std::uint32_t>(random() % 256), true);
        break;
    case 2:
        painter.key(static_cast<std::uint32_t>(random()), true);
        break;
    case 3:
        painter.pointer({position(size.width), position(size.height)},
                        static_cast<std::uint16_t>(random() % 0x400));
        break;
    default:
        break;
    }
}

// What a viewer has after a frame: its old picture, the moves, then what was damaged.
std::vector<std::uint32_t> applied(const std::vector<std::uint32_t>& before,
                                   const std::vector<std::uint32_t>& after,
                                   const PatternFrame& frame,
                                   Size size)
{
    std::vector<std::uint32_t> picture = before;
    const auto at = [&](std::int32_t x, std::int32_t y) {
        return static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) +
               static_cast<std::size_t>(x);
    };
    Region moved;
    for (const CopyRect& move : frame.moves) {
        for (std::int32_t y = 0; y < move.destination.height; ++y) {
            for (std::int32_t x = 0; x < move.destination.width; ++x) {
                picture[at(move.destination.x + x, move.destination.y + y)] =
                    before[at(move.source.x + x, move.source.y + y)];
            }
        }
        moved |= move.destination;
    }
    for (const Rect& rect : (frame.damage - moved).rects()) {
        for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
            for (std::int32_t x = rect.x; x < rect.right(); ++x) {
                picture[at(x, y)] = after[at(x, y)];
            }
        }
    }
    return picture;
}

// Paints and checks what paint() says about it. Pictures are compared in double parentheses all
// over this file, so that a failure does not print them.
PatternFrame paint_checked(PatternPainter& painter, GuardedSurface& surface, int number)
{
    const std::vector<std::uint32_t> before = surface.copy();
    const PatternFrame frame = painter.paint(surface.view(), info_at(number));
    const std::vector<std::uint32_t> after = surface.copy();
    REQUIRE(Rect::of(surface.size()).contains(frame.damage.bounds()));
    for (const CopyRect& move : frame.moves) {
        REQUIRE(frame.damage.contains(move.destination));
        const Rect source{
            move.source.x, move.source.y, move.destination.width, move.destination.height};
        REQUIRE(Rect::of(surface.size()).contains(source));
    }
    REQUIRE((applied(before, after, frame, surface.size()) == after));
    return frame;
}

// The pixels of `rect`, as drawn.
std::vector<std::uint32_t> pixels_of(GuardedSurface& surface, const Rect& rect)
{
    const WritablePixelView view = surface.view().part(rect);
    std::vector<std::uint32_t> out;
    for (std::int32_t y = 0; y < view.height(); ++y) {
        out.insert(out.end(), view.row(y), view.row(y) + view.width());
    }
    return out;
}

} // namespace

TEST_CASE("the pattern stays inside, and its damage and moves tell the truth, at any size",
          "[pattern]")
{
    const Size size = GENERATE(Size{1, 1},
                               Size{2, 3},
                               Size{7, 1},
                               Size{1, 9},
                               Size{64, 64},
                               Size{200, 140},
                               Size{320, 200},
                               Size{560, 420},
                               Size{641, 479},
                               Size{1920, 1080});
    CAPTURE(size.width, size.height);
    GuardedSurface surface(size);
    PatternPainter painter(size);
    std::mt19937 random(1);
    std::size_t moves = 0;
    const int frames = size.area() > 500'000 ? 25 : 150;
    for (int i = 0; i < frames; ++i) {
        random_input(painter, random, size);
        random_input(painter, random, size);
        moves += paint_checked(painter, surface, i * 2).moves.size();
    }
    CHECK(surface.is_intact());
    if (size.width >= 200) {
        CHECK(moves > 10);
    }
}

TEST_CASE("the first frame draws every pixel and moves none", "[pattern]")
{
    const Size size = GENERATE(Size{1, 1}, Size{333, 222}, Size{800, 600});
    GuardedSurface surface(size);
    PatternPainter painter(size);
    painter.pointer({0, 0}, 1);
    painter.key('x', true);
    const PatternFrame frame = paint_checked(painter, surface, 3);
    CHECK(frame.damage.contains(Rect::of(size)));
    CHECK(frame.moves.empty());
    const std::vector<std::uint32_t> pixels = surface.copy();
    CHECK(std::count(pixels.begin(), pixels.end(), kGuard) == 0);
}

TEST_CASE("a display of the largest size is drawn, with what people do to it", "[pattern]")
{
    // One long side at a time: both would take a gigabyte.
    const Size size = GENERATE(Size{16384, 1}, Size{16384, 420}, Size{560, 16384});
    GuardedSurface surface(size);
    PatternPainter painter(size);
    paint_checked(painter, surface, 0);
    painter.pointer({0, 0}, 1);
    painter.pointer({std::numeric_limits<std::int32_t>::max(), size.height - 1}, 1);
    painter.pointer({std::numeric_limits<std::int32_t>::min(), 1 << 30}, 2);
    painter.key('q', true);
    paint_checked(painter, surface, 1);
    CHECK(surface.is_intact());
}

TEST_CASE("a key shows in the very next frame, and the drawing of a button too", "[pattern]")
{
    const Size size{800, 600};
    GuardedSurface surface(size);
    PatternPainter painter(size);
    paint_checked(painter, surface, 0);
    const PatternLayout layout = PatternLayout::of(size);

    const auto log = pixels_of(surface, layout.log);
    const auto console = pixels_of(surface, layout.console);
    painter.key('a', true);
    paint_checked(painter, surface, 0);
    CHECK((pixels_of(surface, layout.log) != log));
    CHECK((pixels_of(surface, layout.console) != console));

    const auto status = pixels_of(surface, layout.status);
    const auto before_button = pixels_of(surface, layout.log);
    const Point middle{layout.canvas.x + layout.canvas.width / 2,
                       layout.canvas.y + layout.canvas.height / 2};
    const std::uint32_t empty = surface.view().at(middle.x, middle.y);
    painter.pointer(middle, 1);
    paint_checked(painter, surface, 0);
    CHECK(surface.view().at(middle.x, middle.y) != empty);
    CHECK((pixels_of(surface, layout.status) != status));
    CHECK((pixels_of(surface, layout.log) != before_button));
}

TEST_CASE("the ring follows the pointer and leaves nothing behind", "[pattern]")
{
    const Size size{640, 480};
    GuardedSurface surface(size);
    PatternPainter painter(size);
    painter.pointer({2, 2}, 0);
    paint_checked(painter, surface, 0);
    const PatternLayout layout = PatternLayout::of(size);
    const auto canvas = pixels_of(surface, layout.canvas);
    const Point inside{layout.canvas.x + 40, layout.canvas.y + 60};
    painter.pointer(inside, 0);
    paint_checked(painter, surface, 0);
    CHECK((pixels_of(surface, layout.canvas) != canvas));
    painter.pointer({size.width - 1, 0}, 0);
    paint_checked(painter, surface, 0);
    CHECK((pixels_of(surface, layout.canvas) == canvas));
}

TEST_CASE("a ring over the events does not spoil their move", "[pattern]")
{
    const Size size{640, 480};
    GuardedSurface surface(size);
    PatternPainter painter(size);
    const Rect log = PatternLayout::of(size).log;
    painter.pointer({log.x + log.width / 2, log.y + log.height / 2}, 0);
    for (int i = 0; i < 40; ++i) {
        painter.key('a' + static_cast<std::uint32_t>(i % 26), true);
        painter.pointer({log.x + log.width / 2 + i % 3, log.y + log.height / 2 - i}, 0);
        paint_checked(painter, surface, i);
    }
}

TEST_CASE("Escape gives back the empty canvas", "[pattern]")
{
    const Size size{640, 480};
    GuardedSurface surface(size);
    PatternPainter painter(size);
    painter.pointer({0, 0}, 0);
    paint_checked(painter, surface, 0);
    const Rect canvas = PatternLayout::of(size).canvas;
    const auto empty = pixels_of(surface, canvas);

    painter.pointer({canvas.x - 5, canvas.y - 5}, 4);
    painter.pointer({canvas.right() + 5, canvas.bottom() + 5}, 4);
    painter.pointer({0, 0}, 0);
    paint_checked(painter, surface, 0);
    CHECK((pixels_of(surface, canvas) != empty));

    painter.key(0xff1b, true);
    paint_checked(painter, surface, 0);
    CHECK((pixels_of(surface, canvas) == empty));
}

TEST_CASE("BackSpace and Return take typed text away", "[pattern]")
{
    const Size size{640, 480};
    GuardedSurface surface(size);
    PatternPainter painter(size);
    const Rect console = PatternLayout::of(size).console;
    const auto shown = [&] {
        paint_checked(painter, surface, 0);
        return pixels_of(surface, console);
    };
    const auto nothing = shown();
    painter.key(0xff08, true); // BackSpace on an empty line
    CHECK((shown() == nothing));
    painter.key('a', true);
    const auto one = shown();
    CHECK((one != nothing));
    painter.key(0xffb5, true); // 5 on the keypad
    CHECK((shown() != one));
    painter.key(0xff08, true);
    CHECK((shown() == one));
    for (int i = 0; i < 5000; ++i) {
        painter.key('w', true);
    }
    CHECK((shown() != one));
    painter.key(0xff0d, true);
    CHECK((shown() == nothing));
}

TEST_CASE("text stays when the display changes its size, and everything is drawn anew", "[pattern]")
{
    PatternPainter painter({640, 480});
    GuardedSurface first({640, 480});
    painter.key('a', true);
    painter.pointer({600, 470}, 0);
    paint_checked(painter, first, 0);
    painter.resize({30, 20}); // the pointer is outside now
    GuardedSurface small({30, 20});
    CHECK(paint_checked(painter, small, 1).damage.contains({0, 0, 30, 20}));

    painter.resize({640, 480});
    painter.pointer({600, 470}, 0);
    GuardedSurface again({640, 480});
    paint_checked(painter, again, 0);
    CHECK((again.copy() == first.copy()));
}

TEST_CASE("a frame without input touches a small part of the picture", "[pattern]")
{
    const Size size{1024, 768};
    GuardedSurface surface(size);
    PatternPainter painter(size);
    paint_checked(painter, surface, 0);
    for (int i = 1; i < 40; ++i) {
        const PatternFrame frame = paint_checked(painter, surface, i);
        CHECK(frame.damage.area() * 8 < size.area());
    }
}

TEST_CASE("time may stand still, jump or go back", "[pattern]")
{
    const Size size{600, 450};
    GuardedSurface surface(size);
    PatternPainter painter(size);
    for (const int number : {0, 0, 5, 4, 100'000'000, 100'000'001, 3}) {
        paint_checked(painter, surface, number);
    }
}
