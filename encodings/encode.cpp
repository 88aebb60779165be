#include "encodings/encode.h"

#include "encodings/big_endian.h"
#include "encodings/copy_rect.h"
#include "encodings/deflate.h"
#include "encodings/hextile.h"
#include "encodings/pixel_convert.h"
#include "encodings/raw.h"
#include "encodings/rect_head.h"
#include "encodings/tight.h"
#include "encodings/tight_png.h"
#include "encodings/zrle.h"

#include <stdexcept>
#include <string>

namespace covnc {

namespace {

constexpr std::size_t kCopySourceSize = 4;
constexpr Rect kWholePlane{0, 0, 65535, 65535};

void require_on_plane(const Rect& rect)
{
    if (!kWholePlane.contains(rect)) {
        throw std::invalid_argument("rectangle outside 0 .. 65535");
    }
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
        append_rect_head(to, Encoding::kCopyRect, update);
        append_copy_source(copy.source, update.body);
    }
}

// Lets append_rect(rect) write each rectangle, which is neither empty nor wrong.
template <typename Function>
void append_whole_rects(std::span<const SourceRect> rects, Function append_rect)
{
    for (const SourceRect& rect : rects) {
        if (rect.position.is_empty()) {
            continue;
        }
        require_on_plane(rect.position);
        if (rect.pixels.size() != rect.position.size()) {
            throw std::invalid_argument("pixels of another size than their rectangle");
        }
        append_rect(rect);
    }
}

// Writes each rectangle's head and lets append_data(pixels) add what follows it.
template <typename Function>
void append_each(std::span<const SourceRect> rects,
                 Encoding encoding,
                 EncodedUpdate& update,
                 Function append_data)
{
    append_whole_rects(rects, [&](const SourceRect& rect) {
        append_rect_head(rect.position, encoding, update);
        append_data(rect.pixels);
    });
}

void append_zrle_rects(std::span<const SourceRect> rects,
                       const PixelFormat& format,
                       Effort effort,
                       EncodedUpdate& update)
{
    const PixelConverter converter(format, PixelPacking::kCPixel);
    DeflateUnit deflate(effort);
    append_each(rects, Encoding::kZrle, update, [&](const PixelView& pixels) {
        if (update.first_zlib_length_at == 0) {
            update.first_zlib_length_at = update.body.size();
        }
        append_zrle(pixels, converter, deflate, update.body);
    });
}

// Of encoders that cut rectangles themselves.
template <typename Encoder>
void append_cut_rects(std::span<const SourceRect> rects, Encoder encoder, EncodedUpdate& update)
{
    append_whole_rects(rects, [&](const SourceRect& rect) { encoder.append(rect, update); });
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
    case Encoding::kRaw: {
        const PixelConverter converter(format, PixelPacking::kPixel);
        append_each(rects, encoding, update, [&](const PixelView& pixels) {
            append_raw(pixels, converter, update.body);
        });
        break;
    }
    case Encoding::kHextile: {
        const PixelConverter converter(format, PixelPacking::kPixel);
        append_each(rects, encoding, update, [&](const PixelView& pixels) {
            append_hextile(pixels, converter, update.body);
        });
        break;
    }
    case Encoding::kZrle:
        append_zrle_rects(rects, format, effort, update);
        break;
    case Encoding::kTight:
        append_cut_rects(rects, TightEncoder(format, settings.tight_gradient, effort), update);
        break;
    case Encoding::kTightPng:
        append_cut_rects(rects, TightPngEncoder(format, effort), update);
        break;
    case Encoding::kCopyRect:
    case Encoding::kRre:
    case Encoding::kCoRre:
    case Encoding::kZlib:
    case Encoding::kTrle:
    case Encoding::kJpeg:
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
        case Encoding::kCopyRect:
        case Encoding::kRre:
        case Encoding::kCoRre:
        case Encoding::kZlib:
        case Encoding::kTrle:
        case Encoding::kJpeg:
        default:
            throw_not_for_pixels(encoding);
        }
    }
    return bound;
}

} // namespace covnc
