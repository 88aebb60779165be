#include "encodings/encode.h"

#include "encodings/content.h"
#include "encodings/copy_rect.h"
#include "encodings/deflate.h"
#include "encodings/exact_rects.h"
#include "encodings/photographs.h"
#include "encodings/rect_head.h"

#include <stdexcept>

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

void append_copies(std::span<const CopyRect> copies, EncodedUpdate& update)
{
    for (const CopyRect& copy : copies) {
        const Rect& to = copy.destination;
        if (to.is_empty()) {
            continue;
        }
        require_on_plane(to);
        require_on_plane(copy.source_rect());
        append_rect_head(to, Encoding::kCopyRect, update);
        append_copy_source(copy.source, update.body);
    }
}

// Tight has no JPEG for pixels of 8 bits, and the others' viewers would have to make them.
bool takes_jpeg(const PixelFormat& format)
{
    return format.true_colour && format.bits_per_pixel >= 16;
}

// The protocol's texts differ on what the filter does with other pixels.
bool takes_gradient(const PixelFormat& format)
{
    return format.bytes_per_tpixel() == 3;
}

EncodeSettings filtered_tight()
{
    EncodeSettings settings(Encoding::kTight);
    settings.tight_gradient = true;
    return settings;
}

// In haste nobody looks for photographs, which takes half as long again. But whoever takes Tight
// besides gets it where there are many colours: a quarter fewer bytes for a quarter more time.
EncodeSettings exact_settings(std::span<const SourceRect> rects,
                              const PixelFormat& format,
                              const EncodeSettings& wanted,
                              Effort effort)
{
    const bool is_deflated =
        wanted.encoding == Encoding::kZrle || wanted.encoding == Encoding::kZlib;
    if (effort == Effort::kNormal || !is_deflated || !wanted.tight_gradient ||
        !takes_gradient(format) || !is_colourful(rects)) {
        return wanted;
    }
    return filtered_tight();
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
    DeflateUnit window(effort);
    return encode_update(copies, rects, format, settings, effort, window);
}

EncodedUpdate encode_update(std::span<const CopyRect> copies,
                            std::span<const SourceRect> rects,
                            const PixelFormat& format,
                            const EncodeSettings& settings,
                            Effort effort,
                            DeflateUnit& window)
{
    format.validate();
    require_good(rects);
    EncodedUpdate update;
    append_copies(copies, update);
    const bool is_lossy = settings.lossy && takes_jpeg(format);
    // Tight looks for photographs itself.
    const bool is_mixed = settings.tight_gradient && settings.encoding != Encoding::kTight &&
                          takes_gradient(format) && effort == Effort::kNormal;
    if (!is_lossy && !is_mixed) {
        const EncodeSettings exact = exact_settings(rects, format, settings, effort);
        append_exact(rects, format, exact, effort, window, update);
        return update;
    }
    const ContentSplit split = split_by_content(rects);
    const EncodeSettings exact_part = exact_settings(split.exact, format, settings, effort);
    append_exact(split.exact, format, exact_part, effort, window, update);
    if (is_lossy) {
        append_photographs(split.photographic, settings, update);
    } else if (!split.photographic.empty()) {
        append_exact(split.photographic, format, filtered_tight(), effort, window, update);
    }
    return update;
}

std::size_t encoded_size_bound(std::span<const CopyRect> copies,
                               std::span<const SourceRect> rects,
                               const PixelFormat& format,
                               Encoding encoding)
{
    return copies.size() * (kRectHeadSize + kCopySourceSize) + exact_bound(rects, format, encoding);
}

} // namespace covnc
