// Pixels into JPEG pictures (ITU-T T.81), by libjpeg-turbo. One thread at a time.
#pragma once

#include "encodings/encode.h"
#include "encodings/pixel_view.h"

#include <cstdint>
#include <memory>
#include <span>

namespace covnc {

class JpegEncoder
{
public:
    // quality: libjpeg's, 1 .. 100; others count as the next of these. Throws std::bad_alloc.
    JpegEncoder(int quality, Subsampling subsampling);

    // A whole picture with its own tables, valid until the next call. The picture must have pixels,
    // at most 65500 along each side. Throws std::bad_alloc, std::invalid_argument.
    std::span<const std::uint8_t> encode(const PixelView& pixels);

private:
    struct Destroy
    {
        void operator()(void* handle) const;
    };
    struct Free
    {
        void operator()(unsigned char* buffer) const;
    };

    std::unique_ptr<void, Destroy> handle_; // turbojpeg's
    std::unique_ptr<unsigned char, Free> buffer_;
    unsigned long size_ = 0; // of the last picture
    int quality_;
    int subsampling_;
};

} // namespace covnc
