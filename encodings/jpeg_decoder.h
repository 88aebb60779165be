// JPEG pictures (ITU-T T.81) into pixels, by libjpeg-turbo. A picture may leave out tables that an
// earlier one of the same decoder had (rfbproto.rst, "JPEG Encoding"). One thread at a time.
#pragma once

#include "encodings/pixel_view.h"

#include <cstdint>
#include <memory>
#include <span>

namespace covnc {

class JpegDecoder
{
public:
    // Decodes a picture of exactly out's size. The first call takes memory. Throws DecodeError for
    // one that is damaged or of another size, std::bad_alloc.
    void decode(const WritablePixelView& out, std::span<const std::uint8_t> data);

private:
    struct Destroy
    {
        void operator()(void* handle) const;
    };

    std::unique_ptr<void, Destroy> handle_; // turbojpeg's; it keeps the tables
};

} // namespace covnc
