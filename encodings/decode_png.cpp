#include "encodings/decoders.h"

#include <png.h>

namespace covnc {

namespace {

// libpng's simple interface: one struct that is freed whatever happens.
class PngImage
{
public:
    PngImage() { image_.version = PNG_IMAGE_VERSION; }
    ~PngImage() { png_image_free(&image_); }
    PngImage(const PngImage&) = delete;
    PngImage& operator=(const PngImage&) = delete;
    png_image* get() { return &image_; }
    png_image* operator->() { return &image_; }

private:
    png_image image_{};
};

} // namespace

void decode_png(const WritablePixelView& out, std::span<const std::uint8_t> data)
{
    PngImage image;
    if (png_image_begin_read_from_memory(image.get(), data.data(), data.size()) == 0) {
        throw DecodeError(std::string("a PNG picture is damaged: ") + image->message);
    }
    // Nothing has been taken for its pixels so far.
    const Size size = out.size();
    if (image->width != static_cast<png_uint_32>(size.width) ||
        image->height != static_cast<png_uint_32>(size.height)) {
        throw DecodeError("a PNG picture is of another size than its rectangle");
    }
    image->format = PNG_FORMAT_BGRA;                               // little endian: 0xAARRGGBB
    const auto stride = static_cast<png_int_32>(out.stride() * 4); // with PNG_FORMAT_BGRA: bytes
    if (png_image_finish_read(image.get(), nullptr, out.row(0), stride, nullptr) == 0) {
        throw DecodeError(std::string("a PNG picture is damaged: ") + image->message);
    }
    for (std::int32_t y = 0; y < size.height; ++y) {
        for (std::int32_t x = 0; x < size.width; ++x) {
            out.at(x, y) &= 0xffffffU;
        }
    }
}

} // namespace covnc
