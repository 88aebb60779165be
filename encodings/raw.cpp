#include "encodings/raw.h"

namespace covnc {

void append_raw(const PixelView& pixels,
                const PixelConverter& converter,
                std::vector<std::uint8_t>& out)
{
    const std::size_t start = out.size();
    const auto area = static_cast<std::size_t>(pixels.size().area());
    out.resize(start + area * converter.slot_bytes());
    converter.convert(pixels, out.data() + start);
}

} // namespace covnc
