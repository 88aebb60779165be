#include "encodings/trle.h"

#include "encodings/rle_tile.h"

#include <algorithm>

namespace covnc {

namespace {

template <typename Slot, std::size_t kBytes>
void append_tiles(const PixelView& pixels,
                  const PixelConverter& converter,
                  std::vector<std::uint8_t>& out)
{
    RleTile<Slot, kBytes, kTrleTileSide> tile;
    for (std::int32_t y = 0; y < pixels.height(); y += kTrleTileSide) {
        const std::int32_t height = std::min(kTrleTileSide, pixels.height() - y);
        for (std::int32_t x = 0; x < pixels.width(); x += kTrleTileSide) {
            const std::int32_t width = std::min(kTrleTileSide, pixels.width() - x);
            const auto bytes = tile.encode(pixels.part({x, y, width, height}), converter);
            out.insert(out.end(), bytes.begin(), bytes.end());
        }
    }
}

} // namespace

void append_trle(const PixelView& pixels,
                 const PixelConverter& converter,
                 std::vector<std::uint8_t>& out)
{
    switch (converter.wire_bytes()) {
    case 1:
        append_tiles<std::uint8_t, 1>(pixels, converter, out);
        break;
    case 2:
        append_tiles<std::uint16_t, 2>(pixels, converter, out);
        break;
    case 3:
        append_tiles<std::uint32_t, 3>(pixels, converter, out);
        break;
    default:
        append_tiles<std::uint32_t, 4>(pixels, converter, out);
        break;
    }
}

std::size_t trle_bound(Size size, std::size_t cpixel_bytes)
{
    const auto tiles_along = [](std::int32_t side) {
        return (static_cast<std::size_t>(side) + kTrleTileSide - 1) / kTrleTileSide;
    };
    return tiles_along(size.width) * tiles_along(size.height) +
           static_cast<std::size_t>(size.area()) * cpixel_bytes;
}

} // namespace covnc
