#include "encodings/jpeg_decoder.h"

#include "encodings/decode_error.h"

#include <turbojpeg.h>

#include <new>

namespace covnc {

void JpegDecoder::Destroy::operator()(void* handle) const
{
    tjDestroy(handle);
}

void JpegDecoder::decode(const WritablePixelView& out, std::span<const std::uint8_t> data)
{
    if (!handle_) {
        handle_.reset(tjInitDecompress());
        if (!handle_) {
            throw std::bad_alloc();
        }
    }
    void* handle = handle_.get();
    int width = 0;
    int height = 0;
    int subsampling = 0;
    int colours = 0;
    const int head = tjDecompressHeader3(
        handle, data.data(), data.size(), &width, &height, &subsampling, &colours);
    if (head != 0 || Size{width, height} != out.size()) {
        throw DecodeError("a JPEG picture is damaged or of another size than its rectangle");
    }
    const int result = tjDecompress2(handle,
                                     data.data(),
                                     data.size(),
                                     reinterpret_cast<unsigned char*>(out.row(0)),
                                     width,
                                     static_cast<int>(out.stride() * 4),
                                     height,
                                     TJPF_BGRX,
                                     TJFLAG_ACCURATEDCT);
    // A warning, as of data that ends early, gives a picture as well; a viewer would show it.
    if (result != 0 && tjGetErrorCode(handle) == TJERR_FATAL) {
        throw DecodeError("a JPEG picture is damaged");
    }
    for (std::int32_t y = 0; y < height; ++y) {
        for (std::int32_t x = 0; x < width; ++x) {
            out.at(x, y) &= 0xffffffU;
        }
    }
}

} // namespace covnc
