// Pictures, pixel formats and small helpers for the tests of the encoders.
#pragma once

#include "encodings/encode.h"
#include "encodings/pixel_format.h"
#include "encodings/pixel_view.h"

#include <zlib.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace covnc::test {

using Bytes = std::vector<std::uint8_t>;

// All that carry exact pixels.
inline constexpr Encoding kPixelEncodings[] = {Encoding::kRaw,
                                               Encoding::kRre,
                                               Encoding::kCoRre,
                                               Encoding::kHextile,
                                               Encoding::kZlib,
                                               Encoding::kTight,
                                               Encoding::kTrle,
                                               Encoding::kZrle,
                                               Encoding::kTightPng};

// Owns what a PixelView shows.
struct Picture
{
    Size size;
    std::vector<std::uint32_t> pixels;

    explicit Picture(Size area, std::uint32_t colour = 0)
        : size(area),
          pixels(static_cast<std::size_t>(area.area()), colour)
    {}
    PixelView view() const { return {pixels.data(), size, size.width}; }
    std::uint32_t& at(std::int32_t x, std::int32_t y)
    {
        return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) +
                      static_cast<std::size_t>(x)];
    }
    std::uint32_t at(std::int32_t x, std::int32_t y) const { return view().at(x, y); }
};

using Random = std::mt19937;

inline Picture noise(Size size, Random& random)
{
    Picture picture(size);
    for (std::uint32_t& pixel : picture.pixels) {
        pixel = static_cast<std::uint32_t>(random()) & 0xffffffU;
    }
    return picture;
}

// Pixels of n random colours in runs of 1 .. longest.
inline Picture few_colours(Size size, std::uint32_t n, std::uint32_t longest, Random& random)
{
    std::vector<std::uint32_t> colours(n);
    for (std::uint32_t& colour : colours) {
        colour = static_cast<std::uint32_t>(random()) & 0xffffffU;
    }
    Picture picture(size);
    std::uint32_t left = 0;
    std::uint32_t colour = 0;
    for (std::uint32_t& pixel : picture.pixels) {
        if (left == 0) {
            left = static_cast<std::uint32_t>(random()) % longest + 1;
            colour = colours[random() % n];
        }
        --left;
        pixel = colour;
    }
    return picture;
}

// Dark strokes on white, in lines, with a few shades of grey at their edges.
inline Picture text_like(Size size, Random& random)
{
    Picture picture(size, 0xffffff);
    for (std::int32_t y = 0; y < size.height; ++y) {
        for (std::int32_t x = 0; x < size.width; ++x) {
            if (y % 12 < 8 && x % 7 < 5 && random() % 3 == 0) {
                const auto grey = static_cast<std::uint32_t>(random() % 4) * 40;
                picture.at(x, y) = grey * 0x010101;
            }
        }
    }
    return picture;
}

inline Picture gradient(Size size)
{
    Picture picture(size);
    for (std::int32_t y = 0; y < size.height; ++y) {
        for (std::int32_t x = 0; x < size.width; ++x) {
            const auto red = static_cast<std::uint32_t>(x * 255 / size.width);
            const auto green = static_cast<std::uint32_t>(y * 255 / size.height);
            picture.at(x, y) = red << 16U | green << 8U | 128U;
        }
    }
    return picture;
}

// Soft shapes with a little noise, as of a camera.
inline Picture photograph(Size size, Random& random)
{
    Picture picture(size);
    for (std::int32_t y = 0; y < size.height; ++y) {
        for (std::int32_t x = 0; x < size.width; ++x) {
            const double wave = std::sin(x * 0.05) + std::sin(y * 0.07) + std::sin((x + y) * 0.021);
            const auto light = static_cast<std::uint32_t>(110 + 30 * wave);
            const auto grain = static_cast<std::uint32_t>(random() % 7);
            picture.at(x, y) = (light + grain) << 16U | (light + 10) << 8U | (light / 2 + grain);
        }
    }
    return picture;
}

inline PixelFormat
with_shifts(PixelFormat format, std::uint8_t red, std::uint8_t green, std::uint8_t blue)
{
    format.red_shift = red;
    format.green_shift = green;
    format.blue_shift = blue;
    return format;
}

// Little endian, channels of these bits packed red, green, blue from the highest bit down.
inline PixelFormat rgb(unsigned bits_per_pixel,
                       unsigned depth,
                       unsigned red_bits,
                       unsigned green_bits,
                       unsigned blue_bits)
{
    const auto max = [](unsigned bits) { return static_cast<std::uint16_t>((1U << bits) - 1); };
    PixelFormat format;
    format.bits_per_pixel = static_cast<std::uint8_t>(bits_per_pixel);
    format.depth = static_cast<std::uint8_t>(depth);
    format.red_max = max(red_bits);
    format.green_max = max(green_bits);
    format.blue_max = max(blue_bits);
    return with_shifts(format,
                       static_cast<std::uint8_t>(green_bits + blue_bits),
                       static_cast<std::uint8_t>(blue_bits),
                       0);
}

inline PixelFormat big_endian(PixelFormat format)
{
    format.big_endian = true;
    return format;
}

inline PixelFormat colour_map()
{
    PixelFormat format = rgb(8, 8, 3, 3, 2);
    format.true_colour = false;
    return format;
}

// What viewers ask for, the odd ones included.
inline std::vector<PixelFormat> all_formats()
{
    const PixelFormat native = kNativePixelFormat;
    return {native,
            big_endian(native),
            with_shifts(native, 0, 8, 16),
            with_shifts(native, 24, 16, 8),
            big_endian(with_shifts(native, 24, 16, 8)),
            with_shifts(native, 24, 8, 0),
            rgb(32, 32, 8, 8, 8),
            big_endian(rgb(32, 32, 8, 8, 8)),
            with_shifts(native, 20, 12, 4),
            big_endian(with_shifts(native, 20, 12, 4)),
            rgb(32, 16, 5, 6, 5),
            rgb(16, 16, 5, 6, 5),
            big_endian(rgb(16, 16, 5, 6, 5)),
            rgb(16, 15, 5, 5, 5),
            with_shifts(rgb(16, 15, 5, 5, 5), 11, 6, 1),
            rgb(8, 8, 3, 3, 2),
            with_shifts(rgb(8, 8, 3, 3, 2), 0, 3, 6),
            rgb(8, 6, 2, 2, 2),
            with_shifts(rgb(8, 3, 1, 1, 1), 7, 6, 5),
            rgb(8, 3, 1, 1, 1),
            colour_map()};
}

// The whole picture at the top left corner.
inline EncodedUpdate encode(const Picture& picture,
                            const PixelFormat& format,
                            Encoding encoding,
                            Effort effort = Effort::kFast)
{
    const SourceRect rect{Rect::of(picture.size), picture.view()};
    return encode_update({}, {&rect, 1}, format, encoding, effort);
}

// What follows the head of an update's only rectangle.
inline Bytes data_of(const EncodedUpdate& update)
{
    return {update.body.begin() + 12, update.body.end()};
}

// Inflates raw deflate data that must stand alone. Throws std::runtime_error.
inline Bytes inflate_alone(std::span<const std::uint8_t> data)
{
    z_stream stream{};
    if (inflateInit2(&stream, -15) != Z_OK) {
        throw std::runtime_error("inflateInit2 failed");
    }
    Bytes in(data.begin(), data.end());
    Bytes out(1U << 20U);
    stream.next_in = in.data();
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream, Z_SYNC_FLUSH);
    const bool is_whole = result == Z_OK && stream.avail_in == 0 && stream.avail_out != 0;
    out.resize(stream.total_out);
    inflateEnd(&stream);
    if (!is_whole) {
        throw std::runtime_error("raw deflate data that does not stand alone");
    }
    return out;
}

// The tiles of an update with one ZRLE rectangle, before deflate.
inline Bytes zrle_tiles(const EncodedUpdate& update)
{
    return inflate_alone(std::span(update.body).subspan(update.first_zlib_length_at + 4));
}

} // namespace covnc::test
