// Any 16 bytes as a PIXEL_FORMAT: either refused, or a format that keeps its own rules. One thread.
#include "encodings/pixel_format.h"

#include <cstdint>
#include <cstdlib>
#include <span>

namespace {

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using covnc::PixelFormat;
    if (size < PixelFormat::kWireSize) {
        return 0;
    }
    try {
        const auto bytes = std::span(data, size).first<PixelFormat::kWireSize>();
        const PixelFormat format = PixelFormat::parse(bytes);
        format.validate();
        require(PixelFormat::parse(format.wire()) == format);
        require(format.bytes_per_cpixel() <= format.bytes_per_pixel());
        require(format.bytes_per_pixel() <= 4);
        require(!format.describe().empty());
    } catch (const covnc::PixelFormatError&) {
        // Refused, as most inputs are.
    }
    return 0;
}
