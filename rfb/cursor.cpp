#include "rfb/cursor.h"

#include "encodings/pixel_convert.h"
#include "rfb/pseudo_rectangles.h"

namespace covnc {

namespace {

constexpr std::uint32_t kHalfOpaque = 0x80000000U;

Bytes opacity_mask(const Cursor& cursor)
{
    const auto width = static_cast<std::size_t>(cursor.size.width);
    const std::size_t row_bytes = (width + 7) / 8;
    Bytes mask(row_bytes * static_cast<std::size_t>(cursor.size.height));
    for (std::size_t i = 0; i < cursor.pixels.size(); ++i) {
        if (cursor.pixels[i] >= kHalfOpaque) {
            const std::size_t column = i % width;
            mask[i / width * row_bytes + column / 8] |=
                static_cast<std::uint8_t>(0x80U >> (column % 8));
        }
    }
    return mask;
}

} // namespace

void append_cursor_for(Bytes& out, const Cursor& cursor, const PixelFormat& format)
{
    if (cursor.size.is_empty()) {
        append_cursor(out, CursorImage{}, format.bytes_per_pixel());
        return;
    }
    const PixelConverter converter(format, PixelPacking::kPixel);
    Bytes pixels(cursor.pixels.size() * format.bytes_per_pixel());
    converter.convert(cursor.pixels, pixels.data());
    const Bytes mask = opacity_mask(cursor);
    append_cursor(out, {cursor.size, cursor.hotspot, pixels, mask}, format.bytes_per_pixel());
}

} // namespace covnc
