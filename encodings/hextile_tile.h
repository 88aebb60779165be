// One tile of Hextile, and what the next one may leave out (rfbproto.rst, "Hextile Encoding").
// Internal to encodings/. One thread; one object serves the tiles of one rectangle, in order.
#pragma once

#include "encodings/palette.h"
#include "encodings/pixel_convert.h"
#include "encodings/pixel_view.h"
#include "encodings/subrectangles.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace covnc {

inline constexpr std::int32_t kHextileTileSide = 16;

// Pixel: what a PixelConverter writes for a PIXEL.
template <typename Pixel>
class HextileTile
{
public:
    // The tile's bytes, valid until the next call. pixels: at most 16x16, not empty.
    std::span<const std::uint8_t> encode(const PixelView& pixels, const PixelConverter& converter)
    {
        width_ = static_cast<std::size_t>(pixels.width());
        height_ = static_cast<std::size_t>(pixels.height());
        converter.convert(pixels, reinterpret_cast<std::uint8_t*>(pixels_.data()));
        background_ = most_frequent(std::span<const Pixel>(pixels_.data(), area()), palette_);
        end_ = bytes_.data();
        if (palette_.has_overflowed() || !write_subrectangles()) {
            write_raw();
        }
        return {bytes_.data(), end_};
    }

private:
    static constexpr std::size_t kMostPixels = std::size_t{kHextileTileSide} * kHextileTileSide;
    // Each colour but the background costs a subrectangle of its own, so that tiles with more
    // colours than this are never smaller than raw.
    static constexpr std::size_t kMostColours =
        1 + kMostPixels * sizeof(Pixel) / (sizeof(Pixel) + 2);

    enum Mask : unsigned {
        kRaw = 1,
        kBackgroundSpecified = 2,
        kForegroundSpecified = 4,
        kAnySubrects = 8,
        kSubrectsColoured = 16,
    };

    std::size_t area() const { return width_ * height_; }

    // False, with nothing remembered, when raw is not larger.
    bool write_subrectangles()
    {
        unsigned mask = 0;
        std::uint8_t* const mask_at = end_++;
        if (carried_background_ != background_) {
            mask |= kBackgroundSpecified;
            put_pixel(background_);
        }
        std::optional<Pixel> foreground = carried_foreground_;
        if (palette_.size() == 2) {
            const Pixel other = palette_[background_ == palette_[0] ? 1 : 0];
            mask |= kAnySubrects;
            if (foreground != other) {
                mask |= kForegroundSpecified;
                put_pixel(other);
            }
            foreground = other;
        } else if (palette_.size() > 2) {
            mask |= kAnySubrects | kSubrectsColoured;
            foreground.reset();
        }
        if ((mask & kAnySubrects) != 0 && !put_subrectangles((mask & kSubrectsColoured) != 0)) {
            return false;
        }
        if (!is_below_raw(0)) {
            return false;
        }
        *mask_at = static_cast<std::uint8_t>(mask);
        carried_background_ = background_;
        carried_foreground_ = foreground;
        return true;
    }

    // Covers everything but the background, in reading order: each pixel that is left begins a
    // rectangle, the larger one of widest first and tallest first.
    bool put_subrectangles(bool coloured)
    {
        std::uint8_t* const count_at = end_++;
        unsigned count = 0;
        left_ = pixels_;
        const auto width = static_cast<std::int32_t>(width_);
        const auto height = static_cast<std::int32_t>(height_);
        const BasicPixelView<Pixel> left(left_.data(), {width, height}, width);
        for (std::int32_t y = 0; y < height; ++y) {
            for (std::int32_t x = 0; x < width; ++x) {
                const Pixel colour = left.at(x, y);
                if (colour == background_) {
                    continue;
                }
                const std::size_t needed = (coloured ? sizeof(Pixel) : 0) + 2;
                if (!is_below_raw(needed)) {
                    return false;
                }
                if (coloured) {
                    put_pixel(colour);
                }
                put_rectangle(take_subrectangle(left, x, y, background_));
                ++count;
            }
        }
        *count_at = static_cast<std::uint8_t>(count);
        return true;
    }

    void put_rectangle(const Rect& rect)
    {
        *end_++ = static_cast<std::uint8_t>(rect.x << 4 | rect.y);
        *end_++ = static_cast<std::uint8_t>((rect.width - 1) << 4 | (rect.height - 1));
    }

    void write_raw()
    {
        end_ = bytes_.data();
        *end_++ = kRaw;
        std::memcpy(end_, pixels_.data(), area() * sizeof(Pixel));
        end_ += area() * sizeof(Pixel);
        carried_background_.reset();
        carried_foreground_.reset();
    }

    // What is written and `more` bytes are fewer than the raw form has.
    bool is_below_raw(std::size_t more) const
    {
        const auto written = static_cast<std::size_t>(end_ - bytes_.data());
        return written + more < 1 + area() * sizeof(Pixel);
    }

    void put_pixel(Pixel pixel)
    {
        std::memcpy(end_, &pixel, sizeof(Pixel));
        end_ += sizeof(Pixel);
    }

    std::size_t width_ = 0;
    std::size_t height_ = 0;
    Pixel background_ = 0;
    // What the viewer remembers for certain. Decoders differ in what they keep over raw and
    // coloured tiles: after raw we assume nothing, after coloured ones no foreground.
    std::optional<Pixel> carried_background_;
    std::optional<Pixel> carried_foreground_;
    std::uint8_t* end_ = nullptr; // in bytes_
    Palette<Pixel, kMostColours> palette_;
    std::array<Pixel, kMostPixels> pixels_;
    std::array<Pixel, kMostPixels> left_; // pixels_ without the subrectangles written so far
    // Raw, or what was written before it turned out to be no better: is checked before each
    // subrectangle, but not before the mask, two colours and the count.
    std::array<std::uint8_t, 2 + (kMostPixels + 2) * sizeof(Pixel)> bytes_;
};

} // namespace covnc
