#include "encodings/pixel_convert.h"

#include <array>
#include <bit>
#include <cstring>

namespace covnc {

static_assert(std::endian::native == std::endian::little,
              "PixelView holds little-endian pixels, and slots are written as such");

namespace {

constexpr std::uint32_t kColourBytes = 0x00ffffffU;

std::uint32_t scaled(std::uint32_t channel, std::uint32_t max)
{
    return (channel * max + 127U) / 255U;
}

std::uint32_t byte_swapped(std::uint32_t value, unsigned bytes)
{
    std::uint32_t swapped = 0;
    for (unsigned i = 0; i < bytes; ++i) {
        swapped = swapped << 8U | (value >> (8U * i) & 0xffU);
    }
    return swapped;
}

// The format of what is sent: whatever a viewer's shifts are, the three bytes of a TPIXEL have one
// order.
PixelFormat sent_format(PixelFormat format, PixelPacking packing)
{
    if (packing == PixelPacking::kTPixel && format.bytes_per_tpixel() == 3) {
        format.big_endian = false;
        format.red_shift = 0;
        format.green_shift = 8;
        format.blue_shift = 16;
    }
    return format;
}

std::size_t bytes_of(const PixelFormat& format, PixelPacking packing)
{
    switch (packing) {
    case PixelPacking::kCPixel:
        return format.bytes_per_cpixel();
    case PixelPacking::kTPixel:
        return format.bytes_per_tpixel();
    case PixelPacking::kPixel:
    default:
        return format.bytes_per_pixel();
    }
}

// Whether a 3-byte CPIXEL leaves out the first byte of the pixel on the wire, else it is the last.
bool drops_first_byte(const PixelFormat& format)
{
    const bool in_low_bytes = (format.colour_mask() & ~kColourBytes) == 0;
    return in_low_bytes == format.big_endian;
}

// The shape of every conversion: `to_slot` of each pixel, stored unaligned.
template <typename Slot, typename Function>
void convert_each(std::span<const std::uint32_t> pixels, std::uint8_t* out, Function to_slot)
{
    const std::size_t size = pixels.size();
    std::size_t i = 0;
    // So many at a time that g++ uses vectors at -O2: Raw takes a fifth less.
    constexpr std::size_t kBlock = 16;
    for (; i + kBlock <= size; i += kBlock) {
        std::array<Slot, kBlock> slots;
        for (std::size_t j = 0; j < kBlock; ++j) {
            slots[j] = static_cast<Slot>(to_slot(pixels[i + j]));
        }
        std::memcpy(out + i * sizeof(Slot), slots.data(), sizeof(slots));
    }
    for (; i < size; ++i) {
        const auto slot = static_cast<Slot>(to_slot(pixels[i]));
        std::memcpy(out + i * sizeof(Slot), &slot, sizeof(Slot));
    }
}

} // namespace

PixelConverter::PixelConverter(const PixelFormat& format, PixelPacking packing)
{
    format.validate();
    wire_bytes_ = bytes_of(format, packing);
    slot_bytes_ = format.bytes_per_pixel();
    fill_tables(sent_format(format, packing), packing);
    choose_path();
}

void PixelConverter::fill_tables(const PixelFormat& format, PixelPacking packing)
{
    const auto bytes = static_cast<unsigned>(format.bytes_per_pixel());
    const bool is_cut = packing == PixelPacking::kCPixel && wire_bytes_ < slot_bytes_;
    const unsigned dropped_bits = is_cut && drops_first_byte(format) ? 8U : 0U;
    const auto to_slot = [&](std::uint32_t value) {
        return (format.big_endian ? byte_swapped(value, bytes) : value) >> dropped_bits;
    };
    for (std::uint32_t i = 0; i < 256; ++i) {
        if (format.true_colour) {
            red_[i] = to_slot(scaled(i, format.red_max) << format.red_shift);
            green_[i] = to_slot(scaled(i, format.green_max) << format.green_shift);
            blue_[i] = to_slot(scaled(i, format.blue_max) << format.blue_shift);
        } else {
            const std::uint32_t level = scaled(i, kColourCubeSide - 1);
            red_[i] = level * kColourCubeSide * kColourCubeSide;
            green_[i] = level * kColourCubeSide;
            blue_[i] = level;
        }
    }
}

void PixelConverter::choose_path()
{
    const auto is_whole_byte = [](std::uint32_t most) {
        const int shift = std::countr_zero(most);
        return shift % 8 == 0 && most >> shift == 0xffU;
    };
    if (slot_bytes_ != 4 || !is_whole_byte(red_[255]) || !is_whole_byte(green_[255]) ||
        !is_whole_byte(blue_[255])) {
        return;
    }
    red_shift_ = static_cast<unsigned>(std::countr_zero(red_[255]));
    green_shift_ = static_cast<unsigned>(std::countr_zero(green_[255]));
    blue_shift_ = static_cast<unsigned>(std::countr_zero(blue_[255]));
    const bool is_source_layout = red_shift_ == 16 && green_shift_ == 8 && blue_shift_ == 0;
    path_ = is_source_layout ? Path::kMask : Path::kShifts;
}

void PixelConverter::convert(std::span<const std::uint32_t> pixels, std::uint8_t* out) const
{
    if (path_ == Path::kMask) {
        convert_each<std::uint32_t>(pixels, out, [](std::uint32_t p) { return p & kColourBytes; });
        return;
    }
    if (path_ == Path::kShifts) {
        // Copies: through `this` the compiler would have to read them again after each store.
        convert_each<std::uint32_t>(
            pixels, out, [r = red_shift_, g = green_shift_, b = blue_shift_](std::uint32_t p) {
                return (p >> 16U & 0xffU) << r | (p >> 8U & 0xffU) << g | (p & 0xffU) << b;
            });
        return;
    }
    const auto look_up = [r = red_.data(), g = green_.data(), b = blue_.data()](std::uint32_t p) {
        return r[p >> 16U & 0xffU] + g[p >> 8U & 0xffU] + b[p & 0xffU];
    };
    if (slot_bytes_ == 4) {
        convert_each<std::uint32_t>(pixels, out, look_up);
    } else if (slot_bytes_ == 2) {
        convert_each<std::uint16_t>(pixels, out, look_up);
    } else {
        convert_each<std::uint8_t>(pixels, out, look_up);
    }
}

void PixelConverter::convert(const PixelView& pixels, std::uint8_t* out) const
{
    const auto width = static_cast<std::size_t>(pixels.width());
    for (std::int32_t y = 0; y < pixels.height(); ++y) {
        convert({pixels.row(y), width}, out);
        out += width * slot_bytes_;
    }
}

} // namespace covnc
