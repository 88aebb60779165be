#include "encodings/decoder.h"

#include "encodings/decoders.h"

#include <algorithm>
#include <cstring>

namespace covnc {

namespace {

using namespace decodable;

std::size_t area_of(const WritablePixelView& view)
{
    return static_cast<std::size_t>(view.size().area());
}

} // namespace

bool is_decodable(std::int32_t encoding)
{
    constexpr std::array<std::int32_t, 11> kKnown{
        kRaw, kCopyRect, kRre, kCoRre, kHextile, kZlib, kTight, kTrle, kZrle, kJpeg, kTightPng};
    return std::find(kKnown.begin(), kKnown.end(), encoding) != kKnown.end();
}

Decoder::Decoder(const PixelFormat& format, Size size) : reader_(format)
{
    resize(size);
}

void Decoder::resize(Size size)
{
    size_ = size;
    pixels_.assign(static_cast<std::size_t>(size.area()), 0);
}

WritablePixelView Decoder::part(const Rect& rect)
{
    const bool is_inside = rect.x >= 0 && rect.y >= 0 && rect.width >= 0 && rect.height >= 0 &&
                           Rect::of(size_).contains(rect);
    if (!is_inside) {
        throw DecodeError("a rectangle leaves the framebuffer");
    }
    return WritablePixelView(pixels_.data(), size_, size_.width).part(rect);
}

void Decoder::decode(const Rect& rect, std::int32_t encoding, std::span<const std::uint8_t> data)
{
    const WritablePixelView out = part(rect);
    DecodeCursor in(data);
    switch (encoding) {
    case kRaw:
        decode_raw(reader_, out, in);
        break;
    case kCopyRect:
        decode_copy(rect, in);
        break;
    case kRre:
    case kCoRre:
        decode_rre(reader_, out, encoding == kCoRre, in);
        break;
    case kHextile:
        decode_hextile(reader_, out, in);
        break;
    case kZlib:
        decode_zlib(out, in);
        break;
    case kTight:
        decode_tight(reader_, out, tight_, in);
        break;
    case kTightPng:
        decode_tight_png(reader_, out, in);
        break;
    case kJpeg:
        jpeg_.decode(out, in.take(in.remaining()));
        break;
    case kTrle:
        decode_tiles(reader_, out, 16, in);
        break;
    case kZrle:
        decode_zrle(out, in);
        break;
    default:
        throw DecodeError("encoding " + std::to_string(encoding) + " is not known");
    }
    in.expect_end();
}

void Decoder::decode_copy(const Rect& rect, DecodeCursor& in)
{
    const std::int32_t x = in.u16();
    const std::int32_t y = in.u16();
    if (rect.is_empty()) {
        return;
    }
    const WritablePixelView from = part({x, y, rect.width, rect.height});
    const WritablePixelView to = part(rect);
    const std::size_t bytes = static_cast<std::size_t>(rect.width) * sizeof(std::uint32_t);
    for (std::int32_t i = 0; i < rect.height; ++i) {
        const std::int32_t row = y < rect.y ? rect.height - 1 - i : i;
        std::memmove(to.row(row), from.row(row), bytes);
    }
}

void Decoder::decode_zlib(const WritablePixelView& out, DecodeCursor& in)
{
    const std::size_t length = in.u32();
    DecodeCursor raw(zlib_.inflate(in.take(length), area_of(out) * reader_.pixel_bytes()));
    decode_raw(reader_, out, raw);
    raw.expect_end();
}

void Decoder::decode_zrle(const WritablePixelView& out, DecodeCursor& in)
{
    // A tile's subencoding and palette, and for each pixel a run of its own.
    constexpr std::size_t kTileOverhead = 1 + 127 * 4;
    constexpr std::size_t kSide = 64;
    const std::size_t columns = (static_cast<std::size_t>(out.width()) + kSide - 1) / kSide;
    const std::size_t rows = (static_cast<std::size_t>(out.height()) + kSide - 1) / kSide;
    const std::size_t limit = columns * rows * kTileOverhead + area_of(out) * 5;
    const std::size_t length = in.u32();
    DecodeCursor tiles(zrle_.inflate(in.take(length), limit));
    decode_tiles(reader_, out, static_cast<std::int32_t>(kSide), tiles);
    tiles.expect_end();
}

} // namespace covnc
