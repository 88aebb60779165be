#include "encodings/tight_png.h"

#include "encodings/png_writer.h"
#include "encodings/rect_head.h"
#include "encodings/tight.h"

namespace covnc {

namespace {

std::array<std::uint8_t, 256> rounded_channel(std::uint32_t max)
{
    std::array<std::uint8_t, 256> shown{};
    for (std::uint32_t i = 0; i < shown.size(); ++i) {
        const std::uint32_t level = (i * max + 127U) / 255U; // as PixelConverter does
        shown[i] = static_cast<std::uint8_t>((level * 510U + max) / (max * 2U));
    }
    return shown;
}

// 0x00RRGGBB of a pixel of piece_, which has red in its lowest byte.
std::uint32_t rgb_of(std::uint32_t pixel)
{
    return (pixel & 0xffU) << 16U | (pixel & 0xff00U) | pixel >> 16U;
}

} // namespace

TightPngEncoder::TightPngEncoder(const PixelFormat& format, Effort effort)
    : fill_converter_(format, PixelPacking::kTPixel),
      effort_(effort),
      is_rounded_(!format.true_colour || format.red_max != 255 || format.green_max != 255 ||
                  format.blue_max != 255),
      piece_(kNativePixelFormat),
      splitter_(kMostTightColours)
{
    constexpr std::uint32_t kCubeMax = kColourCubeSide - 1;
    red_ = rounded_channel(format.true_colour ? format.red_max : kCubeMax);
    green_ = rounded_channel(format.true_colour ? format.green_max : kCubeMax);
    blue_ = rounded_channel(format.true_colour ? format.blue_max : kCubeMax);
}

void TightPngEncoder::append(const SourceRect& rect, EncodedUpdate& update)
{
    for_each_tight_piece(rect.pixels.size(), [&](const Rect& part) {
        load(rect.pixels.part(part));
        const Point origin{rect.position.x + part.x, rect.position.y + part.y};
        for (const TightArea& area : splitter_.split(piece_.pixels())) {
            append_rect_head(area.at(origin), Encoding::kTightPng, update);
            append_area(area, update.body);
        }
    });
}

void TightPngEncoder::load(const PixelView& pixels)
{
    if (!is_rounded_) {
        piece_.load(pixels);
        return;
    }
    rounded_.resize(static_cast<std::size_t>(pixels.size().area()));
    std::uint32_t* to = rounded_.data();
    for (std::int32_t y = 0; y < pixels.height(); ++y) {
        const std::uint32_t* const row = pixels.row(y);
        to = std::transform(row, row + pixels.width(), to, [this](std::uint32_t rgb) {
            return std::uint32_t{red_[rgb >> 16U & 0xffU]} << 16U |
                   std::uint32_t{green_[rgb >> 8U & 0xffU]} << 8U | blue_[rgb & 0xffU];
        });
    }
    piece_.load({rounded_.data(), pixels.size(), pixels.width()});
}

void TightPngEncoder::append_area(const TightArea& area, std::vector<std::uint8_t>& out)
{
    if (area.is_solid()) {
        out.push_back(kTightFill);
        append_fill(rgb_of(piece_.pixels().at(area.area.x, area.area.y)), out);
    } else {
        out.push_back(kTightPngPicture);
        append_picture(area, out);
    }
}

void TightPngEncoder::append_fill(std::uint32_t rgb, std::vector<std::uint8_t>& out) const
{
    std::array<std::uint8_t, 4> slot{};
    fill_converter_.convert({&rgb, 1}, slot.data());
    out.insert(out.end(), slot.begin(), slot.begin() + fill_converter_.wire_bytes());
}

void TightPngEncoder::append_picture(const TightArea& area, std::vector<std::uint8_t>& out)
{
    png_.clear();
    const Size size = area.area.size();
    if (area.has_palette()) {
        const auto indices = piece_.indices_of(area.area);
        std::array<std::uint32_t, kMostTightColours> colours;
        for (std::size_t i = 0; i < area.colours; ++i) {
            colours[i] = rgb_of(piece_.palette()[i]);
        }
        append_png(size, indices, std::span(colours).first(area.colours), effort_, png_);
    } else {
        append_png(size, piece_.tpixels_of(area.area), {}, effort_, png_);
    }
    append_compact_length(png_.size(), out);
    out.insert(out.end(), png_.begin(), png_.end());
}

std::size_t tight_png_bound(Size size)
{
    std::size_t bound = 0;
    for_each_tight_piece(size, [&](const Rect& part) {
        // Areas may be halves, each with rows of its own; none is less than a pixel wide.
        const std::size_t areas = TightSplitter::most_areas(part.area());
        const auto pixels = static_cast<std::size_t>(part.area());
        bound += areas * (kRectHeadSize + 1 + 3 + png_bound(0, 0)) + png_bound(pixels, 3 * pixels);
    });
    return bound;
}

} // namespace covnc
