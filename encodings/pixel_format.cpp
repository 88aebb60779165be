#include "encodings/pixel_format.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace covnc {

namespace {

struct Channel
{
    const char* name;
    std::uint16_t max;
    std::uint8_t shift;

    unsigned bits() const { return static_cast<unsigned>(std::popcount(max)); }
    std::uint32_t mask() const { return std::uint32_t{max} << shift; }
};

std::array<Channel, 3> channels(const PixelFormat& format)
{
    return {{{"red", format.red_max, format.red_shift},
             {"green", format.green_max, format.green_shift},
             {"blue", format.blue_max, format.blue_shift}}};
}

std::string with_number(std::string text, unsigned number)
{
    return std::move(text) + " " + std::to_string(number);
}

void validate_channel(const Channel& channel, unsigned bits_per_pixel)
{
    const std::string name = channel.name;
    if (channel.max == 0 || channel.max > 255 || !std::has_single_bit(channel.max + 1U)) {
        throw PixelFormatError(with_number(name + " max", channel.max) + " is not 2^n-1, n 1 to 8");
    }
    if (channel.shift + channel.bits() > bits_per_pixel) {
        throw PixelFormatError(with_number(name + " shift", channel.shift) + " leaves the pixel");
    }
}

std::uint16_t read_u16(std::span<const std::uint8_t, PixelFormat::kWireSize> bytes, std::size_t at)
{
    return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

// "rgb565": the channels' letters from the highest bit down, then their bits in the same order.
// Empty where the channels do not fill the lowest bits without a gap.
std::string packed_name(const PixelFormat& format)
{
    auto all = channels(format);
    std::ranges::sort(all, [](const Channel& a, const Channel& b) { return a.shift > b.shift; });
    std::string letters;
    std::string bits;
    unsigned expected_shift = all[0].bits() + all[1].bits() + all[2].bits();
    for (const Channel& channel : all) {
        expected_shift -= channel.bits();
        if (channel.shift != expected_shift) {
            return {};
        }
        letters += channel.name[0];
        bits += std::to_string(channel.bits());
    }
    return letters + bits;
}

std::string three(unsigned red, unsigned green, unsigned blue)
{
    return std::to_string(red) + "/" + std::to_string(green) + "/" + std::to_string(blue);
}

} // namespace

PixelFormat PixelFormat::parse(std::span<const std::uint8_t, kWireSize> bytes)
{
    PixelFormat format;
    format.bits_per_pixel = bytes[0];
    format.depth = bytes[1];
    format.big_endian = bytes[2] != 0;
    format.true_colour = bytes[3] != 0;
    format.red_max = read_u16(bytes, 4);
    format.green_max = read_u16(bytes, 6);
    format.blue_max = read_u16(bytes, 8);
    format.red_shift = bytes[10];
    format.green_shift = bytes[11];
    format.blue_shift = bytes[12];
    format.validate();
    return format;
}

std::array<std::uint8_t, PixelFormat::kWireSize> PixelFormat::wire() const
{
    const auto high = [](std::uint16_t value) { return static_cast<std::uint8_t>(value >> 8); };
    const auto low = [](std::uint16_t value) { return static_cast<std::uint8_t>(value & 0xff); };
    return {bits_per_pixel,
            depth,
            std::uint8_t{big_endian},
            std::uint8_t{true_colour},
            high(red_max),
            low(red_max),
            high(green_max),
            low(green_max),
            high(blue_max),
            low(blue_max),
            red_shift,
            green_shift,
            blue_shift};
}

void PixelFormat::validate() const
{
    if (bits_per_pixel != 8 && bits_per_pixel != 16 && bits_per_pixel != 32) {
        throw PixelFormatError(with_number("bits per pixel", bits_per_pixel) + " is not 8, 16, 32");
    }
    if (depth == 0 || depth > bits_per_pixel) {
        throw PixelFormatError(with_number("depth", depth) + " does not fit the bits per pixel");
    }
    if (!true_colour) {
        if (bits_per_pixel != 8) {
            throw PixelFormatError("a colour map needs 8 bits per pixel");
        }
        return;
    }
    std::uint32_t seen = 0;
    unsigned bits = 0;
    for (const Channel& channel : channels(*this)) {
        validate_channel(channel, bits_per_pixel);
        if ((seen & channel.mask()) != 0) {
            throw PixelFormatError(std::string(channel.name) + " overlaps another channel");
        }
        seen |= channel.mask();
        bits += channel.bits();
    }
    if (bits > depth) {
        throw PixelFormatError(with_number("depth", depth) + " is less than the channels' bits");
    }
}

std::uint32_t PixelFormat::colour_mask() const
{
    if (!true_colour) {
        return 0xff;
    }
    std::uint32_t mask = 0;
    for (const Channel& channel : channels(*this)) {
        mask |= channel.mask();
    }
    return mask;
}

std::size_t PixelFormat::bytes_per_cpixel() const
{
    if (bits_per_pixel != 32 || depth > 24) {
        return bytes_per_pixel();
    }
    const std::uint32_t mask = colour_mask();
    const bool in_low_bytes = (mask & 0xff000000U) == 0;
    const bool in_high_bytes = (mask & 0x000000ffU) == 0;
    return in_low_bytes || in_high_bytes ? 3 : 4;
}

std::size_t PixelFormat::bytes_per_tpixel() const
{
    const bool is_three_bytes = true_colour && bits_per_pixel == 32 && depth == 24 &&
                                red_max == 255 && green_max == 255 && blue_max == 255;
    return is_three_bytes ? 3 : bytes_per_pixel();
}

std::string PixelFormat::describe() const
{
    std::string text = std::to_string(bits_per_pixel) + " bpp depth " + std::to_string(depth);
    if (bits_per_pixel > 8) {
        text += big_endian ? " be" : " le";
    }
    if (!true_colour) {
        return text + " colour map";
    }
    const std::string name = packed_name(*this);
    if (!name.empty()) {
        return text + " " + name;
    }
    return text + " max " + three(red_max, green_max, blue_max) + " shift " +
           three(red_shift, green_shift, blue_shift);
}

const std::array<ColourMapEntry, 256>& fixed_colour_map()
{
    static constexpr auto kMap = [] {
        constexpr std::uint32_t kSide = kColourCubeSide;
        const auto intensity = [](std::uint32_t level) {
            return static_cast<std::uint16_t>(level * 0xffff / (kSide - 1));
        };
        std::array<ColourMapEntry, 256> map{};
        for (std::uint32_t i = 0; i < kSide * kSide * kSide; ++i) {
            map[i] = {
                intensity(i / (kSide * kSide)), intensity(i / kSide % kSide), intensity(i % kSide)};
        }
        return map;
    }();
    return kMap;
}

} // namespace covnc
