#include "tools/bench/encode_measurement.h"

#include <algorithm>
#include <cmath>
#include <fmt/core.h>

namespace covnc::bench {

namespace {

constexpr std::uint32_t kColour = 0xffffff;
// JPEG of the lowest quality is above this even of noise (14 dB); another picture is below.
constexpr double kLeastPsnr = 10;

double square(std::uint32_t left, std::uint32_t right)
{
    const double difference =
        static_cast<double>(left & 0xffU) - static_cast<double>(right & 0xffU);
    return difference * difference;
}

std::uint64_t area_of(std::span<const SourceRect> rects)
{
    std::uint64_t area = 0;
    for (const SourceRect& rect : rects) {
        area += static_cast<std::uint64_t>(rect.position.area());
    }
    return area;
}

} // namespace

double psnr(double squared, std::uint64_t pixels)
{
    constexpr double kPeak = 255;
    return 10 * std::log10(kPeak * kPeak * 3 * static_cast<double>(pixels) / squared);
}

double PictureCheck::check(std::span<const SourceRect> rects,
                           ByteView message,
                           std::span<const Rect> lossy)
{
    const std::uint64_t pixels = viewer_.read(message);
    const std::uint64_t wanted = area_of(rects);
    if (pixels != wanted) {
        throw WrongPicture(fmt::format("{} pixels, not {}", pixels, wanted));
    }
    Region changed;
    for (const SourceRect& rect : rects) {
        take_over(rect);
        changed |= rect.position;
    }
    lossy_ = (lossy_ - changed) | Region(lossy);
    for (const Rect& exact : (Region(Rect::of(viewer_.pixels().size())) - lossy_).rects()) {
        require_equal(exact);
    }
    double difference = 0;
    for (const SourceRect& rect : rects) {
        difference += squared_difference(rect.position);
    }
    if (difference > 0 && psnr(difference, pixels) < kLeastPsnr) {
        throw WrongPicture(fmt::format("a PSNR of {:.1f} dB", psnr(difference, pixels)));
    }
    return difference;
}

void PictureCheck::take_over(const SourceRect& rect)
{
    const Size size = viewer_.pixels().size();
    const WritablePixelView expected(expected_.data(), size, size.width);
    for (std::int32_t y = 0; y < rect.position.height; ++y) {
        std::copy_n(rect.pixels.row(y),
                    rect.position.width,
                    expected.row(rect.position.y + y) + rect.position.x);
    }
}

void PictureCheck::require_equal(const Rect& rect) const
{
    const PixelView decoded = viewer_.pixels();
    const PixelView expected(expected_.data(), decoded.size(), decoded.width());
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        for (std::int32_t x = rect.x; x < rect.right(); ++x) {
            const std::uint32_t is = decoded.at(x, y) & kColour;
            const std::uint32_t should_be = expected.at(x, y) & kColour;
            if (is != should_be) {
                throw WrongPicture(
                    fmt::format("pixel {},{} is {:06x}, not {:06x}", x, y, is, should_be));
            }
        }
    }
}

double PictureCheck::squared_difference(const Rect& rect) const
{
    const PixelView decoded = viewer_.pixels();
    const PixelView expected(expected_.data(), decoded.size(), decoded.width());
    double sum = 0;
    for (std::int32_t y = rect.y; y < rect.bottom(); ++y) {
        for (std::int32_t x = rect.x; x < rect.right(); ++x) {
            for (unsigned channel = 0; channel < 3; ++channel) {
                sum += square(decoded.at(x, y) >> 8 * channel, expected.at(x, y) >> 8 * channel);
            }
        }
    }
    return sum;
}

EncodeMeasurement::EncodeMeasurement(const UpdateList& updates,
                                     std::unique_ptr<EncoderUnderTest> encoder,
                                     Tamper tamper)
    : updates_(updates),
      encoder_(std::move(encoder)),
      tamper_(std::move(tamper)),
      picture_(std::make_unique<PictureCheck>(updates.size)),
      costs_(updates.updates.size())
{}

void EncodeMeasurement::run_round()
{
    encoder_->restart();
    for (std::size_t i = 0; i < costs_.size(); ++i) {
        const std::span<const SourceRect> rects = updates_.updates[i].rects();
        const std::int64_t cost = encoder_->encode(rects);
        if (picture_ != nullptr) {
            costs_[i] = {area_of(rects), encoder_->message().size(), cost};
            check(i);
        }
        costs_[i].cpu_nanoseconds = std::min(costs_[i].cpu_nanoseconds, cost);
    }
    picture_.reset();
}

void EncodeMeasurement::check(std::size_t number)
{
    const ByteView encoded = encoder_->message();
    Bytes message(encoded.begin(), encoded.end());
    if (tamper_) {
        tamper_(message);
    }
    try {
        const double difference =
            picture_->check(updates_.updates[number].rects(), message, encoder_->lossy());
        squared_difference_ += number == 0 ? 0 : difference;
    } catch (const std::exception& error) {
        throw WrongPicture(fmt::format("update {}: {}", number, error.what()));
    }
}

} // namespace covnc::bench
