#include "encodings/zlib_rect.h"

#include "encodings/big_endian.h"
#include "encodings/raw.h"

#include <algorithm>

namespace covnc {

void append_zlib(const PixelView& pixels,
                 const PixelConverter& converter,
                 DeflateUnit& deflate,
                 std::vector<std::uint8_t>& out)
{
    // Some rows at a time, so that the uncompressed form of the whole is never held.
    constexpr std::int32_t kPixelsAtOnce = 16384;
    const std::int32_t rows = std::max(kPixelsAtOnce / pixels.width(), 1);
    const std::size_t length_at = out.size();
    append_u32(out, 0);
    std::vector<std::uint8_t> raw;
    for (std::int32_t y = 0; y < pixels.height(); y += rows) {
        const std::int32_t height = std::min(rows, pixels.height() - y);
        raw.clear();
        append_raw(pixels.part({0, y, pixels.width(), height}), converter, raw);
        deflate.write(raw, out);
    }
    deflate.flush(out);
    put_u32(out, length_at, static_cast<std::uint32_t>(out.size() - length_at - 4));
}

std::size_t zlib_bound(Size size, std::size_t pixel_bytes)
{
    return 4 + DeflateUnit::bound(static_cast<std::size_t>(size.area()) * pixel_bytes);
}

} // namespace covnc
