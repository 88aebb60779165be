#include "encodings/encode.h"

#include "encodings/big_endian.h"
#include "encodings/copy_rect.h"
#include "encodings/deflate.h"
#include "encodings/hextile.h"
#include "encodings/pixel_convert.h"
#include "encodings/raw.h"
#include "encodings/rre.h"
#include "encodings/trle.h"
#include "encodings/zlib_rect.h"
#include "encodings/zrle.h"

#include <stdexcept>
#include <string>

namespace covnc {

namespace {

constexpr std::size_t kRectHeadSize = 12;
constexpr std::size_t kCopySourceSize = 4;
constexpr Rect kWholePlane{0, 0, 65535, 65535};

void require_on_plane(const Rect& rect)
{
    if (!kWholePlane.contains(rect)) {
        throw std::invalid_argument("rectangle outside 0 .. 65535");
    }
}

void append_head(const Rect& position, Encoding encoding, EncodedUpdate& update)
{
    append_u16(update.body, static_cast<std::uint32_t>(position.x));
    append_u16(update.body, static_cast<std::uint32_t>(position.y));
    append_u16(update.body, static_cast<std::uint32_t>(position.width));
    append_u16(update.body, static_cast<std::uint32_t>(position.height));
    append_u32(update.body, static_cast<std::uint32_t>(encoding));
    ++update.rectangle_count;
}

void append_copies(std::span<const CopyRect> copies, EncodedUpdate& update)
{
    for (const CopyRect& copy : copies) {
        const Rect& to = copy.destination;
        if (to.is_empty()) {
            continue;
        }
        require_on_plane(to);
        require_on_plane({copy.source.x, copy.source.y, to.width, to.height});
        append_head(to, Encoding::kCopyRect, update);
        append_copy_source(copy.source, update.body);
    }
}

// Calls use(rect) for those that are not empty.
template <typename Function>
void for_each_rect(std::span<const SourceRect> rects, Function use)
{
    for (const SourceRect& rect : rects) {
        if (rect.position.is_empty()) {
            continue;
        }
        require_on_plane(rect.position);
        if (rect.pixels.size() != rect.position.size()) {
            throw std::invalid_argument("pixels of another size than their rectangle");
        }
        use(rect);
    }
}

// Writes each rectangle's head and lets append_data(pixels) add what follows it.
template <typename Function>
void append_each(std::span<const SourceRect> rects,
                 Encoding encoding,
                 EncodedUpdate& update,
                 Function append_data)
{
    for_each_rect(rects, [&](const SourceRect& rect) {
        append_head(rect.position, encoding, update);
        append_data(rect.pixels);
    });
}

// Raw, Hextile or TRLE: append_data(pixels, converter, out).
template <typename Function>
void append_plain(std::span<const SourceRect> rects,
                  const PixelConverter& converter,
                  Encoding encoding,
                  EncodedUpdate& update,
                  Function append_data)
{
    append_each(rects, encoding, update, [&](const PixelView& pixels) {
        append_data(pixels, converter, update.body);
    });
}

// RRE or CoRRE; Raw where that is not larger.
void append_rre_block(const SourceRect& block,
                      const PixelConverter& converter,
                      Encoding encoding,
                      EncodedUpdate& update)
{
    const RreForm form = encoding == Encoding::kCoRre ? RreForm::kCompact : RreForm::kRre;
    append_head(block.position, encoding, update);
    const std::size_t data_at = update.body.size();
    if (!append_rre(block.pixels, converter, form, update.body)) {
        put_u32(update.body, data_at - 4, static_cast<std::uint32_t>(Encoding::kRaw));
        append_raw(block.pixels, converter, update.body);
    }
}

void append_rre_rects(std::span<const SourceRect> rects,
                      const PixelFormat& format,
                      Encoding encoding,
                      EncodedUpdate& update)
{
    const PixelConverter converter(format, PixelPacking::kPixel);
    for_each_rect(rects, [&](const SourceRect& rect) {
        const Rect whole = Rect::of(rect.position.size());
        for (std::int32_t y = 0; y < whole.height; y += kRreBlockSide) {
            for (std::int32_t x = 0; x < whole.width; x += kRreBlockSide) {
                const Rect part = Rect{x, y, kRreBlockSide, kRreBlockSide}.intersected(whole);
                const Rect position{
                    rect.position.x + x, rect.position.y + y, part.width, part.height};
                append_rre_block({position, rect.pixels.part(part)}, converter, encoding, update);
            }
        }
    });
}

// Zlib or ZRLE: append_data(pixels, deflate) writes a U32 length and deflate data.
template <typename Function>
void append_deflated(std::span<const SourceRect> rects,
                     Encoding encoding,
                     Effort effort,
                     EncodedUpdate& update,
                     Function append_data)
{
    DeflateUnit deflate(effort);
    append_each(rects, encoding, update, [&](const PixelView& pixels) {
        if (update.first_zlib_length_at == 0) {
            update.first_zlib_length_at = update.body.size();
        }
        append_data(pixels, deflate);
    });
}

void append_zlib_rects(std::span<const SourceRect> rects,
                       const PixelFormat& format,
                       Effort effort,
                       EncodedUpdate& update)
{
    const PixelConverter converter(format, PixelPacking::kPixel);
    append_deflated(
        rects, Encoding::kZlib, effort, update, [&](const PixelView& pixels, DeflateUnit& deflate) {
            append_zlib(pixels, converter, deflate, update.body);
        });
}

void append_zrle_rects(std::span<const SourceRect> rects,
                       const PixelFormat& format,
                       Effort effort,
                       EncodedUpdate& update)
{
    const PixelConverter converter(format, PixelPacking::kCPixel);
    append_deflated(
        rects, Encoding::kZrle, effort, update, [&](const PixelView& pixels, DeflateUnit& deflate) {
            append_zrle(pixels, converter, deflate, update.body);
        });
}

[[noreturn]] void throw_not_for_pixels(Encoding encoding)
{
    throw std::invalid_argument("encoding " + std::to_string(static_cast<int>(encoding)) +
                                " does not carry pixels");
}

} // namespace

std::vector<std::uint8_t> EncodedUpdate::first_head() const
{
    const std::size_t data_at = first_zlib_length_at + 4;
    std::vector<std::uint8_t> head;
    head.reserve(data_at + 2);
    head.assign(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(data_at));
    put_u32(head, first_zlib_length_at, read_u32(body, first_zlib_length_at) + 2);
    // RFC 1950: deflate with a 32 KiB window; no preset dictionary, lowest level.
    head.insert(head.end(), {0x78, 0x01});
    return head;
}

EncodedUpdate encode_update(std::span<const CopyRect> copies,
                            std::span<const SourceRect> rects,
                            const PixelFormat& format,
                            const EncodeSettings& settings,
                            Effort effort)
{
    const Encoding encoding = settings.encoding;
    format.validate();
    EncodedUpdate update;
    append_copies(copies, update);
    switch (encoding) {
    case Encoding::kRaw:
        append_plain(rects, {format, PixelPacking::kPixel}, encoding, update, append_raw);
        break;
    case Encoding::kHextile:
        append_plain(rects, {format, PixelPacking::kPixel}, encoding, update, append_hextile);
        break;
    case Encoding::kZrle:
        append_zrle_rects(rects, format, effort, update);
        break;
    case Encoding::kZlib:
        append_zlib_rects(rects, format, effort, update);
        break;
    case Encoding::kRre:
    case Encoding::kCoRre:
        append_rre_rects(rects, format, encoding, update);
        break;
    case Encoding::kTrle:
        append_plain(rects, {format, PixelPacking::kCPixel}, encoding, update, append_trle);
        break;
    case Encoding::kCopyRect:
    case Encoding::kTight:
    case Encoding::kJpeg:
    case Encoding::kTightPng:
    default:
        throw_not_for_pixels(encoding);
    }
    return update;
}

std::size_t encoded_size_bound(std::span<const CopyRect> copies,
                               std::span<const SourceRect> rects,
                               const PixelFormat& format,
                               Encoding encoding)
{
    std::size_t bound = copies.size() * (kRectHeadSize + kCopySourceSize);
    for (const SourceRect& rect : rects) {
        if (rect.position.is_empty()) {
            continue;
        }
        const Size size = rect.position.size();
        bound += kRectHeadSize;
        switch (encoding) {
        case Encoding::kRaw:
            bound += static_cast<std::size_t>(size.area()) * format.bytes_per_pixel();
            break;
        case Encoding::kHextile:
            bound += hextile_bound(size, format.bytes_per_pixel());
            break;
        case Encoding::kZrle:
            bound += zrle_bound(size, format.bytes_per_cpixel());
            break;
        case Encoding::kZlib:
            bound += zlib_bound(size, format.bytes_per_pixel());
            break;
        case Encoding::kRre:
        case Encoding::kCoRre:
            // All blocks raw, with a head each.
            bound += (rre_blocks(size) - 1) * kRectHeadSize;
            bound += static_cast<std::size_t>(size.area()) * format.bytes_per_pixel();
            break;
        case Encoding::kTrle:
            bound += trle_bound(size, format.bytes_per_cpixel());
            break;
        case Encoding::kCopyRect:
        case Encoding::kTight:
        case Encoding::kJpeg:
        case Encoding::kTightPng:
        default:
            throw_not_for_pixels(encoding);
        }
    }
    return bound;
}

} // namespace covnc
