#include "tools/load/verify.h"

#include "encodings/pixel_convert.h"

#include <cmath>

namespace covnc::load {

namespace {

// The picture as it looks once it went through `format`.
std::vector<std::uint32_t> seen_through(const PixelFormat& format, const PixelView& picture)
{
    const PixelConverter converter(format, PixelPacking::kPixel);
    std::vector<std::uint8_t> wire(static_cast<std::size_t>(picture.size().area()) *
                                   converter.slot_bytes());
    converter.convert(picture, wire.data());
    std::vector<std::uint32_t> pixels(static_cast<std::size_t>(picture.size().area()));
    DecodeCursor in(wire);
    PixelReader(format).pixels(in, pixels);
    return pixels;
}

// Servers bring a channel to fewer bits in either of two ways: they round, or cut the lower ones.
std::vector<std::uint32_t> with_channels_cut(const PixelFormat& format, const PixelView& picture)
{
    const auto cut = [](std::uint32_t channel, std::uint32_t max) {
        const std::uint32_t kept = channel * (max + 1) / 256; // max is 2^n - 1
        return (kept * 255 + max / 2) / max;
    };
    std::vector<std::uint32_t> pixels;
    for (std::int32_t y = 0; y < picture.height(); ++y) {
        for (std::int32_t x = 0; x < picture.width(); ++x) {
            const std::uint32_t pixel = picture.at(x, y);
            pixels.push_back(cut(pixel >> 16U & 0xffU, format.red_max) << 16U |
                             cut(pixel >> 8U & 0xffU, format.green_max) << 8U |
                             cut(pixel & 0xffU, format.blue_max));
        }
    }
    return pixels;
}

struct Difference
{
    std::uint64_t pixels = 0;
    double squares = 0; // of channels
    Point first;
};

Difference difference(const std::vector<std::uint32_t>& wanted, const PixelView& got)
{
    Difference result;
    std::size_t at = 0;
    for (std::int32_t y = 0; y < got.height(); ++y) {
        for (std::int32_t x = 0; x < got.width(); ++x, ++at) {
            const std::uint32_t pixel = got.at(x, y);
            if (pixel == wanted[at]) {
                continue;
            }
            if (result.pixels++ == 0) {
                result.first = {x, y};
            }
            for (unsigned shift = 0; shift < 24; shift += 8) {
                const double delta = static_cast<double>(pixel >> shift & 0xffU) -
                                     static_cast<double>(wanted[at] >> shift & 0xffU);
                result.squares += delta * delta;
            }
        }
    }
    return result;
}

// Of the two ways to have fewer colours, the one that the server has taken.
Difference least_difference(const PixelFormat& format, const PixelView& truth, const PixelView& got)
{
    const Difference rounded = difference(seen_through(format, truth), got);
    if (rounded.pixels == 0) {
        return rounded;
    }
    const Difference cut = difference(with_channels_cut(format, truth), got);
    return cut.pixels < rounded.pixels ? cut : rounded;
}

double psnr_of(const Difference& found, std::int64_t pixels)
{
    constexpr double kEqual = 100;
    if (found.squares == 0) {
        return kEqual;
    }
    return 10 * std::log10(255.0 * 255.0 * 3 * static_cast<double>(pixels) / found.squares);
}

} // namespace

VerifyFigures compare_with(const Viewer& reference,
                           const std::vector<std::unique_ptr<Viewer>>& viewers)
{
    constexpr std::size_t kExamples = 5;
    VerifyFigures figures;
    figures.lowest_psnr_db = 100;
    const PixelView truth = reference.decoder()->pixels();
    for (std::size_t i = 0; i < viewers.size(); ++i) {
        const Viewer& viewer = *viewers[i];
        if (viewer.decoder() == nullptr || viewer.decoder()->size() != truth.size()) {
            continue;
        }
        ++figures.compared;
        const Difference found =
            least_difference(viewer.role().kind.format, truth, viewer.decoder()->pixels());
        if (viewer.role().kind.is_lossy) {
            ++figures.lossy;
            figures.lowest_psnr_db =
                std::min(figures.lowest_psnr_db, psnr_of(found, truth.size().area()));
            continue;
        }
        figures.equal += found.pixels == 0 ? 1 : 0;
        figures.wrong_pixels += found.pixels;
        if (found.pixels != 0 && figures.examples.size() < kExamples) {
            figures.examples.push_back(
                "viewer " + std::to_string(i) + " (" + viewer.role().kind.name +
                "): " + std::to_string(found.pixels) + " pixels, the first at " +
                std::to_string(found.first.x) + "," + std::to_string(found.first.y));
        }
    }
    return figures;
}

} // namespace covnc::load
