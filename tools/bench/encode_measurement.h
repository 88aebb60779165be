// Measures one encoder on the updates of a sequence, and checks that a viewer gets their pictures.
// One thread.
#pragma once

#include "encodings/region.h"
#include "tools/bench/decoding_viewer.h"
#include "tools/bench/encode_updates.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace covnc::bench {

// A viewer would see something else than what was drawn. The text says where.
class WrongPicture : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

class EncoderUnderTest
{
public:
    virtual ~EncoderUnderTest() = default;

    // A viewer comes that has nothing yet; there is no other.
    virtual void restart() = 0;
    // Encodes an update for it. Returns nanoseconds of this thread's CPU.
    virtual std::int64_t encode(std::span<const SourceRect> rects) = 0;
    // The last one, as a whole FramebufferUpdate. Valid until the next encode() or restart().
    virtual ByteView message() = 0;
    // Where the last one's pixels may be not quite those that went in.
    virtual std::vector<Rect> lossy() const = 0;
};

// Peak signal to noise ratio, in dB, of so many pixels with three channels of 8 bits. squared: the
// sum of squared differences, above zero.
double psnr(double squared, std::uint64_t pixels);

// A viewer's picture beside the one that it should have.
class PictureCheck
{
public:
    explicit PictureCheck(Size size)
        : viewer_(size),
          expected_(static_cast<std::size_t>(size.area()))
    {}

    // Decodes the update that `rects` became and compares the whole picture. Returns the sum of
    // squared differences over all channels of the update's pixels, which may be in `lossy` only.
    // Throws WrongPicture, and what DecodingViewer::read() throws.
    double check(std::span<const SourceRect> rects, ByteView message, std::span<const Rect> lossy);

private:
    void take_over(const SourceRect& rect);
    void require_equal(const Rect& rect) const;
    double squared_difference(const Rect& rect) const;

    DecodingViewer viewer_;
    std::vector<std::uint32_t> expected_;
    Region lossy_; // where the viewer's picture may differ
};

struct UpdateCost
{
    std::uint64_t pixels = 0;
    std::uint64_t bytes = 0;
    std::int64_t cpu_nanoseconds = 0; // the least of all rounds
};

class EncodeMeasurement
{
public:
    // Alters what was encoded before it is decoded: for tests.
    using Tamper = std::function<void(Bytes& message)>;

    // updates must live longer.
    EncodeMeasurement(const UpdateList& updates,
                      std::unique_ptr<EncoderUnderTest> encoder,
                      Tamper tamper = nullptr);

    // All updates to a new viewer; the first time, every picture is checked. Throws as
    // PictureCheck::check().
    void run_round();

    // One for each update.
    const std::vector<UpdateCost>& costs() const { return costs_; }
    // Squared differences of all updates but the first picture.
    double squared_difference() const { return squared_difference_; }

private:
    void check(std::size_t number);

    const UpdateList& updates_;
    std::unique_ptr<EncoderUnderTest> encoder_;
    Tamper tamper_;
    std::unique_ptr<PictureCheck> picture_; // in the first round
    std::vector<UpdateCost> costs_;
    double squared_difference_ = 0;
};

} // namespace covnc::bench
