// Raw, RRE, CoRRE and Hextile: pixels and subrectangles as they are (rfbproto.rst, "Raw Encoding",
// "RRE Encoding", "CoRRE Encoding", "Hextile Encoding").
#include "encodings/decoders.h"

namespace covnc {

void decode_raw(const PixelReader& reader, const WritablePixelView& out, DecodeCursor& in)
{
    for (std::int32_t y = 0; y < out.height(); ++y) {
        reader.pixels(in, std::span(out.row(y), static_cast<std::size_t>(out.width())));
    }
}

void decode_rre(const PixelReader& reader,
                const WritablePixelView& out,
                bool is_compact,
                DecodeCursor& in)
{
    const std::uint32_t count = in.u32();
    fill_pixels(out, Rect::of(out.size()), reader.pixel(in));
    const std::size_t head = is_compact ? 4 : 8;
    const std::size_t each = reader.pixel_bytes() + head;
    if (count > in.remaining() / each) {
        throw DecodeError("a rectangle's data ends too early");
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t rgb = reader.pixel(in);
        const auto side = [&]() -> std::int32_t { return is_compact ? in.u8() : in.u16(); };
        Rect rect;
        rect.x = side();
        rect.y = side();
        rect.width = side();
        rect.height = side();
        fill_pixels(out, rect, rgb);
    }
}

namespace {

// Bits of a Hextile tile's subencoding.
constexpr unsigned kRawTile = 1;
constexpr unsigned kBackground = 2;
constexpr unsigned kForeground = 4;
constexpr unsigned kSubrects = 8;
constexpr unsigned kColoured = 16;

// Colours hold from tile to tile.
struct HextileColours
{
    std::uint32_t background = 0;
    std::uint32_t foreground = 0;
};

void decode_hextile_tile(const PixelReader& reader,
                         const WritablePixelView& tile,
                         HextileColours& colours,
                         DecodeCursor& in)
{
    const unsigned mask = in.u8();
    if ((mask & kRawTile) != 0) {
        decode_raw(reader, tile, in);
        return;
    }
    if ((mask & kBackground) != 0) {
        colours.background = reader.pixel(in);
    }
    if ((mask & kForeground) != 0) {
        colours.foreground = reader.pixel(in);
    }
    fill_pixels(tile, Rect::of(tile.size()), colours.background);
    if ((mask & kSubrects) == 0) {
        return;
    }
    const std::uint32_t count = in.u8();
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t rgb = (mask & kColoured) != 0 ? reader.pixel(in) : colours.foreground;
        const unsigned place = in.u8();
        const unsigned sides = in.u8();
        const Rect rect{static_cast<std::int32_t>(place >> 4U),
                        static_cast<std::int32_t>(place & 15U),
                        static_cast<std::int32_t>(sides >> 4U) + 1,
                        static_cast<std::int32_t>(sides & 15U) + 1};
        fill_pixels(tile, rect, rgb);
    }
}

} // namespace

void decode_hextile(const PixelReader& reader, const WritablePixelView& out, DecodeCursor& in)
{
    HextileColours colours;
    for_each_tile(Rect::of(out.size()), 16, [&](const Rect& tile) {
        decode_hextile_tile(reader, out.part(tile), colours, in);
    });
}

} // namespace covnc
