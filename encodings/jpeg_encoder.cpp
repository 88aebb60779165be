#include "encodings/jpeg_encoder.h"

#include <turbojpeg.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>

namespace covnc {

namespace {

int turbojpeg_subsampling(Subsampling subsampling)
{
    switch (subsampling) {
    case Subsampling::kTwo:
        return TJSAMP_422;
    case Subsampling::kFour:
        return TJSAMP_420;
    case Subsampling::kGrey:
        return TJSAMP_GRAY;
    case Subsampling::kNone:
    default:
        return TJSAMP_444;
    }
}

} // namespace

void JpegEncoder::Destroy::operator()(void* handle) const
{
    tjDestroy(handle);
}

void JpegEncoder::Free::operator()(unsigned char* buffer) const
{
    tjFree(buffer);
}

JpegEncoder::JpegEncoder(int quality, Subsampling subsampling)
    : handle_(tjInitCompress()),
      quality_(std::clamp(quality, 1, 100)),
      subsampling_(turbojpeg_subsampling(subsampling))
{
    if (!handle_) {
        throw std::bad_alloc();
    }
}

std::span<const std::uint8_t> JpegEncoder::encode(const PixelView& pixels)
{
    // turbojpeg takes the buffer of the picture before, and a larger one where it needs to. A size
    // of 0 beside a buffer would make it write beyond a new one.
    unsigned char* buffer = buffer_.release();
    const int result = tjCompress2(handle_.get(),
                                   reinterpret_cast<const unsigned char*>(pixels.row(0)),
                                   pixels.width(),
                                   static_cast<int>(pixels.stride() * 4),
                                   pixels.height(),
                                   TJPF_BGRX,
                                   &buffer,
                                   &size_,
                                   subsampling_,
                                   quality_,
                                   TJFLAG_ACCURATEDCT);
    buffer_.reset(buffer);
    if (result != 0) {
        throw std::invalid_argument(std::string("JPEG: ") + tjGetErrorStr2(handle_.get()));
    }
    return {buffer_.get(), size_};
}

} // namespace covnc
