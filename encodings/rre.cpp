#include "encodings/rre.h"

#include "encodings/big_endian.h"
#include "encodings/subrectangles.h"

#include <array>
#include <cstring>
#include <span>

namespace covnc {

namespace {

// One block. Pixel: what a PixelConverter writes for a PIXEL.
template <typename Pixel>
class RreBlock
{
public:
    RreBlock(const PixelView& pixels, const PixelConverter& converter)
        : left_(pixels_.data(), pixels.size(), pixels.width())
    {
        converter.convert(pixels, reinterpret_cast<std::uint8_t*>(pixels_.data()));
    }

    bool append(RreForm form, std::vector<std::uint8_t>& out)
    {
        const std::size_t start = out.size();
        const auto area = static_cast<std::size_t>(left_.size().area());
        const std::size_t raw_size = area * sizeof(Pixel);
        const std::size_t subrectangle_size =
            sizeof(Pixel) + (form == RreForm::kCompact ? 4 : 4 * sizeof(std::uint16_t));
        Palette<Pixel, 254> palette;
        const Pixel background =
            most_frequent(std::span<const Pixel>(pixels_).first(area), palette);
        append_u32(out, 0);
        append_pixel(background, out);
        std::uint32_t count = 0;
        for (std::int32_t y = 0; y < left_.height(); ++y) {
            for (std::int32_t x = 0; x < left_.width(); ++x) {
                const Pixel colour = left_.at(x, y);
                if (colour == background) {
                    continue;
                }
                if (out.size() - start + subrectangle_size >= raw_size) {
                    out.resize(start);
                    return false;
                }
                append_pixel(colour, out);
                append_rect(take_subrectangle(left_, x, y, background), form, out);
                ++count;
            }
        }
        put_u32(out, start, count);
        if (out.size() - start >= raw_size) {
            out.resize(start);
            return false;
        }
        return true;
    }

private:
    static void append_pixel(Pixel pixel, std::vector<std::uint8_t>& out)
    {
        std::array<std::uint8_t, sizeof(Pixel)> bytes;
        std::memcpy(bytes.data(), &pixel, sizeof(Pixel));
        out.insert(out.end(), bytes.begin(), bytes.end());
    }

    static void append_rect(const Rect& rect, RreForm form, std::vector<std::uint8_t>& out)
    {
        for (const std::int32_t number : {rect.x, rect.y, rect.width, rect.height}) {
            if (form == RreForm::kCompact) {
                out.push_back(static_cast<std::uint8_t>(number));
            } else {
                append_u16(out, static_cast<std::uint32_t>(number));
            }
        }
    }

    std::array<Pixel, std::size_t{kRreBlockSide} * kRreBlockSide> pixels_;
    BasicPixelView<Pixel> left_; // pixels_ without the subrectangles written so far
};

} // namespace

bool append_rre(const PixelView& pixels,
                const PixelConverter& converter,
                RreForm form,
                std::vector<std::uint8_t>& out)
{
    switch (converter.wire_bytes()) {
    case 1:
        return RreBlock<std::uint8_t>(pixels, converter).append(form, out);
    case 2:
        return RreBlock<std::uint16_t>(pixels, converter).append(form, out);
    default:
        return RreBlock<std::uint32_t>(pixels, converter).append(form, out);
    }
}

std::size_t rre_blocks(Size size)
{
    const auto blocks_along = [](std::int32_t side) {
        return (static_cast<std::size_t>(side) + kRreBlockSide - 1) / kRreBlockSide;
    };
    return blocks_along(size.width) * blocks_along(size.height);
}

} // namespace covnc
