// RRE, CoRRE, Zlib, TRLE and ZRLE.
#include "tests/support/byte_reader.h"
#include "tests/support/decoder.h"

#include <algorithm>
#include <string>

namespace covnc::test {

namespace {

std::size_t read_run_length(ByteReader& in)
{
    std::size_t length = 1;
    std::uint32_t byte = 0;
    do {
        byte = in.u8();
        length += byte;
    } while (byte == 255);
    return length;
}

} // namespace

void UpdateDecoder::decode_rre(const Rect& rect, bool is_compact, ByteReader& in)
{
    require(!is_compact || (rect.width <= 255 && rect.height <= 255), "CoRRE: a side above 255");
    const auto number = [&] { return is_compact ? static_cast<int>(in.u8()) : in.coordinate(); };
    const std::uint32_t count = in.u32();
    const std::uint32_t background = read_pixel(in);
    fill(rect, background);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t pixel = read_pixel(in);
        require(pixel != background, "RRE: a subrectangle of the background's colour");
        Rect part;
        part.x = rect.x + number();
        part.y = rect.y + number();
        part.width = number();
        part.height = number();
        require(!part.is_empty(), "RRE: an empty subrectangle");
        require(rect.contains(part), "RRE: a subrectangle leaves its rectangle");
        fill(part, pixel);
    }
}

void UpdateDecoder::decode_zlib(const Rect& rect, ByteReader& in)
{
    const std::uint32_t length = in.u32();
    const std::size_t size = area_of(rect) * (format_.bits_per_pixel / 8U);
    const std::vector<std::uint8_t> raw = inflate_shared(in.take(length), size, 6);
    ByteReader pixels(raw);
    decode_raw(rect, pixels);
    require(pixels.remaining() == 0, "Zlib: bytes are left over after the last pixel");
}

void UpdateDecoder::decode_zrle(const Rect& rect, ByteReader& in)
{
    const std::uint32_t length = in.u32();
    // Raw tiles are the largest sensible form: one byte and four a pixel.
    const std::size_t most = 5 * area_of(rect) + 1;
    const std::vector<std::uint8_t> tiles = inflate_shared(in.take(length), most, 16);
    ByteReader tile_bytes(tiles);
    for_each_tile(rect, 64, [&](const Rect& tile) { decode_zrle_tile(tile, tile_bytes); });
    require(tile_bytes.remaining() == 0, "ZRLE: bytes are left over after the last tile");
}

void UpdateDecoder::decode_zrle_tile(const Rect& tile, ByteReader& in)
{
    const std::uint32_t kind = in.u8();
    require(kind != 127 && kind != 129, "ZRLE: a palette that is used again");
    std::vector<std::uint32_t> palette;
    decode_tile(tile, kind, palette, in);
}

void UpdateDecoder::decode_trle(const Rect& rect, ByteReader& in)
{
    std::vector<std::uint32_t> palette;
    for_each_tile(rect, 16, [&](const Rect& tile) {
        const std::uint32_t kind = in.u8();
        decode_tile(tile, kind, palette, in);
    });
}

// palette: of the tile right before, where it had one; then of this one.
void UpdateDecoder::decode_tile(const Rect& tile,
                                std::uint32_t kind,
                                std::vector<std::uint32_t>& palette,
                                ByteReader& in)
{
    require(kind <= 16 || kind >= 127, "a tile's subencoding is not used");
    const bool is_again = kind == 127 || kind == 129;
    require(!is_again || !palette.empty(), "a palette is used again, but there is none");
    require(kind != 127 || palette.size() <= 16, "a packed tile with a palette of more than 16");
    if (!is_again) {
        palette = read_palette(kind == 1 ? 0 : kind % 128, in);
    }
    if (kind == 0) {
        for (std::size_t i = 0; i < area_of(tile); ++i) {
            put_run(tile, i, 1, read_cpixel(in));
        }
    } else if (kind == 1) {
        fill(tile, read_cpixel(in));
    } else if (kind < 128) {
        decode_packed(tile, palette, in);
    } else if (kind == 128) {
        decode_rle(tile, in);
    } else {
        decode_palette_rle(tile, palette, in);
    }
}

std::vector<std::uint32_t> UpdateDecoder::read_palette(std::size_t colours, ByteReader& in) const
{
    std::vector<std::uint32_t> palette(colours);
    for (std::uint32_t& colour : palette) {
        colour = read_cpixel(in);
    }
    return palette;
}

void UpdateDecoder::decode_packed(const Rect& tile,
                                  const std::vector<std::uint32_t>& palette,
                                  ByteReader& in)
{
    const std::size_t colours = palette.size();
    const std::uint32_t bits = colours == 2 ? 1 : colours <= 4 ? 2 : 4;
    for (std::int32_t y = 0; y < tile.height; ++y) {
        std::uint32_t byte = 0;
        std::uint32_t left = 0;
        for (std::int32_t x = 0; x < tile.width; ++x) {
            if (left == 0) {
                byte = in.u8();
                left = 8;
            }
            left -= bits;
            const std::uint32_t entry = byte >> left & ((1U << bits) - 1);
            require(entry < colours, "a packed index outside the palette");
            fill({tile.x + x, tile.y + y, 1, 1}, palette[entry]);
        }
        require((byte & ((1U << left) - 1)) == 0, "padding that is not zero");
    }
}

void UpdateDecoder::decode_rle(const Rect& tile, ByteReader& in)
{
    for (std::size_t at = 0; at < area_of(tile);) {
        const std::uint32_t pixel = read_cpixel(in);
        at = put_run(tile, at, read_run_length(in), pixel);
    }
}

void UpdateDecoder::decode_palette_rle(const Rect& tile,
                                       const std::vector<std::uint32_t>& palette,
                                       ByteReader& in)
{
    for (std::size_t at = 0; at < area_of(tile);) {
        const std::uint32_t entry = in.u8();
        require(entry % 128 < palette.size(), "a run's index outside the palette");
        const std::size_t length = entry >= 128 ? read_run_length(in) : 1;
        at = put_run(tile, at, length, palette[entry % 128]);
    }
}

} // namespace covnc::test
