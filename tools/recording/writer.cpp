#include "tools/recording/writer.h"

#include <zlib.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <new>
#include <optional>
#include <ostream>
#include <unordered_map>

namespace covnc {

using namespace recording;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kColour = 0xffffff; // of a pixel; the top byte is not defined
constexpr int kLevel = 7;                   // of zlib: more takes long and gives little
constexpr std::size_t kMostRects = 1000;    // of a frame; more become one

void put_u16(Bytes& out, std::size_t value)
{
    out.push_back(static_cast<std::uint8_t>(value & 255U));
    out.push_back(static_cast<std::uint8_t>(value >> 8U & 255U));
}

void put_u32(Bytes& out, std::size_t value)
{
    put_u16(out, value & 0xffffU);
    put_u16(out, value >> 16U);
}

void put_rect(Bytes& out, const Rect& rect)
{
    for (const std::int32_t value : {rect.x, rect.y, rect.width, rect.height}) {
        put_u16(out, static_cast<std::size_t>(value));
    }
}

void put_rgb(Bytes& out, std::uint32_t pixel)
{
    out.push_back(static_cast<std::uint8_t>(pixel >> 16U & 255U));
    out.push_back(static_cast<std::uint8_t>(pixel >> 8U & 255U));
    out.push_back(static_cast<std::uint8_t>(pixel & 255U));
}

Bytes packed(const Bytes& raw, int level)
{
    uLongf size = compressBound(raw.size());
    Bytes out(size);
    if (compress2(out.data(), &size, raw.data(), raw.size(), level) != Z_OK) {
        throw std::bad_alloc(); // the only way it fails with a buffer that is large enough
    }
    out.resize(size);
    return out;
}

// One way to write a rectangle.
struct Candidate
{
    Kind kind = Kind::kLiteral;
    Point displaced;
    Bytes raw;
};

// A rectangle's pixels, before and now.
class Change
{
public:
    Change(const Rect& area, PixelView before, PixelView now)
        : area_(area),
          before_(before),
          now_(now)
    {}

    bool is_none() const
    {
        return every_pixel(
            [this](std::int32_t x, std::int32_t y) { return pixel(x, y) == before(x, y); });
    }

    Candidate literal() const
    {
        Candidate made{Kind::kLiteral, {}, room()};
        every_pixel([&](std::int32_t x, std::int32_t y) {
            put_rgb(made.raw, pixel(x, y));
            return true;
        });
        return made;
    }

    Candidate delta(Point displaced) const
    {
        Candidate made{Kind::kDelta, displaced, room()};
        every_pixel([&](std::int32_t x, std::int32_t y) {
            put_rgb(made.raw, pixel(x, y) ^ before(x + displaced.x, y + displaced.y));
            return true;
        });
        return made;
    }

    Candidate gradient() const
    {
        Candidate made{Kind::kGradient, {}, room()};
        every_pixel([&](std::int32_t x, std::int32_t y) {
            const bool has_left = x > area_.x;
            const bool has_above = y > area_.y;
            const std::uint32_t predicted =
                predict(has_left ? pixel(x - 1, y) : 0,
                        has_above ? pixel(x, y - 1) : 0,
                        has_left && has_above ? pixel(x - 1, y - 1) : 0);
            const std::uint32_t now = pixel(x, y);
            // Per channel, modulo 256: a bit above each channel is lent to it.
            std::uint32_t rest = ((now & 0xff00ffU) | 0x1000100U) - (predicted & 0xff00ffU);
            rest = (rest & 0xff00ffU) |
                   ((((now & 0xff00U) | 0x10000U) - (predicted & 0xff00U)) & 0xff00U);
            put_rgb(made.raw, rest);
            return true;
        });
        return made;
    }

    // Nothing where there are too many colours.
    std::optional<Candidate> palette() const
    {
        std::unordered_map<std::uint32_t, std::uint8_t> colours;
        Bytes indices;
        indices.reserve(static_cast<std::size_t>(area_.area()));
        std::uint32_t last = ~kColour; // no colour; neighbours are alike more often than not
        const bool fit = every_pixel([&](std::int32_t x, std::int32_t y) {
            const std::uint32_t colour = pixel(x, y);
            if (colour == last) {
                indices.push_back(indices.back());
                return true;
            }
            last = colour;
            const auto next = static_cast<std::uint8_t>(colours.size());
            indices.push_back(colours.emplace(colour, next).first->second);
            return colours.size() <= kMostColours;
        });
        if (!fit) {
            return {};
        }
        Candidate made{Kind::kPalette, {}, Bytes(1 + 3 * colours.size())};
        made.raw[0] = static_cast<std::uint8_t>(colours.size() - 1);
        for (const auto& [colour, index] : colours) {
            Bytes rgb;
            put_rgb(rgb, colour);
            std::copy(rgb.begin(), rgb.end(), made.raw.begin() + 1 + 3 * std::ptrdiff_t{index});
        }
        made.raw.insert(made.raw.end(), indices.begin(), indices.end());
        return made;
    }

private:
    Bytes room() const
    {
        Bytes bytes;
        bytes.reserve(3 * static_cast<std::size_t>(area_.area()));
        return bytes;
    }

    std::uint32_t pixel(std::int32_t x, std::int32_t y) const { return now_.at(x, y) & kColour; }

    std::uint32_t before(std::int32_t x, std::int32_t y) const
    {
        const bool is_inside = x >= 0 && y >= 0 && x < before_.width() && y < before_.height();
        return is_inside ? before_.at(x, y) & kColour : 0;
    }

    // Row by row, until visit() says false. True where it never did.
    template <typename Visit>
    bool every_pixel(const Visit& visit) const
    {
        for (std::int32_t y = area_.y; y < area_.bottom(); ++y) {
            for (std::int32_t x = area_.x; x < area_.right(); ++x) {
                if (!visit(x, y)) {
                    return false;
                }
            }
        }
        return true;
    }

    Rect area_;
    PixelView before_;
    PixelView now_;
};

bool has_form(Point displaced)
{
    using Limits = std::numeric_limits<std::int16_t>;
    const auto fits = [](std::int32_t value) {
        return value >= Limits::min() && value <= Limits::max();
    };
    return fits(displaced.x) && fits(displaced.y);
}

// About what it would come to, packed: fast compression, and samples where it is much. That orders
// candidates nearly as well as the real thing.
std::size_t estimate(const Bytes& raw)
{
    constexpr std::size_t kSamples = 8;
    constexpr std::size_t kSample = 32768;
    if (raw.size() <= kSamples * kSample) {
        return packed(raw, Z_BEST_SPEED).size();
    }
    Bytes sample;
    for (std::size_t i = 0; i < kSamples; ++i) {
        const std::size_t start = (raw.size() - kSample) / (kSamples - 1) * i;
        const auto from = raw.begin() + static_cast<std::ptrdiff_t>(start);
        sample.insert(sample.end(), from, from + kSample);
    }
    return packed(sample, Z_BEST_SPEED).size() * raw.size() / sample.size();
}

// Keeps the smallest of what it has seen.
class Choice
{
public:
    void offer(Candidate candidate)
    {
        const std::size_t size = estimate(candidate.raw);
        if (size < size_) {
            size_ = size;
            best_ = std::move(candidate);
        }
    }
    // So small that looking further is not worth the time.
    bool is_tiny() const { return size_ < best_.raw.size() / 100; }
    Candidate take() { return std::move(best_); }

private:
    std::size_t size_ = std::numeric_limits<std::size_t>::max();
    Candidate best_;
};

Candidate smallest(const Change& change, std::span<const Point> displaced)
{
    Choice choice;
    for (const Point& offset : displaced) {
        if (has_form(offset)) {
            choice.offer(change.delta(offset));
        }
    }
    if (choice.is_tiny()) {
        return choice.take();
    }
    choice.offer(change.delta({}));
    if (std::optional<Candidate> palette = change.palette()) {
        choice.offer(std::move(*palette));
    } else {
        choice.offer(change.literal());
        choice.offer(change.gradient());
    }
    return choice.take();
}

void put_operation(Bytes& out, const Rect& area, const Candidate& candidate)
{
    const Bytes data = packed(candidate.raw, kLevel);
    out.push_back(static_cast<std::uint8_t>(candidate.kind));
    put_rect(out, area);
    put_u16(out, static_cast<std::uint16_t>(candidate.displaced.x));
    put_u16(out, static_cast<std::uint16_t>(candidate.displaced.y));
    put_u32(out, candidate.raw.size());
    put_u32(out, data.size());
    out.insert(out.end(), data.begin(), data.end());
}

// One rectangle where that is hardly larger than all of them: one stream compresses better.
std::vector<Rect> rectangles_of(const Region& damage)
{
    const Rect bounds = damage.bounds();
    std::vector<Rect> rects = damage.rects();
    if (rects.size() > kMostRects || bounds.area() <= damage.area() + damage.area() / 4) {
        rects.assign(1, bounds);
    }
    return rects;
}

} // namespace

std::vector<std::uint8_t> encode_frame(std::uint32_t milliseconds,
                                       const Region& damage,
                                       PixelView before,
                                       PixelView now,
                                       std::span<const Point> displaced)
{
    const std::vector<Rect> rects = damage.is_empty() ? std::vector<Rect>() : rectangles_of(damage);
    Bytes out;
    put_u32(out, milliseconds);
    put_u16(out, rects.size());
    for (const Rect& rect : rects) {
        put_rect(out, rect);
    }
    Bytes operations;
    std::size_t count = 0;
    for (const Rect& rect : rects) {
        const Change change(rect, before, now);
        if (!change.is_none()) {
            put_operation(operations, rect, smallest(change, displaced));
            ++count;
        }
    }
    put_u16(out, count);
    out.insert(out.end(), operations.begin(), operations.end());
    return out;
}

RecordingWriter::RecordingWriter(std::ostream& out, Size size, std::string name)
    : out_(out),
      name_(std::move(name))
{
    Bytes head(std::begin(kMagic), std::end(kMagic));
    put_u16(head, static_cast<std::size_t>(size.width));
    put_u16(head, static_cast<std::size_t>(size.height));
    put_u32(head, 0);
    write(head);
}

void RecordingWriter::add(std::span<const std::uint8_t> encoded_frame)
{
    write(encoded_frame);
    ++frames_;
}

void RecordingWriter::finish()
{
    Bytes count;
    put_u32(count, frames_);
    out_.seekp(kFramesOffset);
    write(count);
    out_.seekp(0, std::ios::end);
    out_.flush();
    write({});
}

void RecordingWriter::write(std::span<const std::uint8_t> bytes)
{
    out_.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    if (!out_) {
        throw RecordingError(name_ + ": cannot be written");
    }
}

} // namespace covnc
