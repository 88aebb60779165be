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

double psnr_of(const Difference& found, std::size_t pixels)
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
        const std::vector<std::uint32_t> wanted = seen_through(viewer.role().kind.format, truth);
        const Difference found = difference(wanted, viewer.decoder()->pixels());
        if (viewer.role().kind.is_lossy) {
            ++figures.lossy;
            figures.lowest_psnr_db =
                std::min(figures.lowest_psnr_db, psnr_of(found, wanted.size()));
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
