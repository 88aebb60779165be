#include "tests/support/decoder.h"

#include "tests/support/byte_reader.h"

#include <algorithm>
#include <string>

namespace covnc::test {

namespace {

std::uint32_t gather(std::span<const std::uint8_t> bytes, bool big_endian)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t from_top = big_endian ? i : bytes.size() - 1 - i;
        value = value * 256 + bytes[from_top];
    }
    return value;
}

std::uint32_t spread(std::uint32_t level, std::uint32_t max)
{
    return (level * 255 * 2 + max) / (max * 2);
}

std::uint32_t nearest_level(std::uint32_t channel, std::uint32_t max)
{
    // In units of 1 / (255 * max), so that nothing is rounded.
    const std::uint32_t wanted = channel * max;
    const std::uint32_t below = wanted / 255;
    const bool is_nearer_to_next = (below + 1) * 255 - wanted < wanted - below * 255;
    return is_nearer_to_next ? below + 1 : below;
}

std::uint32_t pack_rgb(std::uint32_t red, std::uint32_t green, std::uint32_t blue)
{
    return red * 65536 + green * 256 + blue;
}

} // namespace

std::uint32_t decoded_pixel(const PixelFormat& format, std::uint32_t value)
{
    if (!format.true_colour) {
        const ColourMapEntry entry = fixed_colour_map().at(value);
        return pack_rgb(entry.red / 257U, entry.green / 257U, entry.blue / 257U);
    }
    const auto channel = [value](std::uint32_t max, unsigned shift) {
        return spread((value >> shift) & max, max);
    };
    return pack_rgb(channel(format.red_max, format.red_shift),
                    channel(format.green_max, format.green_shift),
                    channel(format.blue_max, format.blue_shift));
}

std::uint32_t expected_pixel(const PixelFormat& format, std::uint32_t rgb)
{
    const auto channel = [](std::uint32_t value, std::uint32_t max) {
        return spread(nearest_level(value % 256, max), max);
    };
    const bool mapped = !format.true_colour; // a cube of six levels
    return pack_rgb(channel(rgb / 65536, mapped ? 5 : format.red_max),
                    channel(rgb / 256, mapped ? 5 : format.green_max),
                    channel(rgb, mapped ? 5 : format.blue_max));
}

UpdateDecoder::UpdateDecoder(const PixelFormat& format, Size size) : format_(format)
{
    const auto open = [](z_stream& stream) {
        if (inflateInit(&stream) != Z_OK) {
            throw std::runtime_error("inflateInit failed");
        }
    };
    open(zlib_);
    std::for_each(tight_.begin(), tight_.end(), open);
    resize(size);
}

UpdateDecoder::~UpdateDecoder()
{
    inflateEnd(&zlib_);
    for (z_stream& stream : tight_) {
        inflateEnd(&stream);
    }
}

void UpdateDecoder::resize(Size size)
{
    size_ = size;
    pixels_.assign(static_cast<std::size_t>(size.area()), kUnsetPixel);
}

std::size_t UpdateDecoder::decode_rectangle(std::span<const std::uint8_t> at_rect_header)
{
    ByteReader in(at_rect_header);
    Rect rect;
    rect.x = in.coordinate();
    rect.y = in.coordinate();
    rect.width = in.coordinate();
    rect.height = in.coordinate();
    const auto encoding = static_cast<std::int32_t>(in.u32());
    require(!rect.is_empty(), "an empty rectangle");
    require(Rect::of(size_).contains(rect), "a rectangle outside the framebuffer");
    switch (encoding) {
    case 0:
        decode_raw(rect, in);
        break;
    case 1:
        decode_copy(rect, in);
        break;
    case 2:
    case 4:
        decode_rre(rect, encoding == 4, in);
        break;
    case 5:
        decode_hextile(rect, in);
        break;
    case 6:
        decode_zlib(rect, in);
        break;
    case 7:
        decode_tight(rect, in);
        break;
    case 21:
        decode_jpeg(rect, in.take(jpeg_length(in)));
        break;
    case 15:
        decode_trle(rect, in);
        break;
    case 16:
        decode_zrle(rect, in);
        break;
    case -260:
        decode_tight_png(rect, in);
        break;
    default:
        throw DecodeError("encoding " + std::to_string(encoding) + " is not known");
    }
    return in.position();
}

std::size_t UpdateDecoder::decode_rectangles(std::uint32_t count,
                                             std::span<const std::uint8_t> body)
{
    std::size_t at = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        at += decode_rectangle(body.subspan(at));
    }
    return at;
}

void UpdateDecoder::decode(const EncodedUpdate& update)
{
    std::vector<std::uint8_t> bytes = update.body;
    if (update.first_zlib_length_at != 0 && !has_zlib_header_) {
        bytes = update.first_head();
        const auto rest = static_cast<std::ptrdiff_t>(update.first_zlib_length_at + 4);
        bytes.insert(bytes.end(), update.body.begin() + rest, update.body.end());
    }
    require(decode_rectangles(update.rectangle_count, bytes) == bytes.size(),
            "bytes are left over after the last rectangle");
}

void UpdateDecoder::fill(const Rect& rect, std::uint32_t pixel)
{
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        std::fill_n(
            pixels_.begin() + static_cast<std::ptrdiff_t>(index(rect.x, y)), rect.width, pixel);
    }
}

std::uint32_t UpdateDecoder::read_pixel(ByteReader& in) const
{
    return decoded_pixel(format_, gather(in.take(format_.bits_per_pixel / 8U), format_.big_endian));
}

std::uint32_t UpdateDecoder::read_cpixel(ByteReader& in) const
{
    if (!format_.true_colour || format_.bits_per_pixel != 32 || format_.depth > 24) {
        return read_pixel(in);
    }
    const auto fits = [this](unsigned lowest, unsigned highest) {
        const auto channel_fits = [=](unsigned max, unsigned shift) {
            const std::uint64_t mask = std::uint64_t{max} << shift;
            return mask % (1ULL << lowest) == 0 && mask < (1ULL << highest);
        };
        return channel_fits(format_.red_max, format_.red_shift) &&
               channel_fits(format_.green_max, format_.green_shift) &&
               channel_fits(format_.blue_max, format_.blue_shift);
    };
    if (fits(0, 24)) {
        return decoded_pixel(format_, gather(in.take(3), format_.big_endian));
    }
    if (fits(8, 32)) {
        return decoded_pixel(format_, gather(in.take(3), format_.big_endian) * 256);
    }
    return read_pixel(in);
}

void UpdateDecoder::decode_raw(const Rect& rect, ByteReader& in)
{
    for (std::size_t i = 0; i < area_of(rect); ++i) {
        put_run(rect, i, 1, read_pixel(in));
    }
}

void UpdateDecoder::decode_copy(const Rect& rect, ByteReader& in)
{
    const std::int32_t x = in.coordinate();
    const std::int32_t y = in.coordinate();
    require(Rect::of(size_).contains({x, y, rect.width, rect.height}),
            "CopyRect: the source is outside the framebuffer");
    // As if through a second framebuffer: source and destination may overlap.
    const std::vector<std::uint32_t> before = pixels_;
    for (std::int32_t row = 0; row < rect.height; ++row) {
        const auto from = before.begin() + static_cast<std::ptrdiff_t>(index(x, y + row));
        const auto to = static_cast<std::ptrdiff_t>(index(rect.x, rect.y + row));
        std::copy_n(from, rect.width, pixels_.begin() + to);
    }
}

struct UpdateDecoder::HextileColours
{
    bool has_background = false;
    bool has_foreground = false;
    std::uint32_t background = 0;
    std::uint32_t foreground = 0;
};

void UpdateDecoder::decode_hextile(const Rect& rect, ByteReader& in)
{
    HextileColours colours;
    for_each_tile(rect, 16, [&](const Rect& tile) { decode_hextile_tile(tile, colours, in); });
}

void UpdateDecoder::decode_hextile_tile(const Rect& tile, HextileColours& colours, ByteReader& in)
{
    const std::uint32_t mask = in.u8();
    require(mask <= 31, "Hextile: an unknown bit in the mask");
    if ((mask & 1) != 0) {
        require(mask == 1, "Hextile: a raw tile with other bits");
        decode_raw(tile, in);
        colours = {};
        return;
    }
    const bool coloured = (mask & 16) != 0;
    require(!coloured || (mask & 4) == 0, "Hextile: a foreground for coloured subrectangles");
    require(!coloured || (mask & 8) != 0, "Hextile: coloured subrectangles, but none follow");
    if ((mask & 2) != 0) {
        colours.background = read_pixel(in);
        colours.has_background = true;
    }
    require(colours.has_background, "Hextile: no background since the start or a raw tile");
    if ((mask & 4) != 0) {
        colours.foreground = read_pixel(in);
        colours.has_foreground = true;
    }
    fill(tile, colours.background);
    const std::uint32_t count = (mask & 8) != 0 ? in.u8() : 0;
    require(count == 0 || coloured || colours.has_foreground, "Hextile: no foreground is known");
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t pixel = coloured ? read_pixel(in) : colours.foreground;
        const auto position = static_cast<std::int32_t>(in.u8());
        const auto extent = static_cast<std::int32_t>(in.u8());
        const Rect part{
            tile.x + position / 16, tile.y + position % 16, extent / 16 + 1, extent % 16 + 1};
        require(tile.contains(part), "Hextile: a subrectangle leaves its tile");
        fill(part, pixel);
    }
    if (coloured) {
        colours.has_foreground = false;
    }
}

std::size_t
UpdateDecoder::put_run(const Rect& tile, std::size_t at, std::size_t length, std::uint32_t pixel)
{
    require(length <= area_of(tile) - at, "a run leaves its tile");
    const auto width = static_cast<std::size_t>(tile.width);
    for (std::size_t i = at; i < at + length; ++i) {
        const auto x = tile.x + static_cast<std::int32_t>(i % width);
        const auto y = tile.y + static_cast<std::int32_t>(i / width);
        pixels_[index(x, y)] = pixel;
    }
    return at + length;
}

std::vector<std::uint8_t> UpdateDecoder::inflate_shared(std::span<const std::uint8_t> data,
                                                        std::size_t most,
                                                        std::int32_t encoding)
{
    require(zlib_used_by_ == 0 || zlib_used_by_ == encoding, "Zlib and ZRLE on one connection");
    zlib_used_by_ = encoding;
    std::vector<std::uint8_t> out = inflate_all(zlib_, data, most);
    has_zlib_header_ = true;
    return out;
}

std::vector<std::uint8_t>
UpdateDecoder::inflate_all(z_stream& stream, std::span<const std::uint8_t> data, std::size_t most)
{
    // One byte more than may come, to notice that more would.
    std::vector<std::uint8_t> out(most + 1);
    const std::vector<std::uint8_t> in(data.begin(), data.end());
    stream.next_in = const_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream, Z_SYNC_FLUSH);
    if (result != Z_OK) {
        throw DecodeError(
            "zlib: " + std::string(stream.msg != nullptr ? stream.msg : "no progress") +
            (result == Z_STREAM_END ? " (the stream ended)" : ""));
    }
    require(stream.avail_in == 0 && stream.avail_out != 0,
            "zlib: more data than the rectangle can take");
    // Between two blocks, no bits of the last byte left, not in the final block: zlib.h, inflate().
    require(stream.data_type == 128, "zlib: the data does not end on a sync flush");
    out.resize(static_cast<std::size_t>(stream.next_out - out.data()));
    return out;
}

} // namespace covnc::test
