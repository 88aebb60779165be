#include "tools/bench/sequence.h"

#include "tools/bench/scene.h"
#include "tools/recording/reader.h"

#include <algorithm>
#include <array>
#include <optional>

namespace covnc::bench {

namespace {

class BuiltIn final : public Sequence
{
public:
    explicit BuiltIn(Scene::Kind kind) : scene_(kind) {}

    Size size() const override { return Scene::kSize; }
    Region draw(WritablePixelView back, std::vector<CopyRect>& moves) override
    {
        return scene_.draw(back, frame_++, moves);
    }

private:
    Scene scene_;
    std::uint64_t frame_ = 0;
};

// A picture's difference from the one before, ready to be copied.
struct Step
{
    Region damage; // as recorded
    std::vector<Rect> changed;
    std::vector<std::uint32_t> pixels; // of those, one after the other
    std::uint64_t fingerprint = 0;
};

bool are_equal(PixelView left, PixelView right, const Rect& rect)
{
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        const std::uint32_t* const row = left.row(y) + rect.x;
        if (!std::equal(row, row + rect.width, right.row(y) + rect.x)) {
            return false;
        }
    }
    return true;
}

class Recorded final : public Sequence
{
public:
    explicit Recorded(const std::string& file)
    {
        RecordingReader reader = RecordingReader::open(file);
        size_ = reader.size();
        std::vector<std::uint32_t> before(static_cast<std::size_t>(size_.area()));
        const WritablePixelView last(before.data(), size_, size_.width);
        while (std::optional<RecordedFrame> frame = reader.next()) {
            add(std::move(frame->damage), reader.pixels(), last);
        }
    }

    Size size() const override { return size_; }
    std::size_t length() const override { return steps_.size(); }

    Region draw(WritablePixelView back, std::vector<CopyRect>& /*moves*/) override
    {
        drawn_ = next_;
        next_ = (next_ + 1) % steps_.size();
        const Step& step = steps_[drawn_];
        const std::uint32_t* from = step.pixels.data();
        for (const Rect& rect : step.changed) {
            for (std::int32_t y = rect.y; y < rect.bottom(); ++y, from += rect.width) {
                std::copy_n(from, rect.width, back.row(y) + rect.x);
            }
        }
        return step.damage;
    }

    std::uint64_t fingerprint_of(PixelView /*back*/) const override
    {
        return steps_[drawn_].fingerprint;
    }

private:
    // last: the picture of the step before; becomes this one's.
    void add(Region damage, PixelView now, WritablePixelView last)
    {
        constexpr std::int32_t kCell = 64; // what is kept of long damage is what changed in it
        Step step;
        step.fingerprint = fingerprint(now);
        for (const Rect& rect : damage.rects()) {
            for (std::int32_t y = rect.y; y < rect.bottom(); y += kCell) {
                for (std::int32_t x = rect.x; x < rect.right(); x += kCell) {
                    keep(step, Rect{x, y, kCell, kCell}.intersected(rect), now, last);
                }
            }
        }
        step.damage = std::move(damage);
        steps_.push_back(std::move(step));
    }

    // The first step is drawn over anything: all of it is kept.
    void keep(Step& step, const Rect& cell, PixelView now, WritablePixelView last)
    {
        if (!steps_.empty() && are_equal(now, last, cell)) {
            return;
        }
        step.changed.push_back(cell);
        for (std::int32_t y = cell.y; y < cell.bottom(); ++y) {
            const std::uint32_t* const row = now.row(y) + cell.x;
            step.pixels.insert(step.pixels.end(), row, row + cell.width);
            std::copy_n(row, cell.width, last.row(y) + cell.x);
        }
    }

    Size size_;
    std::vector<Step> steps_;
    std::size_t next_ = 0;
    std::size_t drawn_ = 0;
};

} // namespace

std::uint64_t fingerprint(PixelView pixels)
{
    // Two pixels a step and four lanes, so that multiplications do not wait for each other (after
    // FNV-1a).
    constexpr std::uint64_t kPrime = 0x9e3779b97f4a7c15ULL;
    std::array<std::uint64_t, 4> lanes{1, 2, 3, 4};
    const auto feed = [](std::uint64_t& lane, std::uint64_t value) {
        lane = (lane ^ (value & 0x00ffffff00ffffffULL)) * kPrime;
        lane ^= lane >> 29U;
    };
    for (std::int32_t y = 0; y < pixels.height(); ++y) {
        const std::uint32_t* const row = pixels.row(y);
        std::int32_t x = 0;
        for (; x + 8 <= pixels.width(); x += 8) {
            for (std::size_t i = 0; i < lanes.size(); ++i) {
                const std::uint32_t* const pair = row + x + 2 * i;
                feed(lanes[i], pair[0] | std::uint64_t{pair[1]} << 32U);
            }
        }
        for (; x < pixels.width(); ++x) {
            feed(lanes[0], row[x]);
        }
    }
    std::uint64_t all = 0;
    for (const std::uint64_t lane : lanes) {
        feed(all, lane);
        feed(all, lane >> 32U);
        feed(all, lane >> 20U);
    }
    return all;
}

std::string short_name(const std::string& sequence)
{
    return sequence.substr(sequence.rfind('/') + 1);
}

std::unique_ptr<Sequence> Sequence::open(const std::string& name)
{
    if (name == "text") {
        return std::make_unique<BuiltIn>(Scene::Kind::kText);
    }
    if (name == "window") {
        return std::make_unique<BuiltIn>(Scene::Kind::kWindow);
    }
    return std::make_unique<Recorded>(name);
}

} // namespace covnc::bench
