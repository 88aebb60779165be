// The tests' decoders of Tight and TightPNG.
#include "encodings/jpeg_decoder.h"
#include "tests/support/byte_reader.h"
#include "tests/support/decoder.h"
#include "tests/support/decoder_png.h"

#include <algorithm>

namespace covnc::test {

namespace {

std::size_t read_compact_length(ByteReader& in)
{
    const std::size_t low = in.u8();
    if (low < 128) {
        return low;
    }
    const std::size_t middle = in.u8();
    require(middle != 0, "Tight: a length with more bytes than it needs");
    if (middle < 128) {
        return low - 128 + middle * 128;
    }
    const std::size_t high = in.u8();
    require(high != 0, "Tight: a length with more bytes than it needs");
    return low - 128 + (middle - 128) * 128 + high * 16384;
}

// In place. Each channel is the difference from left + above - above left, clamped.
void undo_gradient(std::vector<std::uint8_t>& rgb, std::size_t row_bytes)
{
    for (std::size_t i = 0; i < rgb.size(); ++i) {
        const bool has_left = i % row_bytes >= 3;
        const bool has_above = i >= row_bytes;
        const int left = has_left ? rgb[i - 3] : 0;
        const int above = has_above ? rgb[i - row_bytes] : 0;
        const int corner = has_left && has_above ? rgb[i - row_bytes - 3] : 0;
        const int guess = std::max(0, std::min(255, left + above - corner));
        rgb[i] = static_cast<std::uint8_t>(rgb[i] + guess);
    }
}

} // namespace

std::size_t UpdateDecoder::tpixel_bytes() const
{
    const bool is_rgb = format_.true_colour && format_.bits_per_pixel == 32 &&
                        format_.depth == 24 && format_.red_max == 255 && format_.green_max == 255 &&
                        format_.blue_max == 255;
    return is_rgb ? 3 : format_.bits_per_pixel / 8U;
}

std::uint32_t UpdateDecoder::read_tpixel(ByteReader& in) const
{
    if (tpixel_bytes() != 3) {
        return read_pixel(in);
    }
    const auto bytes = in.take(3);
    return bytes[0] * 65536U + bytes[1] * 256U + bytes[2];
}

std::vector<std::uint8_t>
UpdateDecoder::read_tight_data(std::size_t size, z_stream& stream, ByteReader& in)
{
    std::vector<std::uint8_t> data;
    if (size < 12) {
        const auto bytes = in.take(size);
        data.assign(bytes.begin(), bytes.end());
    } else {
        data = inflate_all(stream, in.take(read_compact_length(in)), size);
    }
    require(data.size() == size, "Tight: not as much data as the rectangle needs");
    return data;
}

void UpdateDecoder::decode_tight(const Rect& rect, ByteReader& in)
{
    require(rect.width <= 2048, "Tight: a rectangle wider than 2048");
    const std::uint32_t control = in.u8();
    for (std::uint32_t i = 0; i < 4; ++i) {
        if (control / (1U << i) % 2 == 1) {
            inflateReset(&tight_.at(i));
        }
    }
    const std::uint32_t kind = control / 16;
    if (kind == 8) {
        fill(rect, read_tpixel(in));
        return;
    }
    if (kind == 9) {
        require(format_.bits_per_pixel > 8, "Tight: JPEG for pixels of 8 bits");
        decode_jpeg(rect, in.take(read_compact_length(in)));
        return;
    }
    require(kind < 8, "Tight: an unknown kind of rectangle");
    z_stream& stream = tight_.at(kind % 4);
    const std::uint32_t filter = kind >= 4 ? in.u8() : 0;
    if (filter == 1) {
        decode_tight_palette(rect, stream, in);
        return;
    }
    require(filter == 0 || (filter == 2 && tpixel_bytes() == 3),
            "Tight: a filter that is not used");
    const std::size_t pixels = static_cast<std::size_t>(rect.area());
    auto data = read_tight_data(pixels * tpixel_bytes(), stream, in);
    if (filter == 2) {
        undo_gradient(data, static_cast<std::size_t>(rect.width) * 3);
    }
    ByteReader bytes(data);
    for (std::size_t i = 0; i < pixels; ++i) {
        put_run(rect, i, 1, read_tpixel(bytes));
    }
}

void UpdateDecoder::decode_tight_palette(const Rect& rect, z_stream& stream, ByteReader& in)
{
    std::vector<std::uint32_t> palette(in.u8() + 1);
    require(palette.size() >= 2, "Tight: a palette of one colour");
    for (std::uint32_t& colour : palette) {
        colour = read_tpixel(in);
    }
    const auto width = static_cast<std::size_t>(rect.width);
    const bool is_mono = palette.size() == 2;
    const std::size_t row_bytes = is_mono ? (width + 7) / 8 : width;
    const auto data =
        read_tight_data(row_bytes * static_cast<std::size_t>(rect.height), stream, in);
    for (std::int32_t y = 0; y < rect.height; ++y) {
        const std::uint8_t* const row = data.data() + static_cast<std::size_t>(y) * row_bytes;
        for (std::size_t x = 0; x < width; ++x) {
            const std::size_t bit = std::size_t{row[is_mono ? x / 8 : x]} >> (7 - x % 8) & 1U;
            const std::size_t entry = is_mono ? bit : row[x];
            require(entry < palette.size(), "Tight: an index outside the palette");
            fill({rect.x + static_cast<std::int32_t>(x), rect.y + y, 1, 1}, palette[entry]);
        }
        require(!is_mono || width % 8 == 0 || row[row_bytes - 1] % (1 << (8 - width % 8)) == 0,
                "Tight: padding that is not zero");
    }
}

void UpdateDecoder::decode_tight_png(const Rect& rect, ByteReader& in)
{
    require(rect.width <= 2048, "TightPNG: a rectangle wider than 2048");
    const std::uint32_t control = in.u8();
    if (control == 0x80) {
        fill(rect, read_tpixel(in));
        return;
    }
    if (control == 0x90) {
        decode_jpeg(rect, in.take(read_compact_length(in)));
        return;
    }
    require(control == 0xa0, "TightPNG: an unknown kind of rectangle");
    const std::vector<std::uint32_t> pixels =
        decode_png_strictly(in.take(read_compact_length(in)), rect.size());
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        put_run(rect, i, 1, pixels[i]);
    }
}

// libjpeg-turbo is on both sides; there is no second one that is kept.
void UpdateDecoder::decode_jpeg(const Rect& rect, std::span<const std::uint8_t> picture)
{
    std::vector<std::uint32_t> pixels(area_of(rect));
    JpegDecoder().decode({pixels.data(), rect.size(), rect.width}, picture);
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        put_run(rect, i, 1, pixels[i]);
    }
}

// Up to and with the marker that ends a picture, which its data cannot hold.
std::size_t UpdateDecoder::jpeg_length(ByteReader in)
{
    const std::size_t start = in.position();
    std::uint32_t last = 0;
    for (;;) {
        const std::uint32_t byte = in.u8();
        if (last == 0xff && byte == 0xd9) {
            return in.position() - start;
        }
        last = byte;
    }
}

} // namespace covnc::test
