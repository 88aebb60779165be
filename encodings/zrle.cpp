#include "encodings/zrle.h"

#include "encodings/big_endian.h"
#include "encodings/rle_tile.h"

#include <algorithm>

namespace covnc {

namespace {

template <typename Slot, std::size_t kBytes>
void append_tiles(const PixelView& pixels,
                  const PixelConverter& converter,
                  DeflateUnit& deflate,
                  std::vector<std::uint8_t>& out)
{
    RleTile<Slot, kBytes, kZrleTileSide> tile;
    for (std::int32_t y = 0; y < pixels.height(); y += kZrleTileSide) {
        const std::int32_t height = std::min(kZrleTileSide, pixels.height() - y);
        for (std::int32_t x = 0; x < pixels.width(); x += kZrleTileSide) {
            const std::int32_t width = std::min(kZrleTileSide, pixels.width() - x);
            deflate.write(tile.encode(pixels.part({x, y, width, height}), converter), out);
        }
    }
}

} // namespace

void append_zrle(const PixelView& pixels,
                 const PixelConverter& converter,
                 DeflateUnit& deflate,
                 std::vector<std::uint8_t>& out)
{
    const std::size_t length_at = out.size();
    append_u32(out, 0);
    switch (converter.wire_bytes()) {
    case 1:
        append_tiles<std::uint8_t, 1>(pixels, converter, deflate, out);
        break;
    case 2:
        append_tiles<std::uint16_t, 2>(pixels, converter, deflate, out);
        break;
    case 3:
        append_tiles<std::uint32_t, 3>(pixels, converter, deflate, out);
        break;
    default:
        append_tiles<std::uint32_t, 4>(pixels, converter, deflate, out);
        break;
    }
    deflate.flush(out);
    put_u32(out, length_at, static_cast<std::uint32_t>(out.size() - length_at - 4));
}

std::size_t zrle_bound(Size size, std::size_t cpixel_bytes)
{
    const auto tiles_along = [](std::int32_t side) {
        return (static_cast<std::size_t>(side) + kZrleTileSide - 1) / kZrleTileSide;
    };
    const std::size_t tiles = tiles_along(size.width) * tiles_along(size.height);
    const std::size_t raw = static_cast<std::size_t>(size.area()) * cpixel_bytes;
    return 4 + DeflateUnit::bound(raw + tiles);
}

} // namespace covnc
