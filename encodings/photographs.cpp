#include "encodings/photographs.h"

#include "encodings/jpeg_encoder.h"
#include "encodings/rect_head.h"
#include "encodings/tight.h"

#include <algorithm>

namespace covnc {

namespace {

// Tight's rectangles are at most this wide (rfbproto.rst, "Tight Encoding"), and so large that the
// worst picture's length fits into its 22 bits.
constexpr std::int32_t kWidestPhotograph = 2048;
constexpr std::int32_t kHighestPhotograph = 256;

void append_photograph(const SourceRect& photograph,
                       Encoding carrier,
                       JpegEncoder& jpeg,
                       EncodedUpdate& update)
{
    const std::span<const std::uint8_t> picture = jpeg.encode(photograph.pixels);
    append_rect_head(photograph.position, carrier, update);
    if (carrier != Encoding::kJpeg) {
        update.body.push_back(kTightJpeg);
        append_compact_length(picture.size(), update.body);
    }
    update.body.insert(update.body.end(), picture.begin(), picture.end());
    update.lossy.push_back(photograph.position);
}

} // namespace

void append_photographs(std::span<const SourceRect> photographs,
                        const EncodeSettings& settings,
                        EncodedUpdate& update)
{
    JpegEncoder jpeg(settings.jpeg_quality, settings.subsampling);
    for (const SourceRect& source : photographs) {
        const Rect& whole = source.position;
        for (std::int32_t y = 0; y < whole.height; y += kHighestPhotograph) {
            for (std::int32_t x = 0; x < whole.width; x += kWidestPhotograph) {
                const Rect part{x,
                                y,
                                std::min(kWidestPhotograph, whole.width - x),
                                std::min(kHighestPhotograph, whole.height - y)};
                const Rect position{whole.x + x, whole.y + y, part.width, part.height};
                append_photograph(
                    {position, source.pixels.part(part)}, *settings.lossy, jpeg, update);
            }
        }
    }
}

} // namespace covnc
