// Any bytes as a recorded screen: either refused, or played to its end, twice with the same
// pictures. One thread.
#include "tools/recording/reader.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

using namespace covnc;

// Of the pictures, one after the other.
std::uint64_t play(RecordingReader& reader)
{
    constexpr std::int64_t kMostPixels = std::int64_t{1} << 16U; // larger ones are slow to look at
    std::uint64_t sum = 0;
    while (const auto frame = reader.next()) {
        if (!Rect::of(reader.size()).contains(frame->damage.bounds())) {
            std::abort();
        }
        const PixelView pixels = reader.pixels();
        for (std::int32_t y = 0; y < pixels.height() && pixels.size().area() <= kMostPixels; ++y) {
            for (std::int32_t x = 0; x < pixels.width(); ++x) {
                sum = sum * 31 + pixels.at(x, y);
            }
        }
    }
    return sum;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    try {
        RecordingReader reader(std::vector<std::uint8_t>(data, data + size), "input");
        const std::uint64_t first = play(reader);
        reader.rewind();
        if (play(reader) != first) {
            std::abort();
        }
    } catch (const RecordingError&) {
        // Refused, as most inputs are.
    }
    return 0;
}
