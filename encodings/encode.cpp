#include "encodings/encode.h"

#include "encodings/big_endian.h"
#include "encodings/content.h"
#include "encodings/copy_rect.h"
#include "encodings/deflate.h"
#include "encodings/hextile.h"
#include "encodings/jpeg_encoder.h"
#include "encodings/pixel_convert.h"
#include "encodings/raw.h"
#include "encodings/zrle.h"

#include <algorithm>
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

void require_good(std::span<const SourceRect> rects)
{
    for (const SourceRect& rect : rects) {
        if (rect.position.is_empty()) {
            continue;
        }
        require_on_plane(rect.position);
        if (rect.pixels.size() != rect.position.size()) {
            throw std::invalid_argument("pixels of another size than their rectangle");
        }
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

// Writes each rectangle's head and lets append_data(pixels) add what follows it.
template <typename Function>
void append_each(std::span<const SourceRect> rects,
                 Encoding encoding,
                 EncodedUpdate& update,
                 Function append_data)
{
    for (const SourceRect& rect : rects) {
        if (rect.position.is_empty()) {
            continue;
        }
        append_head(rect.position, encoding, update);
        append_data(rect.pixels);
    }
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

[[noreturn]] void throw_not_for_pixels(Encoding encoding)
{
    throw std::invalid_argument("encoding " + std::to_string(static_cast<int>(encoding)) +
                                " does not carry pixels");
}

// The rectangles in an encoding that loses nothing.
void append_exact(std::span<const SourceRect> rects,
                  const PixelFormat& format,
                  Encoding encoding,
                  Effort effort,
                  EncodedUpdate& update)
{
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
    case Encoding::kCopyRect:
    case Encoding::kRre:
    case Encoding::kCoRre:
    case Encoding::kZlib:
    case Encoding::kTight:
    case Encoding::kTrle:
    case Encoding::kJpeg:
    case Encoding::kTightPng:
    default:
        throw_not_for_pixels(encoding);
    }
}

// Tight's rectangles are at most this wide (rfbproto.rst, "Tight Encoding"), and so large that the
// worst picture's length fits into its 22 bits.
constexpr std::int32_t kWidestPhotograph = 2048;
constexpr std::int32_t kHighestPhotograph = 256;

void append_photograph(const SourceRect& photograph,
                       Encoding carrier,
                       JpegEncoder& jpeg,
                       EncodedUpdate& update)
{
    constexpr std::uint8_t kTightJpeg = 0x90;
    const std::span<const std::uint8_t> picture = jpeg.encode(photograph.pixels);
    append_head(photograph.position, carrier, update);
    if (carrier != Encoding::kJpeg) {
        update.body.push_back(kTightJpeg);
        append_compact_length(picture.size(), update.body);
    }
    update.body.insert(update.body.end(), picture.begin(), picture.end());
    update.lossy.push_back(photograph.position);
}

void append_photographs(std::span<const SourceRect> photographs,
                        const EncodeSettings& settings,
                        EncodedUpdate& update)
{
    JpegEncoder jpeg(settings.jpeg_quality, settings.subsampling);
    for (const SourceRect& source : photographs) {
        const Rect& whole = source.position;
        for (std::int32_t y = 0; y < whole.height; y += kHighestPhotograph) {
            for (std::int32_t x = 0; x < whole.width; x += kWidestPhotograph) {
                const Rect part{x,
                                y,
                                std::min(kWidestPhotograph, whole.width - x),
                                std::min(kHighestPhotograph, whole.height - y)};
                const Rect position{whole.x + x, whole.y + y, part.width, part.height};
                append_photograph(
                    {position, source.pixels.part(part)}, *settings.lossy, jpeg, update);
            }
        }
    }
}

// Tight has no JPEG for pixels of 8 bits, and the others' viewers would have to make them.
bool takes_jpeg(const PixelFormat& format)
{
    return format.true_colour && format.bits_per_pixel >= 16;
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
    format.validate();
    require_good(rects);
    EncodedUpdate update;
    append_copies(copies, update);
    if (!settings.lossy || !takes_jpeg(format)) {
        append_exact(rects, format, settings.encoding, effort, update);
        return update;
    }
    const ContentSplit split = split_by_content(rects);
    append_exact(split.exact, format, settings.encoding, effort, update);
    append_photographs(split.photographic, settings, update);
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
        case Encoding::kCopyRect:
        case Encoding::kRre:
        case Encoding::kCoRre:
        case Encoding::kZlib:
        case Encoding::kTight:
        case Encoding::kTrle:
        case Encoding::kJpeg:
        case Encoding::kTightPng:
        default:
            throw_not_for_pixels(encoding);
        }
    }
    return bound;
}

} // namespace covnc
