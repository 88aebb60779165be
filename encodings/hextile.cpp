#include "encodings/hextile.h"

#include "encodings/hextile_tile.h"

#include <algorithm>

namespace covnc {

namespace {

template <typename Pixel>
void append_tiles(const PixelView& pixels,
                  const PixelConverter& converter,
                  std::vector<std::uint8_t>& out)
{
    HextileTile<Pixel> tile;
    for (std::int32_t y = 0; y < pixels.height(); y += kHextileTileSide) {
        const std::int32_t height = std::min(kHextileTileSide, pixels.height() - y);
        for (std::int32_t x = 0; x < pixels.width(); x += kHextileTileSide) {
            const std::int32_t width = std::min(kHextileTileSide, pixels.width() - x);
            const auto bytes = tile.encode(pixels.part({x, y, width, height}), converter);
            out.insert(out.end(), bytes.begin(), bytes.end());
        }
    }
}

} // namespace

void append_hextile(const PixelView& pixels,
                    const PixelConverter& converter,
                    std::vector<std::uint8_t>& out)
{
    switch (converter.wire_bytes()) {
    case 1:
        append_tiles<std::uint8_t>(pixels, converter, out);
        break;
    case 2:
        append_tiles<std::uint16_t>(pixels, converter, out);
        break;
    default:
        append_tiles<std::uint32_t>(pixels, converter, out);
        break;
    }
}

std::size_t hextile_bound(Size size, std::size_t pixel_bytes)
{
    const auto tiles_along = [](std::int32_t side) {
        return (static_cast<std::size_t>(side) + kHextileTileSide - 1) / kHextileTileSide;
    };
    return tiles_along(size.width) * tiles_along(size.height) +
           static_cast<std::size_t>(size.area()) * pixel_bytes;
}

} // namespace covnc
