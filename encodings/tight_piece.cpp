#include "encodings/tight_piece.h"

#include <cstring>

namespace covnc {

namespace {

constexpr std::size_t kWide = sizeof(std::uint32_t);

template <typename Narrow>
void widen(const std::uint8_t* narrow, std::span<std::uint32_t> out)
{
    for (std::size_t i = 0; i < out.size(); ++i) {
        Narrow value = 0;
        std::memcpy(&value, narrow + i * sizeof(Narrow), sizeof(Narrow));
        out[i] = value;
    }
}

} // namespace

void TightPiece::load(const PixelView& pixels)
{
    const auto area = static_cast<std::size_t>(pixels.size().area());
    pixels_.resize(area);
    view_ = {pixels_.data(), pixels.size(), pixels.width()};
    // Narrow pixels first go to the end, where widening them overtakes none.
    const std::size_t slot = converter_.slot_bytes();
    auto* const slots = reinterpret_cast<std::uint8_t*>(pixels_.data()) + area * (kWide - slot);
    converter_.convert(pixels, slots);
    if (slot == 1) {
        widen<std::uint8_t>(slots, pixels_);
    } else if (slot == 2) {
        widen<std::uint16_t>(slots, pixels_);
    }
}

std::span<const std::uint8_t> TightPiece::tpixels_of(const Rect& area)
{
    const std::size_t size = static_cast<std::size_t>(area.area()) * pixel_bytes();
    bytes_.resize(size + kWide); // each pixel is written whole, over what was too much of the last
    std::uint8_t* to = bytes_.data();
    const PixelView pixels = view_.part(area);
    for (std::int32_t y = 0; y < pixels.height(); ++y) {
        const std::uint32_t* const row = pixels.row(y);
        for (std::int32_t x = 0; x < pixels.width(); ++x) {
            std::memcpy(to, row + x, kWide);
            to += pixel_bytes();
        }
    }
    return std::span(bytes_).first(size);
}

std::span<const std::uint8_t> TightPiece::indices_of(const Rect& area)
{
    palette_.clear();
    bytes_.resize(static_cast<std::size_t>(area.area()));
    std::uint8_t* to = bytes_.data();
    const PixelView pixels = view_.part(area);
    for (std::int32_t y = 0; y < pixels.height(); ++y) {
        const std::uint32_t* pixel = pixels.row(y);
        const std::uint32_t* const end = pixel + pixels.width();
        while (pixel != end) {
            const std::uint32_t* const next = end_of_run(pixel, end);
            const std::size_t index = palette_.index_of(*pixel);
            to = std::fill_n(to, next - pixel, static_cast<std::uint8_t>(index));
            pixel = next;
        }
    }
    return bytes_;
}

std::span<const std::uint8_t> TightPiece::bits_of(const Rect& area)
{
    const std::uint8_t* index = indices_of(area).data();
    std::uint8_t* const start = bytes_.data(); // never more bits than indices
    std::uint8_t* to = start;
    for (std::int32_t y = 0; y < area.height; ++y) {
        for (std::int32_t left = area.width; left > 0; left -= 8) {
            const std::int32_t count = std::min(left, 8);
            unsigned bits = 0;
            for (std::int32_t i = 0; i < count; ++i) {
                bits = bits << 1U | *index++;
            }
            *to++ = static_cast<std::uint8_t>(bits << (8 - count));
        }
    }
    return {start, to};
}

void TightPiece::append_tpixel(std::uint32_t pixel, std::vector<std::uint8_t>& out) const
{
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&pixel);
    out.insert(out.end(), bytes, bytes + pixel_bytes());
}

} // namespace covnc
