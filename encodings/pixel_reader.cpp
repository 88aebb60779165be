#include "encodings/pixel_reader.h"

#include <algorithm>

namespace covnc {

namespace {

std::array<std::uint8_t, 256> spread(std::uint32_t max)
{
    std::array<std::uint8_t, 256> levels{};
    for (std::uint32_t level = 0; level <= max; ++level) {
        levels[level] = static_cast<std::uint8_t>((level * 510 + max) / (max * 2));
    }
    return levels;
}

// Tight's rule for a pixel of three bytes, red first.
bool has_three_byte_tpixel(const PixelFormat& format)
{
    return format.true_colour && format.bits_per_pixel == 32 && format.depth == 24 &&
           format.red_max == 255 && format.green_max == 255 && format.blue_max == 255;
}

} // namespace

PixelReader::PixelReader(const PixelFormat& format)
    : format_(format),
      pixel_bytes_(format.bytes_per_pixel()),
      cpixel_bytes_(format.bytes_per_cpixel()),
      has_tpixel_(has_three_byte_tpixel(format)),
      is_native_(format == kNativePixelFormat)
{
    format.validate();
    if (!format.true_colour) {
        return;
    }
    red_ = spread(format.red_max);
    green_ = spread(format.green_max);
    blue_ = spread(format.blue_max);
    const bool is_high = cpixel_bytes_ < pixel_bytes_ && (format.colour_mask() & 0xffU) == 0 &&
                         (format.colour_mask() >> 24U) != 0;
    cpixel_shift_ = is_high ? 8 : 0;
}

std::uint32_t PixelReader::gather(std::span<const std::uint8_t> bytes) const
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        value = value << 8U | bytes[format_.big_endian ? i : bytes.size() - 1 - i];
    }
    return value;
}

std::uint32_t PixelReader::rgb_of(std::uint32_t value) const
{
    if (!format_.true_colour) {
        return map_[value & 0xffU];
    }
    const std::uint32_t red = red_[value >> format_.red_shift & format_.red_max];
    const std::uint32_t green = green_[value >> format_.green_shift & format_.green_max];
    const std::uint32_t blue = blue_[value >> format_.blue_shift & format_.blue_max];
    return red << 16U | green << 8U | blue;
}

std::uint32_t PixelReader::pixel(DecodeCursor& in) const
{
    return rgb_of(gather(in.take(pixel_bytes_)));
}

std::uint32_t PixelReader::cpixel(DecodeCursor& in) const
{
    return rgb_of(gather(in.take(cpixel_bytes_)) << cpixel_shift_);
}

std::uint32_t PixelReader::tpixel(DecodeCursor& in) const
{
    if (!has_tpixel_) {
        return pixel(in);
    }
    const std::span<const std::uint8_t> b = in.take(3);
    return std::uint32_t{b[0]} << 16U | std::uint32_t{b[1]} << 8U | b[2];
}

void PixelReader::pixels(DecodeCursor& in, std::span<std::uint32_t> out) const
{
    if (!is_native_) {
        for (std::uint32_t& rgb : out) {
            rgb = pixel(in);
        }
        return;
    }
    const std::span<const std::uint8_t> bytes = in.take(out.size() * 4);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::uint8_t* b = bytes.data() + i * 4;
        out[i] = std::uint32_t{b[2]} << 16U | std::uint32_t{b[1]} << 8U | b[0];
    }
}

void PixelReader::set_colour(std::size_t index, const ColourMapEntry& entry)
{
    if (index < map_.size()) {
        map_[index] = (entry.red / 257U) << 16U | (entry.green / 257U) << 8U | entry.blue / 257U;
    }
}

} // namespace covnc
