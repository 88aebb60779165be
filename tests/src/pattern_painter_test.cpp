#include "src/sources/pattern_painter.h"

#include <catch2/catch.hpp>

#include <cstring>
#include <random>

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
    bool is_intact()
    {
        std::size_t guards = 0;
        for (const std::uint32_t pixel : pixels_) {
            guards += pixel == kGuard ? 1U : 0U;
        }
        return guards == pixels_.size() - static_cast<std::size_t>(size_.area());
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

void random_input(PatternPainter& painter, std::mt19937& random, Size size)
{
    switch (random() % 4) {
    case 0:
        painter.key(0x20 + static_cast<std::uint32_t>(random() % 96), random() % 2 == 0);
        break;
    case 1:
        painter.key(0xff00 + static_cast<std::uint32_t>(random() % 256), true);
        break;
    case 2:
        painter.pointer({static_cast<std::int32_t>(random() % static_cast<unsigned>(size.width)),
                         static_cast<std::int32_t>(random() % static_cast<unsigned>(size.height))},
                        static_cast<std::uint16_t>(random() % 8));
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
        const std::vector<std::uint32_t> source = picture;
        for (std::int32_t y = 0; y < move.destination.height; ++y) {
            for (std::int32_t x = 0; x < move.destination.width; ++x) {
                picture[at(move.destination.x + x, move.destination.y + y)] =
                    source[at(move.source.x + x, move.source.y + y)];
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

} // namespace

TEST_CASE("the pattern stays inside, and its damage and moves tell the truth, at any size",
          "[pattern]")
{
    const Size size = GENERATE(Size{1, 1},
                               Size{2, 3},
                               Size{7, 1},
                               Size{1, 9},
                               Size{64, 64},
                               Size{200, 300},
                               Size{360, 300},
                               Size{641, 479},
                               Size{1024, 768});
    CAPTURE(size.width, size.height);
    GuardedSurface surface(size);
    for (std::int32_t y = 0; y < size.height; ++y) {
        std::memset(surface.view().row(y), 0, static_cast<std::size_t>(size.width) * 4);
    }
    PatternPainter painter(size);
    std::mt19937 random(1);
    std::size_t moves = 0;
    for (int i = 0; i < 150; ++i) {
        random_input(painter, random, size);
        random_input(painter, random, size);
        const std::vector<std::uint32_t> before = surface.copy();
        const PatternFrame frame = painter.paint(surface.view(), info_at(i));
        const std::vector<std::uint32_t> after = surface.copy();
        REQUIRE(Region(Rect::of(size)).contains(frame.damage.bounds()));
        REQUIRE(applied(before, after, frame, size) == after);
        moves += frame.moves.size();
    }
    REQUIRE(surface.is_intact());
    if (size.height >= 400) {
        REQUIRE(moves > 10); // the log has scrolled
    }
}

TEST_CASE("a key and a button show in the very next frame", "[pattern]")
{
    const Size size{800, 600};
    GuardedSurface surface(size);
    PatternPainter painter(size);
    painter.paint(surface.view(), info_at(0));
    const PatternLayout layout = PatternLayout::of(size);

    painter.key('a', true);
    const PatternFrame after_key = painter.paint(surface.view(), info_at(0));
    CHECK(after_key.damage.intersects(layout.log));
    CHECK(after_key.damage.intersects(layout.console));

    painter.pointer(layout.canvas.origin(), 1);
    const PatternFrame after_button = painter.paint(surface.view(), info_at(0));
    CHECK(after_button.damage.intersects(layout.canvas));
    CHECK(after_button.damage.intersects(layout.status));
}

TEST_CASE("a frame without input touches a small part of the picture", "[pattern]")
{
    const Size size{1024, 768};
    GuardedSurface surface(size);
    PatternPainter painter(size);
    painter.paint(surface.view(), info_at(0));
    const PatternFrame frame = painter.paint(surface.view(), info_at(1));
    CHECK(frame.damage.area() * 6 < size.area());
}

TEST_CASE("the parts of the pattern lie inside and apart from each other", "[pattern]")
{
    std::mt19937 random(2);
    for (int i = 0; i < 2000; ++i) {
        const Size size{1 + static_cast<std::int32_t>(random() % 3000),
                        1 + static_cast<std::int32_t>(random() % 2000)};
        const PatternLayout layout = PatternLayout::of(size);
        Region taken;
        for (const Rect& part : {layout.title,
                                 layout.scene,
                                 layout.canvas,
                                 layout.status,
                                 layout.log,
                                 layout.console}) {
            if (part.is_empty()) {
                continue;
            }
            CAPTURE(size.width, size.height, part.x, part.y, part.width, part.height);
            REQUIRE(Rect::of(size).contains(part));
            REQUIRE_FALSE(taken.intersects(part));
            taken |= part;
        }
    }
}
