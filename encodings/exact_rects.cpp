#include "encodings/exact_rects.h"

#include "encodings/hextile.h"
#include "encodings/pixel_convert.h"
#include "encodings/raw.h"
#include "encodings/rect_head.h"
#include "encodings/rre.h"
#include "encodings/tight.h"
#include "encodings/tight_png.h"
#include "encodings/trle.h"
#include "encodings/zlib_rect.h"
#include "encodings/zrle.h"

#include <stdexcept>
#include <string>

namespace covnc {

namespace {

// Calls use(rect) for those that are not empty.
template <typename Function>
void for_each_rect(std::span<const SourceRect> rects, Function use)
{
    for (const SourceRect& rect : rects) {
        if (!rect.position.is_empty()) {
            use(rect);
        }
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
        append_rect_head(rect.position, encoding, update);
        append_data(rect.pixels);
    });
}

// Of encoders that cut rectangles themselves.
template <typename Encoder>
void append_cut_rects(std::span<const SourceRect> rects, Encoder encoder, EncodedUpdate& update)
{
    for_each_rect(rects, [&](const SourceRect& rect) { encoder.append(rect, update); });
}

// RRE or CoRRE; Raw where that is not larger.
void append_rre_block(const SourceRect& block,
                      const PixelConverter& converter,
                      Encoding encoding,
                      EncodedUpdate& update)
{
    const RreForm form = encoding == Encoding::kCoRre ? RreForm::kCompact : RreForm::kRre;
    append_rect_head(block.position, encoding, update);
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

// Zlib or ZRLE: append_data(pixels) writes a U32 length and deflate data.
template <typename Function>
void append_deflated(std::span<const SourceRect> rects,
                     Encoding encoding,
                     EncodedUpdate& update,
                     Function append_data)
{
    append_each(rects, encoding, update, [&](const PixelView& pixels) {
        if (update.first_zlib_length_at == 0) {
            update.first_zlib_length_at = update.body.size();
        }
        append_data(pixels);
    });
}

[[noreturn]] void throw_not_for_pixels(Encoding encoding)
{
    throw std::invalid_argument("encoding " + std::to_string(static_cast<int>(encoding)) +
                                " does not carry exact pixels");
}

} // namespace

void append_exact(std::span<const SourceRect> rects,
                  const PixelFormat& format,
                  const EncodeSettings& settings,
                  Effort effort,
                  DeflateUnit& window,
                  EncodedUpdate& update)
{
    const Encoding encoding = settings.encoding;
    const bool is_compact = encoding == Encoding::kZrle || encoding == Encoding::kTrle;
    const PixelConverter converter(format,
                                   is_compact ? PixelPacking::kCPixel : PixelPacking::kPixel);
    const auto each = [&](auto append_data) { append_each(rects, encoding, update, append_data); };
    const auto deflated = [&](auto append_data) {
        append_deflated(rects, encoding, update, append_data);
    };
    switch (encoding) {
    case Encoding::kRaw:
        return each([&](auto& pixels) { append_raw(pixels, converter, update.body); });
    case Encoding::kHextile:
        return each([&](auto& pixels) { append_hextile(pixels, converter, update.body); });
    case Encoding::kTrle:
        return each([&](auto& pixels) { append_trle(pixels, converter, update.body); });
    case Encoding::kZrle:
        return deflated([&](auto& pixels) { append_zrle(pixels, converter, window, update.body); });
    case Encoding::kZlib:
        return deflated([&](auto& pixels) { append_zlib(pixels, converter, window, update.body); });
    case Encoding::kRre:
    case Encoding::kCoRre:
        return append_rre_rects(rects, format, encoding, update);
    case Encoding::kTight:
        return append_cut_rects(
            rects, TightEncoder(format, settings.tight_gradient, effort), update);
    case Encoding::kTightPng:
        return append_cut_rects(rects, TightPngEncoder(format, effort), update);
    case Encoding::kCopyRect:
    case Encoding::kJpeg:
    default:
        throw_not_for_pixels(encoding);
    }
}

std::size_t
exact_bound(std::span<const SourceRect> rects, const PixelFormat& format, Encoding encoding)
{
    std::size_t bound = 0;
    for (const SourceRect& rect : rects) {
        if (rect.position.is_empty()) {
            continue;
        }
        const Size size = rect.position.size();
        switch (encoding) {
        case Encoding::kRaw:
            bound +=
                kRectHeadSize + static_cast<std::size_t>(size.area()) * format.bytes_per_pixel();
            break;
        case Encoding::kHextile:
            bound += kRectHeadSize + hextile_bound(size, format.bytes_per_pixel());
            break;
        case Encoding::kZrle:
            bound += kRectHeadSize + zrle_bound(size, format.bytes_per_cpixel());
            break;
        case Encoding::kTight:
            bound += tight_bound(size, format.bytes_per_tpixel());
            break;
        case Encoding::kTightPng:
            bound += tight_png_bound(size);
            break;
        case Encoding::kZlib:
            bound += kRectHeadSize + zlib_bound(size, format.bytes_per_pixel());
            break;
        case Encoding::kRre:
        case Encoding::kCoRre:
            // All blocks raw, with a head each.
            bound += rre_blocks(size) * kRectHeadSize +
                     static_cast<std::size_t>(size.area()) * format.bytes_per_pixel();
            break;
        case Encoding::kTrle:
            bound += kRectHeadSize + trle_bound(size, format.bytes_per_cpixel());
            break;
        case Encoding::kCopyRect:
        case Encoding::kJpeg:
        default:
            throw_not_for_pixels(encoding);
        }
    }
    return bound;
}

} // namespace covnc
