#include "src/sources/pixel_layout.h"

#include <cstring>

namespace covnc {

namespace {

enum class Order : std::uint32_t { kArgb = 2, kAbgr = 3, kBgra = 8, kRgba = 9 };

constexpr unsigned kFewestBits = 4;
constexpr unsigned kMostBits = 8;

bool is_usable(unsigned bits)
{
    return bits >= kFewestBits && bits <= kMostBits;
}

} // namespace

std::optional<PixelLayout> PixelLayout::from_pixman(std::uint32_t code)
{
    const unsigned depth = code >> 24U;
    const unsigned alpha = code >> 12U & 0xfU;
    const unsigned red = code >> 8U & 0xfU;
    const unsigned green = code >> 4U & 0xfU;
    const unsigned blue = code & 0xfU;
    if ((depth != 16 && depth != 24 && depth != 32) || !is_usable(red) || !is_usable(green) ||
        !is_usable(blue) || alpha + red + green + blue > depth) {
        return std::nullopt;
    }
    PixelLayout layout;
    layout.bytes_ = depth / 8;
    switch (Order{code >> 16U & 0xffU}) {
    case Order::kArgb: // the first three letters from the top, blue at the bottom
        layout.blue_ = {0, blue};
        layout.green_ = {blue, green};
        layout.red_ = {blue + green, red};
        break;
    case Order::kAbgr:
        layout.red_ = {0, red};
        layout.green_ = {red, green};
        layout.blue_ = {red + green, blue};
        break;
    case Order::kBgra: // the first letter at the very top, what is left is below
        layout.blue_ = {depth - blue, blue};
        layout.green_ = {depth - blue - green, green};
        layout.red_ = {depth - blue - green - red, red};
        break;
    case Order::kRgba:
        layout.red_ = {depth - red, red};
        layout.green_ = {depth - red - green, green};
        layout.blue_ = {depth - red - green - blue, blue};
        break;
    default:
        return std::nullopt;
    }
    layout.is_native_ = depth == 32 && layout.red_.shift == 16 && layout.green_.shift == 8 &&
                        red == 8 && green == 8 && blue == 8;
    return layout;
}

std::size_t PixelLayout::bytes_needed(Size size, std::size_t stride) const
{
    if (size.is_empty()) {
        return 0;
    }
    return static_cast<std::size_t>(size.height - 1) * stride +
           static_cast<std::size_t>(size.width) * bytes_;
}

// All bits set stay all bits set: the top ones are repeated at the bottom.
std::uint32_t PixelLayout::widen(std::uint32_t pixel, Channel channel)
{
    const std::uint32_t value = pixel >> channel.shift & ((1U << channel.bits) - 1U);
    return value << (8U - channel.bits) | value >> (2U * channel.bits - 8U);
}

void PixelLayout::convert(const std::uint8_t* source,
                          std::size_t stride,
                          WritablePixelView to) const
{
    const auto width = static_cast<std::size_t>(to.width());
    for (std::int32_t y = 0; y < to.height(); ++y) {
        const std::uint8_t* const from = source + static_cast<std::size_t>(y) * stride;
        std::uint32_t* const row = to.row(y);
        if (is_native_) {
            std::memcpy(row, from, width * sizeof(std::uint32_t));
            for (std::size_t x = 0; x < width; ++x) {
                row[x] &= 0xffffffU;
            }
            continue;
        }
        for (std::size_t x = 0; x < width; ++x) {
            std::uint32_t pixel = 0;
            std::memcpy(&pixel, from + x * bytes_, bytes_);
            row[x] = widen(pixel, red_) << 16U | widen(pixel, green_) << 8U | widen(pixel, blue_);
        }
    }
}

} // namespace covnc
